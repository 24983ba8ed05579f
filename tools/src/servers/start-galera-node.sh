#!/bin/sh
# Runs a node of the database cluster: start-galera-node.sh <mariadbd> <folder>. A node that was killed first reads its position from its data, so that
# it only needs what the others committed since; without it, it would copy all of their data. With the file "bootstrap", it begins the cluster.
server=$1
folder=$2
trap 'exit 0' TERM INT
state=$folder/data/grastate.dat
if grep -Eq '^seqno: +-1$' "$state" 2>/dev/null && ! grep -Eq '^uuid: +0{8}-' "$state"; then
  # Until the others have left out the process that was killed, its successor would come into their count of votes: both then lose the majority.
  # They do so after evs.suspect_timeout, and at the latest after evs.inactive_timeout, which is four seconds.
  { [ -f "$folder/bootstrap" ] || sleep 4; } >/dev/null 2>&1 &
  position=$("$server" "--defaults-file=$folder/my.cnf" --wsrep-recover --skip-networking 2>&1 |
    sed -n 's/.*WSREP: Recovered position: *\([-0-9a-f]*:-\{0,1\}[0-9]*\).*/\1/p' | tail -n 1)
  wait
fi
set -- "--defaults-file=$folder/my.cnf"
[ -n "$position" ] && set -- "$@" "--wsrep-start-position=$position"
if [ -f "$folder/bootstrap" ]; then
  # A first attempt that died has taken the permission with it, and there is no other node yet.
  permitted=$(sed 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$state")
  printf '%s\n' "$permitted" >"$state"
  set -- "$@" --wsrep-new-cluster
  cmp -s "$folder/init.sql" "$folder/applied.sql" || set -- "$@" "--init-file=$folder/init.sql"
fi
exec "$server" "$@"
