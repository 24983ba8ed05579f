# A consistent dump of all schemas. It gets its final name only when it is complete.
set -euo pipefail
umask 077
cd /backups
rm -f ./*.part
dump=$(command -v mariadb-dump || command -v mysqldump)
options=()
case $dump in */mysqldump) options=(--set-gtid-purged=OFF) ;; esac
name="guichet-$(date -u +%Y%m%dT%H%M%SZ).sql.gz"
"$dump" --defaults-extra-file=/run/guichet/client.cnf --single-transaction --quick --routines --triggers --events --no-tablespaces \
  "${options[@]}" --databases $SCHEMAS | gzip >"$name.part"
gzip --test "$name.part"
mv "$name.part" "$name"
echo "$name: $(stat -c %s "$name") bytes"
find . -maxdepth 1 \( -name 'guichet-*.sql.gz' -o -name 'guichet-*.secrets.age' \) -mtime "+$KEEP_DAYS" -delete
echo "There are now:"
find . -maxdepth 1 -name 'guichet-*.sql.gz' -printf '  %f %s\n' | sort
