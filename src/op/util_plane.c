/* Searches the plane of util_plane.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_plane.h"

#include "shrinc_add.h"
#include "shrinc_plane_s8.h"

#include <math.h>
#include <stdlib.h>

enum { INPUTS = 256, PAIRS = INPUTS * INPUTS, MOST_SHIFT = 23, LEAST_SHIFT = 16, NEAR = 4 };

/* What the kernel answers to every pair; row i is a = i - 128. */
static const int8_t *all_outputs(Arena *own, Rounding rounding, const Call *c)
{
    int8_t *a = NEW(own, int8_t, PAIRS);
    int8_t *b = NEW(own, int8_t, PAIRS);
    int8_t *y = NEW(own, int8_t, PAIRS);
    for (int32_t i = 0; i < PAIRS; i++) {
        a[i] = (int8_t)(i / INPUTS - 128);
        b[i] = (int8_t)(i % INPUTS - 128);
    }
    shrinc_add_params p = *(const shrinc_add_params *)c->params;
    p.inner = PAIRS;
    void *arg[] = {NULL, a, b, y};
    kernel_run(kernel_find(c->kernel), rounding, &p, arg);
    return y;
}

/* Narrows FROM <= offset < BELOW by all pairs; false as soon as nothing is left. */
static bool offsets(const shrinc_plane_s8_params *p, const int8_t *y, int64_t *from, int64_t *below)
{
    *from = INT32_MIN;
    *below = INT32_MAX;
    for (int32_t i = 0; i < PAIRS; i++) {
        int64_t sum = (int64_t)(i / INPUTS - 128) * p->a_slope +
                      (int64_t)(i % INPUTS - 128) * p->b_slope;
        int64_t low = (int64_t)y[i] * (INT64_C(1) << p->shift) - sum;
        int64_t high = low + (INT64_C(1) << p->shift);
        *from = y[i] > p->y_min && low > *from ? low : *from;
        *below = y[i] < p->y_max && high < *below ? high : *below;
        if (*from >= *below) {
            return false;
        }
    }
    return true;
}

/* No sum leaves 32 bits. */
static bool fits(const shrinc_plane_s8_params *p)
{
    int64_t slopes = llabs(p->a_slope) + llabs(p->b_slope);
    return 128 * slopes + llabs(p->offset) <= INT32_MAX;
}

static bool find(const int8_t *y, double a_gain, double b_gain, shrinc_plane_s8_params *p)
{
    for (p->shift = MOST_SHIFT; p->shift >= LEAST_SHIFT; p->shift--) {
        int32_t a_middle = (int32_t)lround(ldexp(a_gain, p->shift));
        int32_t b_middle = (int32_t)lround(ldexp(b_gain, p->shift));
        for (p->a_slope = a_middle - NEAR; p->a_slope <= a_middle + NEAR; p->a_slope++) {
            for (p->b_slope = b_middle - NEAR; p->b_slope <= b_middle + NEAR; p->b_slope++) {
                int64_t from = 0;
                int64_t below = 0;
                p->offset = 0;
                if (fits(p) && offsets(p, y, &from, &below)) {
                    p->offset = (int32_t)(from + (below - from) / 2);
                    if (fits(p)) {
                        return true;
                    }
                }
            }
        }
    }
    return false;
}

static double gain_of(int32_t multiplier, int32_t shift)
{
    return ldexp((double)multiplier, shift - 31);
}

void plane_replace(Graph *g, Node *n)
{
    const Call *c = n->calls;
    const shrinc_add_params *old = c->params;
    if (old->rows != 1 || old->a_step != 1 || old->b_step != 1) {
        return;
    }
    Arena own = {0};
    const int8_t *y = all_outputs(&own, g->rounding, c);
    double out = ldexp(gain_of(old->y_multiplier, old->y_shift), 20);
    double sign = strcmp(c->kernel, "shrinc_sub_s8") == 0 ? -1.0 : 1.0;
    double a_gain = gain_of(old->a_multiplier, old->a_shift) * out;
    double b_gain = sign * gain_of(old->b_multiplier, old->b_shift) * out;
    shrinc_plane_s8_params p = {.count = old->inner, .y_min = old->y_min, .y_max = old->y_max};
    bool found = a_gain < 64.0 && fabs(b_gain) < 64.0 && find(y, a_gain, b_gain, &p);
    arena_free(&own);
    if (!found) {
        return;
    }
    Arg a = c->arg[1];
    Arg b = c->arg[2];
    n->calls = NULL;
    Call *line = call_new(g, n, "shrinc_plane_s8", sizeof p);
    *(shrinc_plane_s8_params *)line->params = p;
    call_tensor_at(line, a.tensor, a.offset);
    call_tensor_at(line, b.tensor, b.offset);
    call_tensor(line, n->out[0]);
}
