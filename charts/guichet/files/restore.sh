# Puts a dump back over what the schemas hold. Who calls it sees to it that nobody else writes meanwhile.
set -euo pipefail
cd /backups
if [ "$FILE" = latest ]; then FILE=$(find . -name 'guichet-*.sql.gz' -printf '%f\n' | sort | tail -1); fi
if [ -z "$FILE" ] || [ ! -f "$FILE" ]; then
  echo "There is no dump '$FILE'. There are:" >&2
  find . -name 'guichet-*.sql.gz' -printf '  %f\n' | sort >&2
  exit 1
fi
gzip --test "$FILE"
# The services are told to go as this job is told to come: it waits until the last of them is gone.
sql() { mysql --defaults-extra-file=/run/guichet/client.cnf --skip-column-names --execute "$1"; }
schemas=$(printf "'%s'," $SCHEMAS)
until [ "$(sql "SELECT COUNT(*) FROM information_schema.processlist WHERE db IN (${schemas%,})")" = 0 ]; do
  echo "services are still connected"
  sleep 2
done
# What a later release added stands in no dump: the schemas begin anew, and the next start of each service brings them up to date.
for schema in $SCHEMAS; do
  echo "DROP DATABASE IF EXISTS \`$schema\`; CREATE DATABASE \`$schema\` CHARACTER SET utf8mb4;"
done | mysql --defaults-extra-file=/run/guichet/client.cnf
gunzip -c "$FILE" | mysql --defaults-extra-file=/run/guichet/client.cnf
# The stream USERS still tells of users as they were after the dump. From now on whatever auth tells of them is newer than that.
sql "UPDATE \`$AUTH_SCHEMA\`.users SET version = GREATEST(version + 1, UNIX_TIMESTAMP())"
echo "$FILE is back; now the ledger is added up."
