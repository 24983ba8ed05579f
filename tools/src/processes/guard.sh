#!/bin/sh
# Stops the bank's processes if the supervisor dies without stopping them (kill -9). The supervisor holds the other end of our stdin and
# writes "add <stage> <pid>" and "drop <pid>". When it closes, the listed processes are stopped: stage 1 (pages and services), then 2
# (NATS, mail), then 3 (the database).
trap '' INT TERM HUP
listed=' '
while read -r verb first second; do
  case "$verb" in
    add) listed="$listed$first:$second " ;;
    drop) listed=$(printf '%s' "$listed" | sed "s/ [0-9]:$first / /") ;;
  esac
done

alive() {
  for entry in $listed; do
    [ "${entry%%:*}" = "$1" ] && kill -0 "${entry#*:}" 2>/dev/null && return 0
  done
  return 1
}

send() {
  for entry in $listed; do
    [ "${entry%%:*}" = "$2" ] && kill "-$1" "${entry#*:}" 2>/dev/null
  done
}

for stage in 1 2 3; do
  send TERM "$stage"
  waited=0
  while alive "$stage" && [ "$waited" -lt 80 ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  send KILL "$stage"
done
