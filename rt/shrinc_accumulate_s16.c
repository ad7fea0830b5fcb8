/* EWMA and CUSUM of one number, int16, portable C. State: the sum, and runs up to the first that counts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_accumulate_s16.h"

static void shrinc_accumulate_s16(const shrinc_accumulate_s16_params *p, const int16_t *x, int32_t *state,
                                  int16_t *y)
{
    const int32_t limit = 8388607;
    int32_t v = (int32_t)x[0] * 256;
    int32_t s = state[0];
    if (state[1] < p->warmup) {
        state[1]++;
    } else {
        if (p->kind == 1) {
            s = shrinc_clamp(s + v - p->drift, 0, limit);
        } else if (state[1] == p->warmup) {
            s = v;
        } else {
            s += (int32_t)((((int64_t)(v - s) * p->alpha) + 16384) >> 15);
        }
        state[1] = p->warmup + 1;
    }
    state[0] = s;
    int32_t q = shrinc_requantize(s, p->multiplier, p->shift) + p->y_zero;
    y[0] = (int16_t)shrinc_clamp(q, INT16_MIN, INT16_MAX);
}
