#!/bin/sh
# `shrinc eval` beside LiteRT with XNNPACK, one thread each, one after the other on the same samples: microseconds a sample, and in how
# many answers they agree (they round differently). Needs the models (SHRINC_SHARED, default ../shared) and a Python with
# ai_edge_litert (SHRINC_ORACLE_PYTHON). Usage: bench/eval.sh [COUNT], default 10000
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
S=${SHRINC_SHARED:-../shared}
count=${1:-10000}
python=${SHRINC_ORACLE_PYTHON:-python3}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
# The best of three passes, in processor time, as there.
own() { # kernels, or nothing: the CPU's best
    for pass in 1 2 3; do
        env ${1:+SHRINC_KERNELS=$1} "$B/shrinc" eval "$S/models/$m.tflite" "$T/x.npz" --threads 1 --json 2> /dev/null
    done | jq -s -r '[(map(.cpu_seconds * 1e6 / .samples) | min), .[0].metrics.accuracy, .[0].kernels] | @tsv'
}
echo "model,samples,litert_us,shrinc_us,kernels,portable_us,speed_of_litert,same_answers"
for m in kws_int8 resnet8_int8; do
    peer=$("$python" bench/eval_peer.py "$S/models/$m.tflite" "$count" "$T/x.npz" 2> "$T/log") || { cat "$T/log" >&2; exit 7; }
    fast=$(own "")
    plain=$(own portable)
    printf '%s\t%s\t%s\n' "$peer" "$fast" "$plain" |
        awk -F '\t' -v m=$m -v n="$count" '{ printf "%s,%d,%.1f,%.1f,%s,%.1f,%.2f,%.4f\n", m, n, $1, $2, $4, $5, $1 / $2, $3 }'
done
