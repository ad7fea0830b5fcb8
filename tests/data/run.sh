#!/bin/sh
# Readers of samples: good and bad files, splits, normalisation, features.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=data
. tests/lib.sh
need "$B/tests/data_test" "$B/tests/features_test" "$B/tests/split_test" "$B/tests/number_test" "$B/shrinc"
localedef -i de_DE -f UTF-8 "$T/de_DE.UTF-8" > /dev/null 2>&1
LOCPATH=$(cd "$T" && pwd)
export LOCPATH
for t in "data_test $T/files" "features_test tests/data/features.txt" split_test number_test; do
    # shellcheck disable=SC2086
    count "$B"/tests/$t
done
# Real data, where they are: SHRINC_SHARED, or ../shared beside the checkout.
shared=${SHRINC_SHARED:-../shared}/data
real() { # id, what is read, arguments of `shrinc data`
    id=$1
    text=$(echo "$2" | sed 's/\[/\\[/g; s/\]/\\]/g')
    shift 2
    want "$id" 0 "$text" "$shrinc" data "$@"
}
if [ -d "$shared/fsdd" ] && [ -d "$shared/fan" ] && [ -d "$shared/skab" ] && [ -d "$shared/nab" ] && [ -d "$shared/cwru" ]; then
    mkdir -p "$T/fsdd" "$T/fan"
    tar xzf "$shared/fsdd/recordings.tar.gz" -C "$T/fsdd"
    tar xzf "$shared/fan/fan.tar.gz" -C "$T/fan"
    real "spoken digits" 'wav, 2500 samples of [49,13], 8000 Hz, from 2500 files' "$T/fsdd" --label-from name --window-seconds 1 \
        --stride-seconds 100 --features "mfcc frame=32ms hop=20ms bands=32 coefficients=13"
    real "digits of the test" '2025 training, 225 validation, 250 test' "$T/fsdd" --label-from name --window-seconds 1 \
        --stride-seconds 100 --test-files '*_[0-4].wav'
    real fan 'csv, 2337 samples of [200,3], from 2337 files' "$T/fan"
    real "water pump" 'csv, 901 samples of [20,8], from 16 files' "$shared/skab/valve1" --label-column anomaly --skip-columns changepoint --window 20
    real "machine temperature" 'csv, 22672 samples of [24,1]' "$shared/nab/machine_temperature_system_failure.csv" --window 24 --stride 1 --target-columns x
    real bearings 'npz, 1905 samples of [512,1], 48000 Hz, from 4 files' "$shared/cwru" --label-from file --array DE --window 512 --sampling-rate 48000
    rm -rf "$T/fsdd" "$T/fan"
else
    echo "SKIPPED: real data in $shared: not there"
fi
finish
