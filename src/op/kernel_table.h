/* The tables that the build writes from rt/ (tools/gen_rt.awk).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_KERNEL_TABLE_H
#define SHRINC_KERNEL_TABLE_H

#include "op/op.h"

extern const Kernel kernel_table[]; /* sorted by name; RUN is not filled in */
extern const int32_t kernel_count;

typedef void (*const KernelRun)(const void *params, void *const *arg);
extern KernelRun rt_run_tflite[]; /* in the order of kernel_table */
extern KernelRun rt_run_single[];
/* Likewise for CPUs of x86-64; NULL where a kernel has no twin. */
extern KernelRun rt_run_tflite_avx2[];
extern KernelRun rt_run_single_avx2[];
extern KernelRun rt_run_tflite_avxvnni[];
extern KernelRun rt_run_single_avxvnni[];
extern KernelRun rt_run_tflite_avx512vnni[];
extern KernelRun rt_run_single_avx512vnni[];

#endif
