/* quantize: the samples to calibrate with, to choose by and to judge by.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/quantize.h"

#include "driver/train_job.h"

enum { CALIBRATION_SAMPLES = 1000 };

static bool is_raw(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcmp(dot, ".bin") == 0;
}

Status calibration_inputs(const Graph *g, const Data *data, const int64_t *sample, int64_t count, Arena *a,
                          const uint8_t **inputs, int64_t *runs, Diag *d)
{
    const Tensor *in = tensor(g, g->input[0]);
    if (in->type != TYPE_F32 || g->input_count != 1) {
        return fail(d, ERR_INPUT,
                    "samples calibrate models with one float input; this one has %d, the first of %s: there is "
                    "nothing to quantise",
                    g->input_count, type_name(in->type));
    }
    TRY(score_fits(g, data, d));
    *runs = count < CALIBRATION_SAMPLES ? count : CALIBRATION_SAMPLES;
    float *x = NEW(a, float, *runs * data->x_count);
    for (int64_t i = 0; i < *runs; i++) {
        int64_t at = i * count / *runs;
        memcpy(x + i * data->x_count, data->x + (sample != NULL ? sample[at] : at) * data->x_count,
               sizeof(float) * (size_t)data->x_count);
    }
    *inputs = (const uint8_t *)x;
    return OK;
}

Status quantize_data_read(const TrainSettings *s, bool shared, const Graph *g, QuantizeData *out,
                          Diag *d)
{
    *out = (QuantizeData){0};
    if (s->data == NULL) {
        return OK;
    }
    if (is_raw(s->data) || g->input_count != 1) {
        uint8_t *inputs = NULL;
        TRY(samples_read(&out->arena, g, s->data, true, &inputs, &out->runs, d));
        out->inputs = inputs;
        return out->runs > 0 ? OK : fail(d, ERR_INPUT, "'%s' holds no sample", s->data);
    }
    TRY(compare_data_read(s, shared, g, &out->data, d));
    const CompareData *c = &out->data;
    TRY(calibration_inputs(g, c->calibration, c->calibrate, c->calibrate_count, &out->arena, &out->inputs, &out->runs,
                           d));
    out->judge = (QuantizeSet){c->judged, c->judge, c->judge_count};
    out->choose = (QuantizeSet){c->calibration, c->calibrate, c->calibrate_count};
    const Split *split = &c->job->split;
    if (shared && split->count[PART_VALIDATION] > 0) {
        out->choose = (QuantizeSet){c->job->data, split->index[PART_VALIDATION],
                                    split->count[PART_VALIDATION]};
    }
    return OK;
}

void quantize_data_free(QuantizeData *q)
{
    compare_data_free(&q->data);
    arena_free(&q->arena);
    *q = (QuantizeData){0};
}
