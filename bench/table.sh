#!/bin/sh
# Prints the comparison of bench/results.csv with bench/peers.csv as a Markdown table.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/.." || exit 1
awk -F, '
    function n(v,   s, out) { s = v ""; out = ""; while (length(s) > 3) { out = "," substr(s, length(s) - 2) out; s = substr(s, 1, length(s) - 3) } return s out }
    function p(key, field) { return ((key SUBSEP field) in peer) ? n(peer[key, field]) : "-" }
    /^#/ { next }
    FILENAME ~ /peers/ { peer[$1 "," $2 "," $3, "i"] = $5; peer[$1 "," $2 "," $3, "c"] = $6; peer[$1 "," $2 "," $3, "m"] = $7; peer[$1 "," $2 "," $3, "a"] = $8; next }
    FNR == 1 { next }
    { if (!($1 in known)) { known[$1] = 1; order[++count] = $1 }
      r[$1, $2, $3, "i"] = $5; r[$1, $2, $3, "c"] = $6; macs[$1] = $13; live[$1] = $14; bad[$1] += ($4 != 1)
      if ($2 == "size") { w[$1] = $7; a[$1] = $8; st[$1] = $9; g[$1] = $11; lb[$1] = $12 } }
    END {
        print "| model | equal | RAM B (bound) | TFLM arena B | flash B: weights + code | TFLM flash B | M4 instructions | TFLM+CMSIS-NN | M0 instructions | TFLM+CMSIS-NN |"
        print "|---|---|---|---|---|---|---|---|---|---|"
        for (k = 1; k <= count; k++) {
            m = order[k]; o3 = "m4,cmsis_o3," m; os = "m4,cmsis_os," m; z = "m0,cmsis_o3," m
            bytes = ((os SUBSEP "c") in peer) ? os : o3
            flash = ((bytes SUBSEP "c") in peer) ? n(peer[bytes, "c"] + peer[bytes, "m"]) : "-"
            state = (st[m] > 0) ? " + " n(st[m]) " state" : ""
            printf "| %s | %s | %s (%s)%s | %s ", m, (bad[m] ? "NO" : "yes"), n(a[m]), n(lb[m]), state, p(o3, "a")
            printf "| %s + %s | %s ", n(w[m]), n(r[m, "size", "cortex-m4", "c"]), flash
            printf "| %s | %s ", n(r[m, "speed", "cortex-m4", "i"]), p(o3, "i")
            printf "| %s | %s |\n", n(r[m, "speed", "cortex-m0", "i"]), p(z, "i")
        }
    }' bench/peers.csv bench/results.csv
