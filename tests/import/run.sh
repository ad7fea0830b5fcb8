#!/bin/sh
# Malformed and odd model files: the table of cases, then truncation and word mutation. B: build folder with libshrinc.a.
# Last line: N passed, N failed.
# SPDX-License-Identifier: Apache-2.0
set -e
cd "$(dirname "$0")/../.."
B=${B:-build}
mkdir -p "$B/tests"
${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror ${CFLAGS:--O1 -g} \
  -Isrc -Irt -Itests/import -o "$B/tests/bad" tests/import/bad.c tests/import/model.c tests/import/fbbuild.c "$B/libshrinc.a" \
  $(cat "$B/gen/libs")
"$B/tests/bad" tests/import/models.txt tests/import/cases.txt "$@"
