/* Runs a float graph over samples and notes which values its tensors take.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/quant.h"

#include <math.h>

const char *const calibration_names[] = {"minmax", "percentile", "mse", NULL};

/* Float tensors that a run computes or is given. */
static bool is_seen(const Graph *g, TensorId id)
{
    const Tensor *t = tensor(g, id);
    return t->type == TYPE_F32 && tensor_is_activation(t);
}

static Status note_extremes(const Tensor *t, const float *x, int64_t run, Seen *s, Diag *d)
{
    int64_t count = shape_count(&t->shape);
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(x[i])) {
            return fail(d, ERR_INPUT,
                        "sample %jd makes element %jd of \"%s\" %g; check the data and the model",
                        (intmax_t)run + 1, (intmax_t)i, t->name, (double)x[i]);
        }
        s->low = s->count == 0 && i == 0 ? (double)x[i] : fmin(s->low, (double)x[i]);
        s->high = s->count == 0 && i == 0 ? (double)x[i] : fmax(s->high, (double)x[i]);
    }
    s->count += count;
    return OK;
}

static double bin_width(const Seen *s)
{
    return (s->high - s->low) / HISTOGRAM_BINS;
}

static void note_bins(const Tensor *t, const float *x, Seen *s)
{
    double width = bin_width(s);
    for (int64_t i = 0; i < shape_count(&t->shape); i++) {
        int64_t b = width > 0 ? (int64_t)(((double)x[i] - s->low) / width) : 0;
        s->bin[b < HISTOGRAM_BINS ? b : HISTOGRAM_BINS - 1]++;
    }
}

static void give_inputs(const Graph *g, Eval *e, const uint8_t **inputs)
{
    for (int32_t i = 0; i < g->input_count; i++) {
        size_t bytes = (size_t)tensor_bytes(tensor(g, g->input[i]));
        memcpy(eval_tensor(e, g->input[i]), *inputs, bytes);
        *inputs += bytes;
    }
}

/* One pass over all samples; BINS: the extremes are known, count into the histograms. */
static Status sweep(const Graph *g, const uint8_t *inputs, int64_t runs, bool bins, Calibration *c,
                    Diag *d)
{
    Eval *e = eval_new(g, false);
    Status status = OK;
    for (int64_t run = 0; run < runs && status == OK; run++) {
        give_inputs(g, e, &inputs);
        eval_run(e);
        for (TensorId id = 1; id < g->tensor_count && status == OK; id++) {
            const float *x = (const float *)(const void *)eval_tensor(e, id);
            if (!is_seen(g, id) || x == NULL) {
                continue;
            }
            if (bins) {
                note_bins(tensor(g, id), x, &c->seen[id]);
            } else {
                status = note_extremes(tensor(g, id), x, run, &c->seen[id], d);
            }
        }
    }
    eval_free(e);
    return status;
}

Status calibrate(const Graph *g, const uint8_t *inputs, int64_t runs, bool histograms,
                 Calibration *c, Diag *d)
{
    *c = (Calibration){.runs = runs};
    c->seen = NEW(&c->arena, Seen, g->tensor_count);
    if (runs < 1) {
        return fail(d, ERR_INPUT, "calibration needs at least one sample");
    }
    TRY(sweep(g, inputs, runs, false, c, d));
    if (!histograms) {
        return OK;
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        c->seen[id].bin = is_seen(g, id) ? NEW(&c->arena, int64_t, HISTOGRAM_BINS) : NULL;
    }
    return sweep(g, inputs, runs, true, c, d);
}

void calibration_free(Calibration *c)
{
    arena_free(&c->arena);
    *c = (Calibration){0};
}

/* --- histograms to ranges --- */

/* The values below which, and above which, SHARE of all values lie; the ends of the bins in which that happens. */
static Range percentile_range(const Seen *s, double share)
{
    double width = bin_width(s);
    double allowed = share * (double)s->count;
    int32_t first = 0;
    int32_t last = HISTOGRAM_BINS - 1;
    double below = (double)s->bin[first];
    double above = (double)s->bin[last];
    while (first < last && below <= allowed) {
        below += (double)s->bin[++first];
    }
    while (last > first && above <= allowed) {
        above += (double)s->bin[--last];
    }
    return (Range){s->low + width * first, s->low + width * (last + 1)};
}

/* Sum of squared errors of all values when numbers of BITS bits cover R: a twelfth of the squared step inside, the
 * distance to the end outside. */
static double range_error(const Seen *s, Range r, int32_t bits)
{
    double width = bin_width(s);
    double step = (r.high - r.low) / (ldexp(1.0, bits) - 1.0);
    double sum = 0;
    for (int32_t b = 0; b < HISTOGRAM_BINS; b++) {
        double x = s->low + width * (b + 0.5);
        double out = x < r.low ? r.low - x : x > r.high ? x - r.high : 0.0;
        sum += (double)s->bin[b] * (out > 0.0 ? out * out : step * step / 12.0);
    }
    return sum;
}

static Range symmetric(double reach)
{
    return (Range){-reach, reach};
}

/* Both ends are drawn in turn by hundredths of the whole as long as that lessens the error. */
static Range mse_range(const Seen *s, int32_t bits)
{
    enum { STEPS = 100 };
    Range all = {fmin(s->low, 0.0), fmax(s->high, 0.0)};
    double reach = fmax(-all.low, all.high);
    if (bits == 16) {
        all = symmetric(reach);
    }
    Range best = all;
    double least = range_error(s, best, bits);
    for (int32_t round = 0; round < 2; round++) {
        Range from = best;
        for (int32_t i = 1; i < STEPS; i++) {
            double keep = 1.0 - (double)i / STEPS;
            Range both = {all.low * keep, all.high * keep};
            Range low = {all.low * keep, from.high};
            Range high = {from.low, all.high * keep};
            const Range tried[] = {both, low, high};
            for (int32_t k = 0; k < (bits == 16 ? 1 : 3); k++) {
                double error = range_error(s, tried[k], bits);
                best = error < least ? tried[k] : best;
                least = fmin(error, least);
            }
        }
    }
    return best;
}

Range calibration_range(const Seen *s, CalibrationMethod method, double percentile, int32_t bits)
{
    Range all = {s->low, s->high};
    if (s->bin == NULL || s->high <= s->low || method == CALIBRATE_MINMAX) {
        return all;
    }
    return method == CALIBRATE_MSE ? mse_range(s, bits)
                                   : percentile_range(s, (100.0 - percentile) / 200.0);
}
