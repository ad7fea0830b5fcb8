#!/bin/sh
# The training engine: gradients of every operator, shards and threads, losses, sentences. B: build folder. The last line
# is "N passed, N failed".
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=engine
. tests/lib.sh
need "$B/tests/gradients" "$B/tests/engine_test"
count "$B/tests/gradients" tests/engine/gradients.txt
count "$B/tests/engine_test"
finish
