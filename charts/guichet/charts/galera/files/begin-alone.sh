# Begins the cluster with this member although another one is silent: when all were down, and one won't come back. What only that one has is
# lost, and if it is still running somewhere, there are two banks: delete its pod first. It refuses if a member that answers knows better.
set -uo pipefail
. /etc/guichet/galera/cluster.sh
read -r state cluster transaction view <$run/state
if [ "$state" != waiting ]; then echo "This member does not wait: it is $state." >&2; exit 1; fi
if [ "${transaction:--1}" -lt 0 ]; then echo "This member does not know its position, so it needs the data of another one." >&2; exit 1; fi
others=$(survey)
echo "This member has transaction $transaction of the cluster $cluster, and was last in a majority of $view; the others:"
echo "$others"
while read -r number state theirs last view; do
  case $state in
    primary | starting | cut-off) echo "Member $number is $state, so this one joins it." >&2; exit 1 ;;
    waiting)
      if [ "$theirs" = "$cluster" ] && [ "$last" -gt "$transaction" ]; then echo "Member $number has more: run this there." >&2; exit 1; fi ;;
  esac
done <<<"$others"
touch $run/begin-alone
