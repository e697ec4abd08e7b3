#!/bin/sh
# Finds or installs Node, installs the npm packages of the lock file, then hands over:
#   bootstrap.sh COMMAND ...         runs the sandbox's command line
#   bootstrap.sh --exec PROGRAM ...  runs a program with that Node first on PATH
# Everything else is TypeScript, which Node runs without a build from 22.18 on.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/access-plane
# Keeps the code that V8 compiled, because every engine run starts five Node.js processes.
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$cache/compiled}
export NODE_COMPILE_CACHE

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Node runs TypeScript without flags since 22.18 and 23.6.
suitable() {
  "$1" -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    const fits = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
    process.exit(fits ? 0 : 1);' 2>/dev/null
}

hash_of() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

install_node() {
  command -v npm >/dev/null 2>&1 || fail "npm is needed. Install Node.js with npm (Debian: apt-get install nodejs npm), any version, then run the command again."
  printf 'Node: no version 22.18 or later on PATH; installing 22 into the cache, about 10 s ...\n'
  mkdir -p "$cache/bin/node"
  partial=$(mktemp -d "$cache/bin/node/partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  trap 'exit 130' INT TERM HUP
  cp sandbox/toolchain/node/package.json sandbox/toolchain/node/package-lock.json "$partial/"
  cp .npmrc "$partial/"
  (cd "$partial" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    fail "Node 22 could not be installed from the npm registry. Install Node.js 22.18 or later and run the command again."
  # Another checkout may have installed Node meanwhile.
  [ -e "$home" ] || mv "$partial" "$home"
  rm -rf "$partial"
  trap - EXIT INT TERM HUP
}

if ! { command -v node >/dev/null 2>&1 && suitable node; }; then
  home=$cache/bin/node/$(hash_of <sandbox/toolchain/node/package-lock.json | cut -c1-12)
  node_bin() { ls "$home"/node_modules/node-linux-*/bin/node 2>/dev/null | head -n 1; }
  [ -n "$(node_bin)" ] || install_node
  [ -n "$(node_bin)" ] || fail "There is no packaged Node 22 for this machine ($(uname -s) $(uname -m)). Install Node.js 22.18 or later and run the command again."
  PATH=$(dirname "$(node_bin)"):$PATH
  export PATH
fi
command -v npm >/dev/null 2>&1 || fail "npm is needed and not on PATH; it comes with Node.js."

stamp=node_modules/.access-plane-lock
wanted=$(hash_of <package-lock.json)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  # Packages that npm installed after the last change of the lock file are current, too.
  if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
    printf 'npm packages: installing those of package-lock.json, about 30 s ...\n'
    npm ci --no-audit --no-fund --loglevel=error ||
      fail "npm could not install the packages of package-lock.json; see above."
  fi
  printf '%s\n' "$wanted" >"$stamp"
fi

if [ "${1:-}" = --exec ]; then
  shift
  exec "$@"
fi
exec node --disable-warning=ExperimentalWarning sandbox/src/cli.ts "$@"
