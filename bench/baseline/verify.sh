#!/bin/sh
# What the runbook of the reference deployment has people read to see whether all is well. On a sandbox some of it
# fails: there is no Argo CD, and simulated pods have no logs.
namespace=teleport
read_all() { kubectl "$@" -n $namespace; }
kubectl get applications.argoproj.io teleport teleport-agent -n argocd
read_all get deploy -l app.kubernetes.io/instance=teleport
read_all get statefulset teleport-agent
read_all get svc teleport
read_all get secret,certificate teleport-tls
read_all get teleportprovisiontokens.resources.teleport.dev teleport-agent
read_all get teleportrolev7.resources.teleport.dev kube-admin
read_all logs -l app.kubernetes.io/instance=teleport --all-containers --tail=200
read_all logs statefulset/teleport-agent --all-containers --tail=200
