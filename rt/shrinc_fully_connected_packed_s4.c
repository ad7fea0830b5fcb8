/* Fully connected layer on packed weights of 4 bits, row by row, int8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_fully_connected_packed.h"
#include "shrinc_gemv_nibbles.h"

/* One row; outputs of a last group that is not whole go by way of the stack. */
static inline void shrinc_nibbles_row(shrinc_gemv *g, int32_t out_count)
{
    int32_t rest = out_count & 3;
    g->groups = out_count >> 2;
    if (g->groups > 0) {
        shrinc_nibbles_row_groups(g);
    }
    if (rest > 0) {
        int8_t last[4];
        int8_t *y = g->y;
        g->groups = 1;
        g->y = last;
        shrinc_nibbles_row_groups(g);
        for (int32_t i = 0; i < rest; i++) {
            y[i] = last[i];
        }
    }
}

static void shrinc_fully_connected_packed_s4(const shrinc_fully_connected_packed_params *p, const int8_t *x,
                                             const int32_t *SHRINC_ROM packed, int8_t *y)
{
    shrinc_gemv g;
    int8_t few[4] = {0, 0, 0, 0};
    for (int32_t b = 0; b < p->batches; b++) {
        g.x = x;
        g.quads = p->in_count >> 2;
        g.tail = p->in_count & 3;
        if (g.quads == 0) {
            for (int32_t k = 0; k < g.tail; k++) {
                few[k] = x[k];
            }
            g.x = few;
            g.quads = 1;
            g.tail = 0;
        }
        g.packed = packed;
        g.line = p->line;
        g.y = y;
        shrinc_nibbles_row(&g, p->out_count);
        shrinc_packed_clamp(y, p->out_count, p->y_min, p->y_max);
        x += p->in_count;
        y += p->out_count;
    }
}
