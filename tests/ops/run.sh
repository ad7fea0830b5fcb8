#!/bin/sh
# Operators against the vectors that TFLite itself made. An id (op or op/case) runs just that one.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
make -s B="$B" "$B/tests/vectors" || exit 1
"$B/tests/vectors" tests/vectors "$@"
