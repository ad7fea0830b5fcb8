/* Products of matrices, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_matmul.h"
#include "shrinc_requantize_wide.h"

/* One matrix of y. */
static int16_t *shrinc_matmul_s16_one(const shrinc_matmul_params *p, const int16_t *a, const int16_t *b,
                                    const int64_t *bias, int16_t *y)
{
    for (int32_t r = 0; r < p->rows; r++) {
        for (int32_t c = 0; c < p->cols; c++) {
            const int16_t *ak = &a[r * p->a_row];
            const int16_t *bk = &b[c * p->b_col];
            int64_t sum = bias[c * p->bias_step];
            for (int32_t k = p->depth; k > 0; k--) {
                sum += (int32_t)*ak * *bk;
                ak += p->a_step;
                bk += p->b_step;
            }
            int32_t out = shrinc_requantize_wide(sum, p->multiplier, p->shift);
            *y = (int16_t)shrinc_clamp(out, p->y_min, p->y_max);
            y++;
        }
    }
    return y;
}

static void shrinc_matmul_s16(const shrinc_matmul_params *p, const int16_t *a, const int16_t *b, const int64_t *bias,
                             int16_t *y)
{
    for (int32_t i = 0; i < p->batch[0]; i++) {
        for (int32_t j = 0; j < p->batch[1]; j++) {
            for (int32_t k = 0; k < p->batch[2]; k++) {
                int32_t at_a = (i * p->a_batch[0]) + (j * p->a_batch[1]) + (k * p->a_batch[2]);
                int32_t at_b = (i * p->b_batch[0]) + (j * p->b_batch[1]) + (k * p->b_batch[2]);
                y = shrinc_matmul_s16_one(p, &a[at_a], &b[at_b], bias, y);
            }
        }
    }
}
