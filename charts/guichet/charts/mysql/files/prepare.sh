# Runs before each start of the server. Writes the statements that create the schemas and users and set the current passwords (password.sh
# changes one without a restart). The first start runs them as the image's initialisation scripts, because the server that creates the data
# folder accepts nothing else; every later start runs them as its init file.
set -euo pipefail
umask 077
secrets=/etc/guichet/secrets

password() { # secret: as a string of SQL
  printf "'%s'" "$(sed -e 's/\\/\\\\/g' -e "s/'/''/g" "$secrets/$1")"
}

# The previous password remains valid until the next start, so that a service with two replicas can change it without downtime.
user() { # name, secret
  echo "CREATE USER IF NOT EXISTS '$1'@'%' IDENTIFIED BY $(password "$2") REQUIRE SSL;"
  echo "ALTER USER '$1'@'%' IDENTIFIED BY $(password "$2") RETAIN CURRENT PASSWORD REQUIRE SSL;"
}

statements() {
  while read -r service schema user migration_user || [ -n "$service" ]; do
    echo "CREATE DATABASE IF NOT EXISTS \`$schema\` CHARACTER SET utf8mb4;"
    user "$user" "$service"
    user "$migration_user" "$service-migration"
    sed -e "s/{schema}/$schema/" -e "s/{user}/$user/" -e "s/{migration_user}/$migration_user/" /etc/guichet/statements/grants.sql
  done </etc/guichet/statements/services
  user probe probe
  # What mysqld_exporter reads, as the same user; without it, the probe may only sign in.
  if [ "${EXPORTER:-false}" = true ]; then
    echo "GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'probe'@'%';"
    echo "GRANT SELECT ON performance_schema.* TO 'probe'@'%';"
  else
    echo "REVOKE IF EXISTS PROCESS, REPLICATION CLIENT ON *.* FROM 'probe'@'%';"
    echo "REVOKE IF EXISTS SELECT ON performance_schema.* FROM 'probe'@'%';"
  fi
  user backup backup
  echo "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES, PROCESS ON *.* TO 'backup'@'%';"
  # The server reads a renewed certificate only on request. The event belongs to a user of its own: what creates or alters an event is its
  # definer from then on, and an init file has no user.
  echo "CREATE USER IF NOT EXISTS 'certificates'@'localhost' ACCOUNT LOCK;"
  echo "CREATE DATABASE IF NOT EXISTS guichet_server;"
  echo "GRANT CONNECTION_ADMIN ON *.* TO 'certificates'@'localhost';"
  echo "GRANT EVENT ON guichet_server.* TO 'certificates'@'localhost';"
  echo "DROP EVENT IF EXISTS guichet_server.reload_certificates;"
  echo "CREATE DEFINER = 'certificates'@'localhost' EVENT guichet_server.reload_certificates ON SCHEDULE EVERY 1 MINUTE DO ALTER INSTANCE RELOAD TLS;"
}

if [ -d /var/lib/mysql/mysql ]; then
  {
    statements
    echo "CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY $(password root);"
    echo "ALTER USER 'root'@'%' IDENTIFIED BY $(password root) REQUIRE SSL;"
    echo "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $(password root);"
  } >/run/guichet/init.sql
  printf '[mysqld]\ninit_file=/run/guichet/init.sql\n' >/etc/mysql/conf.d/init-file.cnf
else
  statements >/docker-entrypoint-initdb.d/guichet.sql
fi

printf '[client]\nuser=probe\npassword="%s"\nhost=127.0.0.1\nprotocol=TCP\nconnect-timeout=3\n' "$(sed 's/["\\]/\\&/g' "$secrets/probe")" >/run/guichet/probe.cnf
cp /etc/guichet/statements/server.cnf /etc/mysql/conf.d/guichet.cnf
chmod 0640 /etc/mysql/conf.d/*.cnf
