#!/bin/sh
# Runs a member of a MySQL group: start-group-member.sh <mysqld> <folder>. With the file "joins", it joins the group by itself; without it, it waits
# for START GROUP_REPLICATION, and runs the initial statements first.
server=$1
folder=$2
trap 'exit 0' TERM INT
if [ ! -f "$folder/joins" ]; then
  exec "$server" "--defaults-file=$folder/my.cnf" "--init-file=$folder/init.sql"
fi
if [ -f "$folder/server.pid" ]; then
  # It was killed. The others take it back only once they have expelled the process of before, after five seconds.
  sleep 6 &
  wait
fi
exec "$server" "--defaults-file=$folder/my.cnf" --group_replication_start_on_boot=ON
