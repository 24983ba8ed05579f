# Writes the login for the MySQL or MariaDB programs to a file, because command lines are visible to other processes. Of several servers, it takes
# the first that has everything and belongs to the majority of its cluster.
set -euo pipefail
umask 077
client=$(command -v mariadb || command -v mysql)
case $client in
  */mariadb) tls='ssl-ca=/etc/guichet/tls/ca.crt\nssl-verify-server-cert' ;;
  *) tls='ssl-mode=VERIFY_IDENTITY\nssl-ca=/etc/guichet/tls/ca.crt' ;;
esac
password=$(sed 's/["\\]/\\&/g' "/etc/guichet/database/$MYSQL_USER_NAME")

is_usable() { # the server of the login
  local state
  state=$("$client" --defaults-extra-file=/run/guichet/client.cnf --connect-timeout=5 --skip-column-names --batch \
    --execute "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_status', 'wsrep_local_state_comment')" | cut -f 2 | sort | tr '\n' ' ') || return 1
  [ -z "$state" ] || [ "$state" = 'Primary Synced ' ]
}

while true; do
  for host in $MYSQL_HOST_NAMES; do
    printf "[client]\nuser=%s\npassword=\"%s\"\nhost=%s\n$tls\n" "$MYSQL_USER_NAME" "$password" "$host" >/run/guichet/client.cnf
    if is_usable; then echo "server: $host" && exit 0; fi
  done
  sleep 3
done
