# Runs a member of the cluster. It joins the others if they are in a cluster. If none is, also after all were killed at once, the one that
# committed last begins the cluster again, once it is sure to be that. choose.sh decides; begin-alone.sh is for a member that won't come back.
set -uo pipefail
umask 077
. /etc/guichet/galera/cluster.sh

new=(--wsrep-new-cluster --wsrep-cluster-address=gcomm://)
server=
trap 'stop' TERM INT
stop() {
  stopping=yes
  if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null; else exit 0; fi
}

# Prints "<cluster> <transaction>": where this member's data is in the history of its cluster.
position() {
  local cluster transaction recovered
  cluster=$(sed -n 's/^uuid: *//p' $data/grastate.dat 2>/dev/null)
  transaction=$(sed -n 's/^seqno: *//p' $data/grastate.dat 2>/dev/null)
  if [ ! -d $data/mysql ] || [ -z "$cluster" ] || [ "$cluster" = $nowhere ]; then echo "$nowhere -1" && return; fi
  if [ "$transaction" = -1 ]; then
    # It was killed: only its data has the position.
    # Until the others have left out the process that was killed, its successor would come into their count of votes: both then lose the majority.
    # They do so after evs.inactive_timeout, which is four seconds, at the latest.
    sleep 4 >/dev/null &
    mariadbd --defaults-file=$config --wsrep-cluster-address=gcomm:// --wsrep-recover >/tmp/recover.log 2>&1
    wait $!
    recovered=$(sed -n 's/.*WSREP: Recovered position: *\([-0-9a-f]*:-\{0,1\}[0-9]*\).*/\1/p' /tmp/recover.log | tail -n 1)
    transaction=${recovered##*:}
    if [ "${recovered%%:*}" != "$cluster" ]; then tail -n 20 /tmp/recover.log >&2 && transaction=-1; fi
  fi
  echo "$cluster ${transaction:--1}"
}

# The numbers of the members in the last majority that this one was in, such as 0,1,2; "-" if it is unknown.
view() { cat /var/lib/mysql/view 2>/dev/null || echo -; }

# Answers the other members, also while the server doesn't.
serve() {
  while true; do
    socat "OPENSSL-LISTEN:$port,reuseaddr,fork,$tls" "EXEC:bash $files/answer.sh" 2>/dev/null &
    echo $! >$run/serve.pid
    wait $!
    sleep 1
  done
}

# The data of the first cluster.
create() {
  rm -rf $data.new
  mariadb-install-db --no-defaults --datadir=$data.new --tmpdir=/tmp --skip-test-db --auth-root-authentication-method=socket \
    --auth-root-socket-user="$(id -un)" >/tmp/create.log 2>&1 || { cat /tmp/create.log; exit 1; }
  rm -rf $data && mv $data.new $data
}

# Waits until this member may start, and sets how.
choose() {
  local place what before= number=0 member own=
  for member in $MEMBERS; do
    if [ "$member" = "$POD_NAME" ]; then own=$number; fi
    number=$((number + 1))
  done
  # Where it was when all members were connected; with it, they would wait for each other.
  rm -f $data/gvwstate.dat $run/begin-alone
  say starting
  place="$(position) $(view)"
  log "its position is $place"
  while true; do
    say "waiting $place"
    what=$({ echo "$own waiting $place"; survey; } | sort -n | bash $files/choose.sh "$own")
    if [ -f $run/begin-alone ]; then what=begin; fi
    if [ "$what" != "$before" ]; then log "$what" && before=$what; fi
    case $what in
      join) join $place && return ;;
      begin) begin $place && return ;;
      create) say starting && create && how=("${new[@]}") && return ;;
    esac
    sleep 1
  done
}

join() { # cluster transaction view
  local addresses=
  for member in $MEMBERS; do
    if [ "$member" != "$POD_NAME" ]; then addresses=$addresses,$(getent hosts "$member.$DOMAIN" | awk '{print $1; exit}'); fi
  done
  say starting
  mkdir -p $data
  how=("--wsrep-cluster-address=gcomm://$(echo "$addresses" | tr -s , | sed 's/^,//; s/,$//')")
  if [ "$2" -ge 0 ]; then how+=("--wsrep-start-position=$1:$2"); fi
}

begin() { # cluster transaction view
  say starting
  printf '# GALERA saved state\nversion: 2.1\nuuid:    %s\nseqno:   %s\nsafe_to_bootstrap: 1\n' "$1" "$2" >$data/grastate.dat
  how=("${new[@]}")
}

# Says how the running server is, gives it what changed, and restarts it if it was left out of the cluster for good.
watch() {
  local status cut=0 certificate
  certificate=$(readlink /etc/guichet/tls/..data)
  while sleep 1; do
    if [ "$(readlink /etc/guichet/tls/..data)" != "$certificate" ]; then
      certificate=$(readlink /etc/guichet/tls/..data)
      log "the certificate was renewed"
      sql --execute "FLUSH LOCAL SSL; SET GLOBAL wsrep_provider_options = 'socket.ssl_reload=1'"
      kill "$(cat $run/serve.pid)"
    fi
    status=$(sql --execute "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_status', 'wsrep_local_state_comment')" 2>/dev/null | cut -f 2 | sort | tr '\n' ' ')
    case $status in
      '') say starting ;;
      *non-Primary* | *Disconnected*) cut=$((cut + 1)) && say cut-off ;;
      *Primary*) cut=0 && say primary && touch $run/joined ;;
      *) say starting ;;
    esac
    if [ "$status" = "Primary Synced " ]; then apply users && apply grants; fi
    if [ $cut -ge 3 ] && is_lost $cut; then
      log "it is outside the cluster, which does not come back by itself: it starts again"
      touch $run/again
      kill -TERM "$server"
      return
    fi
  done
}

# Whether a member outside the majority gets nowhere by waiting: the others of its last majority wait for it. Galera itself brings those together
# that are cut off; if it has not after a while, they start again, or where others have a majority, this one does.
is_lost() { # for how many rounds
  local states number state rest
  states=$(survey)
  if [ "$1" -ge 30 ] && echo "$states" | grep -q ' primary$'; then return 0; fi
  while read -r number state rest; do
    if [[ ,$(view), != *,$number,* ]]; then continue; fi
    case $state in
      waiting) ;;
      cut-off) if [ "$1" -lt 30 ]; then return 1; fi ;;
      *) return 1 ;;
    esac
  done <<<"$states"
  [ "$(view)" != - ]
}

# Runs statements that the cluster doesn't have yet; every one can be repeated.
apply() { # users or grants
  local sum known
  sum=$(sha256sum $run/"$1".sql | cut -d ' ' -f 1)
  if [ "$(cat $run/"$1".applied 2>/dev/null)" = "$sum" ]; then return 0; fi
  known=$(sql --execute "CREATE DATABASE IF NOT EXISTS guichet_server;
    CREATE TABLE IF NOT EXISTS guichet_server.applied (name VARCHAR(20) PRIMARY KEY, sum CHAR(64) NOT NULL);
    SELECT sum FROM guichet_server.applied WHERE name = '$1'") || return 1
  if [ "$known" != "$sum" ]; then
    sql <$run/"$1".sql || return 1
    sql --execute "REPLACE INTO guichet_server.applied VALUES ('$1', '$sum')" || return 1
    log "the $1 are up to date"
  fi
  echo "$sum" >$run/"$1".applied
}

serve &
while true; do
  how=()
  choose
  stopping=
  rm -f $run/again $run/joined
  mariadbd --defaults-file=$config "${how[@]}" &
  server=$!
  began=$SECONDS
  watch &
  watcher=$!
  wait "$server"
  code=$?
  # A signal ends the wait before the server.
  while kill -0 "$server" 2>/dev/null; do
    wait "$server"
    code=$?
  done
  kill "$watcher" 2>/dev/null
  server=
  if [ -n "$stopping" ]; then exit 0; fi
  # The one that it joined may have been lost at the same time. A fault of its own ends it sooner.
  if [ ! -f $run/joined ] && [ $((SECONDS - began)) -ge 5 ]; then log "it could not join" && touch $run/again; fi
  if [ ! -f $run/again ]; then log "the server ended with $code" && exit 1; fi
done
