# ready.sh: whether the member has everything and belongs to the majority. ready.sh alive: whether its server answers at all.
if [ "${1:-}" = alive ]; then exec mariadb-admin --defaults-file=/run/guichet/my.cnf --connect-timeout=5 ping; fi
state=$(mariadb --defaults-file=/run/guichet/my.cnf --connect-timeout=3 --skip-column-names --batch --execute \
  "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_status', 'wsrep_local_state_comment')" | cut -f 2 | sort | tr '\n' ' ')
[ "$state" = "Primary Synced " ] || { echo "it is ${state:-not answering}"; exit 1; }
