# What the scripts of a member share: what it says about itself to the others, and what they say. Between members, a connection needs the
# certificate of galera.
run=/run/guichet
data=/var/lib/mysql/data
files=/etc/guichet/galera
config=$run/my.cnf
port=4569
tls=cert=/etc/guichet/tls/tls.crt,key=/etc/guichet/tls/tls.key,cafile=/etc/guichet/tls/ca.crt,verify=1,commonname=galera
nowhere=00000000-0000-0000-0000-000000000000

log() { echo "$(date -u +%FT%TZ) $POD_NAME: $*"; }

say() { # "waiting <cluster> <transaction> <view>", "starting", "primary", or "cut-off"
  echo "$*" >$run/state.new && mv $run/state.new $run/state
}

sql() { timeout 10 mariadb --defaults-file=$config --skip-column-names --batch "$@"; }

# What each other member says now, in a line: its number and its state, or "silent".
survey() {
  local number=0 member
  for member in $MEMBERS; do
    if [ "$member" != "$POD_NAME" ]; then ask $number "$member" & fi
    number=$((number + 1))
  done
  wait
}

ask() { # number, name
  local answer
  answer=$(timeout 4 socat -u "OPENSSL:$2.$DOMAIN:$port,$tls,connect-timeout=2" - 2>/dev/null | head -n 1)
  echo "$1 ${answer:-silent}"
}
