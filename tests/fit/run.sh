#!/bin/sh
# Learning: networks from text, optimisers, schedules, metrics, whole trainings.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=fit
. tests/lib.sh
need "$B/tests/net_test" "$B/tests/parts_test" "$B/tests/losses_test" "$B/tests/train_test" "$B/tests/net_fuzz"
for t in "net_test tests/fit/nets" "net_fuzz 3000" "parts_test tests/fit/steps.txt" "losses_test tests/fit/losses.txt" "train_test $T"; do
    # shellcheck disable=SC2086
    count "$B"/tests/$t
done
finish
