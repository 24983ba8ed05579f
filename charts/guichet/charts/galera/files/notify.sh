# Runs in the server at each change of the cluster, before anything is committed in it: remembers who is in its majority, for the time after all
# of them were killed. choose.sh needs it.
primary=
members=
while [ $# -gt 0 ]; do
  case $1 in
    --primary) primary=$2 ;;
    --members) members=$2 ;;
  esac
  shift
done
if [ "$primary" != yes ]; then exit 0; fi
# Of each, "uuid/name/address": the number at the end of the name.
numbers=$(echo "$members" | tr ',' '\n' | cut -d / -f 2 | sed 's/.*-//' | sort -n | tr '\n' ',')
# A member that catches up goes through earlier changes too, which were without it.
case ,$numbers in *,${POD_NAME##*-},*) ;; *) exit 0 ;; esac
echo "${numbers%,}" >/var/lib/mysql/view.new && sync /var/lib/mysql/view.new && mv /var/lib/mysql/view.new /var/lib/mysql/view
