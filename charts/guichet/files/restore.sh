# Replaces the schemas with those of a dump. No service may be running.
set -euo pipefail
cd /backups
if [ "$FILE" = latest ]; then FILE=$(find . -maxdepth 1 -name 'guichet-*.sql.gz' -printf '%f\n' | sort | tail -1); fi
if [ -z "$FILE" ] || [ ! -f "$FILE" ]; then
  echo "There is no dump '$FILE'. There are:" >&2
  find . -maxdepth 1 -name 'guichet-*.sql.gz' -printf '  %f\n' | sort >&2
  exit 1
fi
gzip --test "$FILE"
# The services are stopped when this job starts, so it waits until the last one has ended.
client=$(command -v mariadb || command -v mysql)
sql() { "$client" --defaults-extra-file=/run/guichet/client.cnf --skip-column-names --execute "$@"; }
schemas=$(printf "'%s'," $SCHEMAS)
for host in $MYSQL_HOST_NAMES; do
  until [ "$(sql "SELECT COUNT(*) FROM information_schema.processlist WHERE db IN (${schemas%,})" --host="$host")" = 0 ]; do
    echo "services are still connected to $host"
    sleep 2
  done
done
# Drops the schemas first, because they may have tables that are not in the dump. The next start of each service migrates them.
for schema in $SCHEMAS; do
  echo "DROP DATABASE IF EXISTS \`$schema\`; CREATE DATABASE \`$schema\` CHARACTER SET utf8mb4;"
done | "$client" --defaults-extra-file=/run/guichet/client.cnf
gunzip -c "$FILE" | "$client" --defaults-extra-file=/run/guichet/client.cnf
# The stream USERS may contain newer versions of users than the dump. After this, events of auth have higher versions than those.
sql "UPDATE \`$AUTH_SCHEMA\`.users SET version = GREATEST(version + 1, UNIX_TIMESTAMP())"
echo "$FILE is back; now the ledger is added up."
