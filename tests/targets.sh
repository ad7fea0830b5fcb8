#!/bin/sh
# Tests of the targets: counts, depths and sizes that are known, and failures that must be noticed.
# SPDX-License-Identifier: Apache-2.0
#
# tests/targets.sh [PREFIX]     runs the cases whose id (targets:CASE:TARGET) starts with PREFIX.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/targets/lib.sh

arm='cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55'
counted="$arm riscv32"
avrs='avr avr328'
chips="$counted $avrs"
hosts='host host-clang'

# The loop less a model that only returns: 4002 instructions; 250 rounds of 5 cycles on AVR.
for t in $counted; do
    case_difference loop "$t" instructions 4002 && passed
done
for t in $avrs; do
    case_difference loop "$t" cycles 1250 && passed
done
for t in $chips $hosts; do
    case_model count "$t" 'MODEL model_count' models.c && expect runs = 3 &&
        expect_output 'bcde CDEF 4567' && passed
done
for t in $chips; do
    case_model stack "$t" 'MODEL model_stack' models.c && expect stack -ge 1000 &&
        expect stack -le 1040 && passed
    case_model empty "$t" 'OUTPUT_BYTES 0' && expect_sizes 0 0 0 0 && passed
    # the output buffer and pointer of model_io.h are the model's, too
    pointer=4
    want="400 40"
    case $t in avr*) pointer=2 want="0 440" ;; esac
    case_model weigh "$t" 'MODEL model_weigh' models.c && expect rodata = "${want% *}" &&
        expect data = "${want#* }" && expect bss = $((80 + 4 + pointer)) && passed
    case_fails deep "$t" 'MODEL model_deep' models.c 'status [36]' && passed
done
for t in $counted $hosts; do
    case_fails null "$t" 'MODEL model_null' models.c 'status 6' && passed
done
case_fails cast cortex-m0 'MODEL model_cast' models.c 'raised a fault' && passed
for t in $hosts; do
    case_fails overrun "$t" 'MODEL model_overrun' models.c 'status 6' sanitize && passed
    case_fails overflow "$t" 'MODEL model_overflow' models.c 'signed integer overflow' sanitize &&
        passed
    case_model sanitize "$t" 'MODEL model_count' models.c sanitize &&
        expect_output 'bcde CDEF 4567' && passed
done
for t in cortex-m4 riscv32 avr host; do
    case_model trace "$t" 'MODEL model_trace' models.c trace && expect_trace && passed
    case_fails short "$t" 'INPUT_BYTES 5
MODEL model_count' models.c 'status 1' && passed
    case_fails endless "$t" 'MODEL model_endless' models.c 'did not end' && passed
    case_missing "$t" && passed
done
for t in cortex-m4 cortex-m55 riscv32 avr; do
    huge=30000000
    [ "$t" = avr ] && huge=20000
    case_fails huge "$t" 'MODEL model_huge' models.c 'does not fit' plain -DHUGE_BYTES=$huge &&
        passed
done
for t in cortex-m0 cortex-m4 cortex-m7 riscv32; do
    case_second_count "$t" && passed
done
case_clean && passed

finish
