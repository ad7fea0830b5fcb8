#!/bin/sh
# Operators against the vectors that TFLite itself made, and against the overlap they allow. An id (op or op/case) runs
# just that one.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s B="$B" "$B/tests/vectors" "$B/tests/overlap" || exit 1
"$B/tests/vectors" tests/vectors "$@" > "$B/tests/vectors.log"
"$B/tests/overlap" tests/vectors "$@" > "$B/tests/overlap.log"
cat "$B/tests/vectors.log" "$B/tests/overlap.log" | grep -v ' passed, '
cat "$B/tests/vectors.log" "$B/tests/overlap.log" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' |
    awk '{ p += $1; f += $2 } END { if (NR != 2) f++; printf "%d passed, %d failed\n", p, f; exit f > 0 }'
