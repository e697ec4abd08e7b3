# `make` lists what there is. Every target installs what it needs first.
run := sh sandbox/bootstrap.sh
STACK ?= sandbox

.PHONY: help demo demo-down test setup start stop reset status plan preview up lint bench faults clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Deploy the whole access plane on this machine and show what it deployed
	@$(run) demo

demo-down: ## Destroy the demo's stack and stop what was started
	@$(run) demo-down

test: ## Lint, type check, unit, sandbox and engine tests
	@$(run) test

setup: ## Install what the sandbox needs, nothing more
	@$(run) setup

start: ## Start the sandbox
	@$(run) start

stop: ## Stop the sandbox; its state stays
	@$(run) stop

reset: ## Stop the sandbox and forget its state
	@$(run) reset

status: ## Show the sandbox's parts
	@$(run) status

plan: ## Print every resource of a stack in order, without engine or credentials (STACK=prod)
	@$(run) --exec node bin/access-plane plan --stack $(STACK)

preview: ## Show what a deployment of a stack would change (STACK=prod)
	@$(run) --exec node bin/access-plane preview --stack $(STACK)

up: ## Deploy a stack: check, preview, ask, update (STACK=prod)
	@$(run) --exec node bin/access-plane up --stack $(STACK)

lint: ## Check style and types
	@$(run) --exec npm run --silent lint
	@$(run) --exec npm run --silent typecheck

bench: setup ## Measure the program (see bench/)
	@$(run) --exec npm run --silent bench

faults: setup ## Crash deployments of the sandbox and see that the next command converges (docs/reliability.md)
	@$(run) --exec npm run --silent faults

clean: ## Stop the sandbox; remove its state and the npm packages of this checkout
	@if [ -d node_modules ] && [ -d .sandbox ]; then $(run) reset; fi
	rm -rf .sandbox node_modules sandbox/node_modules
