/* Products of matrices, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_matmul_f32.h"

/* One matrix of y. */
static float *shrinc_matmul_f32_one(const shrinc_matmul_f32_params *p, const float *a, const float *b,
                                    const float *bias, float *y)
{
    for (int32_t r = 0; r < p->rows; r++) {
        for (int32_t c = 0; c < p->cols; c++) {
            const float *ak = &a[r * p->a_row];
            const float *bk = &b[c * p->b_col];
            float sum = 0.0f;
            for (int32_t k = p->depth; k > 0; k--) {
                sum += *ak * *bk;
                ak += p->a_step;
                bk += p->b_step;
            }
            *y = shrinc_clamp_f32(sum + bias[c * p->bias_step], p->y_min, p->y_max);
            y++;
        }
    }
    return y;
}

static void shrinc_matmul_f32(const shrinc_matmul_f32_params *p, const float *a, const float *b, const float *bias,
                             float *y)
{
    for (int32_t i = 0; i < p->batch[0]; i++) {
        for (int32_t j = 0; j < p->batch[1]; j++) {
            for (int32_t k = 0; k < p->batch[2]; k++) {
                int32_t at_a = (i * p->a_batch[0]) + (j * p->a_batch[1]) + (k * p->a_batch[2]);
                int32_t at_b = (i * p->b_batch[0]) + (j * p->b_batch[1]) + (k * p->b_batch[2]);
                y = shrinc_matmul_f32_one(p, &a[at_a], &b[at_b], bias, y);
            }
        }
    }
}
