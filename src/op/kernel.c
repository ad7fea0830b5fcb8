/* Looks kernels up by name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/kernel_table.h"

const Kernel *kernel_find(const char *name)
{
    for (int32_t i = 0; i < kernel_count; i++) {
        if (strcmp(kernel_table[i].name, name) == 0) {
            return &kernel_table[i];
        }
    }
    return NULL;
}

void kernel_run(const Kernel *k, Rounding rounding, const void *params, void *const *arg)
{
    ptrdiff_t i = k - kernel_table;
    (rounding == ROUNDING_SINGLE ? rt_run_single : rt_run_tflite)[i](params, arg);
}
