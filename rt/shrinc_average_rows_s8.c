/* Average over a whole image, s8: y[c] = clamp(mean of x[i][j][c] over all rows i and pixels j, rounded half away from
 * zero). Each call adds one row to sum[c]; the first one sets it, the last one writes y.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_average_rows_s8.h"

static void shrinc_average_rows_s8(const shrinc_average_rows_s8_params *p, const int8_t *x, int32_t *sum, int8_t *y)
{
    const int8_t *row = &x[(p->row % p->in_ring) * p->width * p->channels];
    for (int32_t c = 0; c < p->channels; c++) {
        const int8_t *tap = &row[c];
        int32_t s = (p->row == 0) ? 0 : sum[c];
        for (int32_t j = 0; j < p->width; j++) {
            s += *tap;
            tap += p->channels;
        }
        sum[c] = s;
        if ((p->row + 1) == p->rows) {
            y[c] = shrinc_average_of(s, p->rows * p->width, p->y_min, p->y_max);
        }
    }
}
