# Changes the password of a user of the running server, without a restart of it: `password.sh set auth` reads the new one from stdin, and the
# previous one remains valid until `password.sh discard auth`. The user's secret must be changed too: it is what the next start sets.
set -euo pipefail
secrets=${SECRETS:-/etc/guichet/secrets}

quoted() { # text: as a string of SQL
  printf "'%s'" "$(printf %s "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g")"
}

user=$(quoted "${2:?password.sh set USER or password.sh discard USER}")@"'%'"
case $1 in
  set)
    new=$(cat)
    [ -n "$new" ] || { echo "the new password is missing on stdin" >&2; exit 1; }
    change="IDENTIFIED BY $(quoted "$new") RETAIN CURRENT PASSWORD"
    ;;
  discard) change="DISCARD OLD PASSWORD" ;;
  *) echo "password.sh set USER or password.sh discard USER" >&2; exit 1 ;;
esac
# By stdin, because command lines are visible to other processes.
MYSQL_PWD=$(cat "$secrets/root") mysql --user=root <<<"ALTER USER $user $change;"
