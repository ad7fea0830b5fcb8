#!/bin/sh
# Passes: as text, the memory solver against brute force, dropped channels against the whole network.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=pass
. tests/lib.sh
need "$B/tests/pack_test" "$B/tests/channels" "$B/tests/pass_test" "$B/tests/rows" "$B/tests/prune_test"
for t in pack_test "channels 3000" "pass_test tests/pass" "rows 60" prune_test; do
    # shellcheck disable=SC2086
    count "$B"/tests/$t
done
finish
