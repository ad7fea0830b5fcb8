/* compare: which width and size of a net to take at a number of bytes, as the rows measured it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/compare.h"

#include <math.h>

/* How much better A's first metric is than B's. */
static double gain(const CompareResult *r, const CompareRow *a, const CompareRow *b)
{
    double more = a->metric[0] - b->metric[0];
    return r->metric[0].more_is_better ? more : -more;
}

static bool is_known(const CompareResult *r, const CompareRow *row)
{
    return compare_cost_of(r, row, COST_FLASH) >= 0 && isfinite(row->metric[0]);
}

/* The best of the rows that take no more flash than INSTEAD, of equals the smallest; -1: it is the best itself. */
static int32_t best_within(const CompareResult *r, int32_t instead)
{
    int64_t budget = compare_cost_of(r, &r->row[instead], COST_FLASH);
    int32_t best = instead;
    for (int32_t i = 0; i < r->row_count; i++) {
        if (!is_known(r, &r->row[i]) || compare_cost_of(r, &r->row[i], COST_FLASH) > budget) {
            continue;
        }
        double more = gain(r, &r->row[i], &r->row[best]);
        bool smaller = compare_cost_of(r, &r->row[i], COST_FLASH) <
                       compare_cost_of(r, &r->row[best], COST_FLASH);
        best = more > 0 || (!(more < 0) && smaller) ? i : best;
    }
    return best == instead ? -1 : best;
}

/* Difference of two shares of N samples that chance alone makes in one of twenty cases, in per cent; the samples are
 * the same for both, which makes it less. */
static double chance(const CompareResult *r, const CompareRow *a, const CompareRow *b)
{
    double p = a->metric[0] / 100.0;
    double q = b->metric[0] / 100.0;
    return 196.0 * sqrt((p * (1.0 - p) + q * (1.0 - q)) / (double)r->samples);
}

void compare_advise(CompareResult *r)
{
    r->advice = NEW(&r->arena, CompareAdvice, r->row_count);
    for (int32_t i = 0; i < r->row_count && r->metric_count > 0; i++) {
        int32_t use = is_known(r, &r->row[i]) ? best_within(r, i) : -1;
        if (use < 0) {
            continue;
        }
        CompareAdvice a = {.use = use, .instead = i, .gain = gain(r, &r->row[use], &r->row[i])};
        a.chance =
            strcmp(r->metric[0].unit, "%") == 0 ? chance(r, &r->row[use], &r->row[i]) : (double)NAN;
        r->advice[r->advice_count++] = a;
    }
    for (int32_t i = 1; i < r->advice_count; i++) { /* the smallest budget first */
        CompareAdvice a = r->advice[i];
        int32_t at = i;
        while (at > 0 && compare_cost_of(r, &r->row[r->advice[at - 1].instead], COST_FLASH) >
                             compare_cost_of(r, &r->row[a.instead], COST_FLASH)) {
            r->advice[at] = r->advice[at - 1];
            at--;
        }
        r->advice[at] = a;
    }
}

/* --- what a row is: bits of its weights, and how many channels --- */

static const char *const bits_of[TYPE_COUNT] = {[TYPE_F32] = "float",
                                                [TYPE_F16] = "float16",
                                                [TYPE_S8] = "8 bit",
                                                [TYPE_S4] = "4 bit",
                                                [TYPE_S2] = "ternary"};

const char *compare_form(Arena *a, const Graph *g)
{
    bool seen[TYPE_COUNT] = {false};
    int32_t widest = 0;
    int32_t last = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        const QuantSpec *spec = &op_of(n)->quant;
        if (spec->rule != QUANT_MAC || spec->weights >= n->in_count || n->in[spec->weights] == 0) {
            continue;
        }
        const Tensor *w = tensor(g, n->in[spec->weights]);
        seen[w->type] = true;
        widest = last > widest ? last : widest; /* the last layer's are the classes */
        last = spec->out_axis < w->shape.rank ? w->shape.dim[spec->out_axis] : 0;
    }
    widest = widest == 0 ? last : widest;
    const char *bits = "";
    for (Type t = TYPE_F32; t < TYPE_COUNT; t++) {
        if (seen[t] && bits_of[t] != NULL) {
            bits = arena_printf(a, "%s%s%s", bits, bits[0] != '\0' ? " and " : "", bits_of[t]);
        }
    }
    return widest == 0 ? NULL : arena_printf(a, "%s with %d channels", bits, widest);
}
