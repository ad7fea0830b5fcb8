/* Sliding window over a stream, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_sliding_window_s16.h"

static void shrinc_sliding_window_s16(const shrinc_sliding_window_s16_params *p, const int16_t *x, int16_t *state,
                                      int16_t *y)
{
    (void)memcpy(y, state, (size_t)p->old_count * sizeof *y);
    (void)memcpy(&y[p->old_count], x, (size_t)p->new_count * sizeof *y);
    (void)memcpy(state, &y[p->new_count], (size_t)p->old_count * sizeof *y);
}
