# Checks every ten seconds whether the certificate was renewed (Kubernetes then changes the symbolic link ..data), and reloads the server.
certificate() { readlink /etc/guichet/tls/..data; }
known=$(certificate)
while true; do
  touch /run/nats/looked
  if [ "$(certificate)" != "$known" ] && nats-server --signal reload=/run/nats/nats.pid; then
    known=$(certificate)
    echo "the certificate was renewed: $known"
  fi
  sleep 10
done
