/* Normalisation: offset and gain per input, channel or feature, from the training part alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"

#include <math.h>

const char *const normalization_names[] = {"none", "standard", "minmax", "scale", NULL};

enum { NAMED = 3 };

typedef struct Moments {
    double sum, squares, min, max;
    int64_t count;
} Moments;

static void add(Moments *m, double value)
{
    m->min = m->count == 0 || value < m->min ? value : m->min;
    m->max = m->count == 0 || value > m->max ? value : m->max;
    m->count++;
    m->sum += value;
}

/* Two passes: the squares are taken from the mean, so that large offsets cost no digits. */
static void measure(const Data *data, const Split *s, int32_t count, Moments *m)
{
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < s->count[PART_TRAIN]; i++) {
            const float *x = data->x + s->index[PART_TRAIN][i] * data->x_count;
            for (int64_t k = 0; k < data->x_count; k++) {
                Moments *own = &m[k % count];
                double value = (double)x[k];
                if (pass == 0) {
                    add(own, value);
                } else {
                    double off = value - own->sum / (double)own->count;
                    own->squares += off * off;
                }
            }
        }
    }
}

static void choose(const Moments *m, Normalization kind, float *offset, float *gain)
{
    double mean = m->sum / (double)m->count;
    double deviation = sqrt(m->squares / (double)m->count);
    double most = fabs(m->min) > fabs(m->max) ? fabs(m->min) : fabs(m->max);
    double span = kind == NORMALIZE_STANDARD ? deviation
                  : kind == NORMALIZE_MINMAX ? m->max - m->min
                                             : most;
    *offset = kind == NORMALIZE_STANDARD ? (float)mean
              : kind == NORMALIZE_MINMAX ? (float)m->min
                                         : 0.0F;
    bool constant = m->min >= m->max && kind != NORMALIZE_SCALE;
    float g = constant || span <= 0.0 ? 0.0F : (float)(1.0 / span);
    *gain = isfinite(g) ? g : 0.0F;
}

static void warn_of_constants(const Data *data, const Normalizer *n, const Moments *m, Diag *d)
{
    int32_t count = 0;
    Out names = {0};
    for (int32_t i = 0; i < n->count; i++) {
        if (n->gain[i] > 0.0F) {
            continue;
        }
        if (count < NAMED && data->x_name != NULL && n->count == data->x_count) {
            out_printf(&names, "%s'%s' (always %g)", count == 0 ? "" : ", ", data->x_name[i],
                       m[i].min);
        } else if (count < NAMED) {
            out_printf(&names, "%s%d (always %g)", count == 0 ? "" : ", ", i, m[i].min);
        }
        count++;
    }
    if (count == 1) {
        warn(d, "'%s': feature %s never changes in the training part and says nothing", data->name,
             names.text);
    } else if (count > 1) {
        warn(d, "'%s': features %s%s never change in the training part and say nothing", data->name,
             names.text, count > NAMED ? ", ..." : "");
    }
    out_free(&names);
}

Status data_fit_normalizer(Data *data, const Split *s, Normalization kind, char per,
                           Normalizer *out, Diag *d)
{
    int64_t count = per == 'f'   ? data->x_count
                    : per == 'c' ? (int64_t)shape_dim_back(&data->shape, 0)
                                 : 1;
    if (s->count[PART_TRAIN] == 0) {
        return fail(d, ERR_INPUT, "'%s': the training part is empty", data->name);
    }
    *out = (Normalizer){.kind = kind, .count = (int32_t)count};
    out->offset = NEW(&data->arena, float, count);
    out->gain = NEW(&data->arena, float, count);
    if (kind == NORMALIZE_NONE) {
        for (int64_t i = 0; i < count; i++) {
            out->gain[i] = 1.0F;
        }
        return OK;
    }
    Arena scratch = {0};
    Moments *m = NEW(&scratch, Moments, count);
    measure(data, s, out->count, m);
    for (int64_t i = 0; i < count; i++) {
        choose(&m[i], kind, &out->offset[i], &out->gain[i]);
    }
    warn_of_constants(data, out, m, d);
    arena_free(&scratch);
    return OK;
}

void data_normalize(Data *data, const Normalizer *n)
{
    for (int64_t i = 0; i < data->count; i++) {
        float *x = data->x + i * data->x_count;
        for (int64_t k = 0; k < data->x_count; k++) {
            int64_t c = k % n->count;
            x[k] = (x[k] - n->offset[c]) * n->gain[c];
        }
    }
}
