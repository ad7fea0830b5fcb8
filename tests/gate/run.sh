#!/bin/sh
# What the gate models cost: instructions, bytes of code and of RAM may not grow by more than 1 % against costs.csv.
# WRITE=1 rewrites the table; the reviewer reads the difference.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s B="$B" "$B/tests/gate" "$B/tests/costs" || { echo "0 passed, 1 failed"; exit 1; }
"$B/tests/gate" "$B/gate" || { echo "0 passed, 1 failed"; exit 1; }
new=$B/tests/costs.csv
{
    echo "model,mode,target,equal,instructions,code_bytes,weights_bytes,arena_bytes,state_bytes,stack_bytes,greedy_bytes,lower_bound_bytes,macs,macs_live"
    "$B/tests/costs" cortex-m4,cortex-m0,riscv32 size,balanced 1 "$B"/gate/*.tflite
    "$B/tests/costs" cortex-m3,cortex-m7,cortex-m33,cortex-m55 balanced 1 "$B/gate/gate_sizes.tflite"
    "$B/tests/costs" cortex-m3,cortex-m7,cortex-m33,cortex-m55,avr balanced 1 "$B/gate/gate_sine.tflite"
} > "$new"
[ "${WRITE:-0}" = 1 ] && cp "$new" tests/gate/costs.csv
awk -F, '
    FNR == 1 { next }
    NR == FNR { for (i = 4; i <= NF; i++) old[$1 "," $2 "," $3, i] = $i; want[$1 "," $2 "," $3] = 1; next }
    {
        id = $1 "," $2 "," $3; seen[id] = 1; bad = ""
        if ($4 != 1) bad = bad " outputs differ;"
        split("5 6 7 8 10", column, " "); split("instructions code weights arena stack", name, " ")
        for (k = 1; k <= 5; k++) {
            i = column[k]
            if (!(id in want)) bad = " not in costs.csv"
            else if ($i > old[id, i] * 1.01 + 2) bad = bad " " name[k] " " old[id, i] " -> " $i ";"
        }
        if (bad != "") { print "FAIL gate:" id bad; failed++ } else passed++
    }
    END {
        for (id in want) if (!(id in seen)) { print "FAIL gate:" id " was not measured"; failed++ }
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0
    }' tests/gate/costs.csv "$new"
