#!/bin/sh
# Golden outputs of real models: those in examples/models/, and where they are present those of SHRINC_SHARED (default ../shared).
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=models
. tests/lib.sh
S=${SHRINC_SHARED:-../shared}
need "$B/tests/models"
count "$B/tests/models" examples/models
if [ -d "$S/models" ]; then
    count "$B/tests/models" "$S/models"
    count "$B/tests/models" --csv "$S/models/single_op"
else
    echo "SKIPPED: 19 real models and 66 one-operator models: no folder $S/models (set SHRINC_SHARED)"
fi
finish
