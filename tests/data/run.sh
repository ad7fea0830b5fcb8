#!/bin/sh
# Readers of samples: good and bad files, splits, normalisation, features.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s -j2 B="$B" "$B/tests/data_test" || { echo "0 passed, 1 failed"; exit 1; }
rm -rf "$B/tests/data"
mkdir -p "$B/tests/data"
"$B/tests/data_test" "$B/tests/data"
