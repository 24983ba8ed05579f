# Changes the password of a user of the running cluster: `password.sh set auth` reads the new one from stdin, and the previous one remains valid
# until `password.sh discard auth`. The user's secret must be changed too: it is what the next start sets.
set -euo pipefail
. "$(dirname "$0")/set-password.sh"

quoted() { # text: as a string of SQL
  printf "'%s'" "$(printf %s "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g")"
}

usage="password.sh set USER or password.sh discard USER"
user=${2:?$usage}
[[ $user =~ ^[A-Za-z0-9_.-]+$ ]] || { echo "$usage" >&2; exit 1; }
case $1 in
  set)
    new=$(cat)
    [ -n "$new" ] || { echo "the new password is missing on stdin" >&2; exit 1; }
    change=$(set_password "$user" "$(quoted "$new")")
    ;;
  discard) change=$(discard_password "$user") ;;
  *) echo "$usage" >&2; exit 1 ;;
esac
# By stdin, because command lines are visible to other processes.
mariadb --defaults-file=/run/guichet/my.cnf <<<"$change"
