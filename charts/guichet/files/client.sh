# Writes the login for the MySQL programs to a file, because command lines are visible to other processes.
set -euo pipefail
umask 077
printf '[client]\nuser=%s\npassword="%s"\nhost=%s\nssl-mode=VERIFY_IDENTITY\nssl-ca=/etc/guichet/tls/ca.crt\n' \
  "$MYSQL_USER_NAME" "$(sed 's/["\\]/\\&/g' "/etc/guichet/mysql/$MYSQL_USER_NAME")" "$MYSQL_HOST_NAME" >/run/guichet/client.cnf
until mysql --defaults-extra-file=/run/guichet/client.cnf --execute 'SELECT 1' >/dev/null; do sleep 3; done
