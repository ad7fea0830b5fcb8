/* Each channel of a window less its mean over the window, int16, one scale.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_REMOVE_MEAN_S16_H
#define SHRINC_REMOVE_MEAN_S16_H

#include "shrinc_base.h"

typedef struct shrinc_remove_mean_s16_params {
    int32_t batches;
    int32_t count;    /* samples of a window, at most 32768 */
    int32_t channels;
} shrinc_remove_mean_s16_params;

/* a / b to the nearest, ties away from zero; b > 0. */
static inline int32_t shrinc_divide_s32(int32_t a, int32_t b)
{
    return (a + ((a < 0) ? -(b / 2) : (b / 2))) / b;
}

#endif
