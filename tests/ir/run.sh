#!/bin/sh
# Graph text: round trips and sentences. B: build folder with libshrinc.a. Last line: N passed, N failed.
# SPDX-License-Identifier: Apache-2.0
set -e
cd "$(dirname "$0")/../.."
B=${B:-build}
mkdir -p "$B/tests"
${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror ${CFLAGS:--O1 -g} \
  -Isrc -Irt -o "$B/tests/ir_test" tests/ir/ir_test.c "$B/libshrinc.a" $(cat "$B/gen/libs")
"$B/tests/ir_test" tests/ir/*.graph tests/ir/*.err
