#!/usr/bin/env bash
# Starts minikube with an ingress controller, the metrics API, and a network plugin that enforces NetworkPolicies.
set -euo pipefail
minikube start --profile guichet --cpus 2 --memory 4g --cni calico --addons ingress,metrics-server
kubectl apply -f "$(dirname "${BASH_SOURCE[0]}")/../namespace.yaml"
