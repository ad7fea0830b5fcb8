/* Looks kernels up by name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/kernel_table.h"

#ifdef SHRINC_TWINS
#include <cpuid.h>
#endif

const Kernel *kernel_find(const char *name)
{
    for (int32_t i = 0; i < kernel_count; i++) {
        if (strcmp(kernel_table[i].name, name) == 0) {
            return &kernel_table[i];
        }
    }
    return NULL;
}

/* --- twins ------------------------------------------------------------------------------------------ */

typedef struct Twin {
    const char *name;
    KernelRun *tflite, *single;
} Twin;

static const Twin twins[] = {
    {"portable", rt_run_tflite, rt_run_single},
#ifdef SHRINC_TWINS
    {"avx2", rt_run_tflite_avx2, rt_run_single_avx2},
    {"avxvnni", rt_run_tflite_avxvnni, rt_run_single_avxvnni},
    {"avx512vnni", rt_run_tflite_avx512vnni, rt_run_single_avx512vnni},
#endif
};

/* Whether the CPU can run twin I. */
static bool is_able(size_t i)
{
#ifdef SHRINC_TWINS
    bool avx2 = __builtin_cpu_supports("avx2") != 0;
    unsigned a = 0, b = 0, c = 0, d = 0;
    switch (i) {
    case 1: return avx2;
    case 2: /* compilers differ in whether they know this one by name: leaf 7, subleaf 1, EAX bit 4 */
        return avx2 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1U << 4)) != 0;
    case 3:
        return avx2 && __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
    default: break;
    }
#endif
    return i == 0;
}

static const Twin *chosen; /* NULL: the last one that the CPU can run */

static const Twin *twin(void)
{
    size_t i = COUNT(twins) - 1;
    while (chosen == NULL && !is_able(i)) {
        i--;
    }
    return chosen == NULL ? &twins[i] : chosen;
}

bool kernel_use(const char *name)
{
    for (size_t i = 0; i < COUNT(twins); i++) {
        if (strcmp(twins[i].name, name) == 0 && is_able(i)) {
            chosen = &twins[i];
            return true;
        }
    }
    return false;
}

const char *kernel_used(void)
{
    return twin()->name;
}

void kernel_run(const Kernel *k, Rounding rounding, const void *params, void *const *arg)
{
    ptrdiff_t i = k - kernel_table;
    bool single = rounding == ROUNDING_SINGLE;
    KernelRun *table = single ? twin()->single : twin()->tflite;
    KernelRun *portable = single ? rt_run_single : rt_run_tflite;
    (table[i] != NULL ? table : portable)[i](params, arg);
}
