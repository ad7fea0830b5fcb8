/* Rows of inputs by packed weights, two rows at a time, int8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fully_connected_packed.h"
#include "shrinc_gemm.h"

static void shrinc_pointwise_packed_s8(const shrinc_fully_connected_packed_params *p, const int8_t *x,
                                       const int32_t *SHRINC_ROM packed, int32_t *patch, int8_t *y)
{
    shrinc_gemm g;
    int32_t x_step = p->in_count;
    int32_t y_step = p->out_count;
    g.patch = patch;
    g.line = p->line;
    g.quads = (p->in_count + 3) >> 2;
    if (p->backward != 0) {
        x += (p->batches - 1) * x_step;
        y += (p->batches - 1) * y_step;
        x_step = -x_step;
        y_step = -y_step;
    }
    for (int32_t left = p->batches; left > 0; left -= 2) {
        int8_t *second = (left > 1) ? &y[y_step] : y;
        shrinc_patch_put_rows(patch, x, (left > 1) ? &x[x_step] : x, p->in_count);
        x += 2 * x_step;
        g.packed = packed;
        g.y0 = y;
        g.y1 = second;
        shrinc_gemm_run(&g, p->out_count);
        shrinc_packed_clamp(y, p->out_count, p->y_min, p->y_max);
        shrinc_packed_clamp(second, p->out_count, p->y_min, p->y_max);
        y += 2 * y_step;
    }
}
