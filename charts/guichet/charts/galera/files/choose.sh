# choose.sh <own number>: reads the states of all members, one a line ("0 waiting <cluster> <transaction> <view>"), and prints what this one does:
#   join        another one is in the cluster
#   begin       it begins the cluster again, from its data
#   create      it begins the first cluster, without data
#   wait <why>
# A view is the numbers of those that were in the majority when the member last was. If all of a view wait and had the same one, it was the last:
# a later one would have had one of them in it. So one of them has everything, and the others may be silent. Otherwise all three must wait, because
# one that is silent could be in the cluster, or have committed alone after the others left. Either way, all that decide see the same, so at most
# one begins.
awk -v own="$1" -v nowhere=00000000-0000-0000-0000-000000000000 '
  { number[NR] = $1; state[$1] = $2; cluster[$1] = $3; transaction[$1] = $4 + 0; view[$1] = $5 }
  function has_data(one) { return state[one] == "waiting" && cluster[one] != nowhere && cluster[one] != "" }
  # Whether all of the view of this member wait, with the same view and cluster.
  function is_last(one, list, count, i) {
    if (!has_data(one) || view[one] !~ /^[0-9]+(,[0-9]+)*$/) return 0
    count = split(view[one], list, ",")
    for (i = 1; i <= count; i++)
      if (!has_data(list[i]) || view[list[i]] != view[one] || cluster[list[i]] != cluster[one]) return 0
    return ("," view[one] ",") ~ ("," one ",")
  }
  # The one with the most transactions, and of several the first, among those for which `chosen` is set; empty if none knows its position.
  function most_advanced(i, one, best) {
    best = ""
    for (i = 1; i <= NR; i++) {
      one = number[i]
      if (!chosen[one] || !has_data(one) || transaction[one] < 0) continue
      if (best == "" || transaction[one] > transaction[best] || (transaction[one] == transaction[best] && one + 0 < best + 0)) best = one
    }
    return best
  }
  END {
    for (i = 1; i <= NR; i++) if (state[number[i]] == "primary") { print "join"; exit }
    last = ""
    for (i = 1; i <= NR; i++) if (is_last(number[i])) { chosen[number[i]] = 1; last = number[i] }
    if (last == "") {
      for (i = 1; i <= NR; i++) if (state[number[i]] != "waiting") { print "wait for member " number[i] ", which is " state[number[i]]; exit }
      known = ""
      for (i = 1; i <= NR; i++) {
        one = number[i]
        chosen[one] = 1
        if (!has_data(one) || transaction[one] < 0) continue
        if (known != "" && known != cluster[one]) { print "wait: the members belong to different clusters"; exit }
        known = cluster[one]
      }
    }
    best = most_advanced()
    if (best != "") { if (best == own) print "begin"; else print "wait for member " best " to begin"; exit }
    for (i = 1; i <= NR; i++) if (has_data(number[i])) { print "wait: no member knows its position, and member " number[i] " has data"; exit }
    if (own == 0) print "create"; else print "wait for member 0 to create the cluster"
  }'
