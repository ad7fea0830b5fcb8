/* ReLU and its kin, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_relu_s8.h"

static void shrinc_relu_s8(const shrinc_relu_s8_params *p, const int8_t *x, int8_t *y)
{
    for (int32_t i = 0; i < p->count; i++) {
        y[i] = (int8_t)shrinc_clamp(x[i], p->y_min, p->y_max);
    }
}
