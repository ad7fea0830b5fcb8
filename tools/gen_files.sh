#!/bin/sh
# Writes, as C, the bytes of the files named, for embedded_find().
# SPDX-License-Identifier: Apache-2.0
set -eu
export LC_ALL=C
echo '/* Written by tools/gen_files.sh: files that travel inside the program. */'
echo '#include "base/base.h"'
n=0
for f in "$@"; do
    echo "static const uint8_t file_$n[] = {"
    od -An -v -tu1 "$f" | sed 's/  */,/g; s/^,//; s/$/,/'
    echo '0};'
    n=$((n + 1))
done
echo 'static const EmbeddedFile files[] = {'
n=0
for f in "$@"; do
    echo "    {\"$f\", file_$n, sizeof file_$n - 1},"
    n=$((n + 1))
done
echo '    {NULL, NULL, 0},'
echo '};'
cat <<'END'
const EmbeddedFile *embedded_at(size_t index)
{
    return index < COUNT(files) - 1 ? &files[index] : NULL;
}
const EmbeddedFile *embedded_find(const char *path)
{
    for (size_t i = 0; files[i].path != NULL; i++) {
        if (strcmp(files[i].path, path) == 0) {
            return &files[i];
        }
    }
    return NULL;
}
END
