#!/usr/bin/env bash
# The chart's defaults request more than 2 CPUs leave beside the system's pods: use k8s/values/laptop.yaml, or CPUS=4 MEMORY=6g.
# Starts minikube with an ingress controller, the metrics API, and a network plugin that enforces NetworkPolicies.
set -euo pipefail
minikube start --profile guichet --cpus "${CPUS:-2}" --memory "${MEMORY:-4g}" --cni calico --addons ingress,metrics-server
kubectl apply -f "$(dirname "${BASH_SOURCE[0]}")/../namespace.yaml"
