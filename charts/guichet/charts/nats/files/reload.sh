# Looks every ten seconds whether the certificate was renewed (the cluster then turns the link ..data to other files), and tells the server.
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
