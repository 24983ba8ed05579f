# Runs before each start of a member. Writes its configuration, and the statements that create the schemas and users and set the current
# passwords (password.sh changes one without a restart); member.sh runs them once the member belongs to the cluster.
set -euo pipefail
umask 077
secrets=/etc/guichet/secrets
files=/etc/guichet/galera
. $files/set-password.sh

password() { # secret: as a string of SQL
  printf "'%s'" "$(sed -e 's/\\/\\\\/g' -e "s/'/''/g" "$secrets/$1")"
}

user() { # name, secret
  echo "CREATE USER IF NOT EXISTS '$1'@'%' IDENTIFIED BY $(password "$2") REQUIRE SSL;"
  echo "ALTER USER '$1'@'%' REQUIRE SSL;"
  set_password "$1" "$(password "$2")"
}

services() { # calls $1 with the name, schema, user and migration user of each
  while read -r service schema user migration_user || [ -n "$service" ]; do
    "$1" "$service" "$schema" "$user" "$migration_user"
  done <"$files/services"
}

service_users() {
  echo "CREATE DATABASE IF NOT EXISTS \`$2\` CHARACTER SET utf8mb4;"
  user "$3" "$1"
  user "$4" "$1-migration"
}

service_grants() {
  sed -e "s/{schema}/$2/" -e "s/{user}/$3/" -e "s/{migration_user}/$4/" "$files/grants.sql"
}

{
  services service_users
  user root root
  user backup backup
  user probe probe
  # Inside the pod, the system user administers the server, without a password.
  echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $(password root);"
} >/run/guichet/users.sql

# Apart from the users: a right that is granted again is missing for a moment.
{
  services service_grants
  echo "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
  echo "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES, PROCESS ON *.* TO 'backup'@'%';"
  # What mysqld_exporter reads; without it, this user may only sign in.
  echo "GRANT PROCESS, BINLOG MONITOR, SLAVE MONITOR ON *.* TO 'probe'@'%';"
  if [ "${EXPORTER:-false}" != true ]; then echo "REVOKE PROCESS, BINLOG MONITOR, SLAVE MONITOR ON *.* FROM 'probe'@'%';"; fi
} >/run/guichet/grants.sql

{
  cat "$files/server.cnf"
  echo "wsrep_node_name=$POD_NAME"
  echo "wsrep_node_address=$POD_IP"
  # A name, because the sender looks for it in the certificate.
  echo "wsrep_sst_receive_address=$POD_NAME.$DOMAIN:4444"
  # The last member is the least likely writer; the comma at the end allows any other one.
  donors=
  for member in $MEMBERS; do [ "$member" = "$POD_NAME" ] || donors=$member,$donors; done
  echo "wsrep_sst_donor=$donors"
  # The copy signs in as the system user.
  echo "wsrep_sst_auth=$(id -un):"
  printf '[client]\nsocket=/run/guichet/server.sock\n'
  printf '[sst]\nencrypt=3\ntca=/etc/guichet/tls/ca.crt\ntcert=/etc/guichet/tls/tls.crt\ntkey=/etc/guichet/tls/tls.key\n'
} >/run/guichet/my.cnf
