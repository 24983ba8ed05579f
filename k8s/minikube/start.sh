#!/usr/bin/env bash
# A minikube with an ingress controller, the metrics API, and a network that holds to NetworkPolicies.
set -euo pipefail
minikube start --profile guichet --cpus 2 --memory 4g --cni calico --addons ingress,metrics-server
kubectl apply -f "$(dirname "${BASH_SOURCE[0]}")/../namespace.yaml"
