/* train: samples into training, validation and test sets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train_job.h"

#include <stdlib.h>

/* --- texts of numbers --- */

static Status read_sizes(const char *name, const char *text, int32_t most, int32_t *count,
                         int32_t *size, Diag *d)
{
    const char *p = text;
    *count = 0;
    do {
        char *end = NULL;
        long v = strtol(p, &end, 10);
        if (end == p || v < 1 || v > 1 << 24 || (*end != '\0' && *end != 'x') || *count == most) {
            return fail(d, ERR_USAGE, "%s = %s: give up to %d whole numbers such as 28x28", name,
                        text, most);
        }
        size[(*count)++] = (int32_t)v;
        p = end;
    } while (*p == 'x' && *++p != '\0');
    return OK;
}

static Status read_split(const Job *j, double fraction[PART_COUNT])
{
    bool own_test = j->s->test_data != NULL || j->s->test_files != NULL;
    const char *text = j->s->split != NULL ? j->s->split : own_test ? "90/10" : "80/10/10";
    const char *p = text;
    double sum = 0.0;
    int32_t count = 0;
    for (; count < PART_COUNT; count++) {
        char *end = NULL;
        fraction[count] = strtod(p, &end);
        if (end == p || !(fraction[count] >= 0.0 && fraction[count] <= 1e9)) {
            break;
        }
        sum += fraction[count];
        p = *end == '/' ? end + 1 : end;
        if (*end != '/') {
            count++;
            break;
        }
    }
    if (*p != '\0' || count == 0 || !(sum > 0.0) || !(fraction[PART_TRAIN] > 0.0)) {
        return fail(j->d, ERR_USAGE,
                    "split = %s: give shares of training, validation and test such as 60/20/20",
                    text);
    }
    if (own_test && count == PART_COUNT && fraction[PART_TEST] > 0.0) {
        return fail(j->d, ERR_USAGE,
                    "split = %s: the test samples are given by themselves, so give shares of "
                    "training and validation "
                    "such as 90/10",
                    text);
    }
    for (int32_t i = 0; i < PART_COUNT; i++) {
        fraction[i] = i < count ? fraction[i] / sum : 0.0;
    }
    return OK;
}

/* --- reading --- */

Status job_data_options(const Job *j, DataOptions *o)
{
    const TrainSettings *s = j->s;
    *o = (DataOptions){.path = s->data,
                       .labels = s->labels,
                       .array = s->array,
                       .label_column = s->label_column,
                       .target_columns = s->target_columns,
                       .skip_columns = s->skip_columns,
                       .header = (Header)s->header,
                       .label_from = s->label_from,
                       .window = s->window,
                       .stride = s->stride,
                       .window_s = s->window_seconds,
                       .stride_s = s->stride_seconds,
                       .rate_hz = s->sampling_rate,
                       .features = s->features,
                       .channels = (int32_t)s->channels};
    if (s->shape != NULL) {
        TRY(read_sizes("shape", s->shape, 3, &o->shape.rank, o->shape.dim, j->d));
    }
    if (s->image != NULL) {
        int32_t count = 0;
        int32_t size[2] = {0};
        TRY(read_sizes("image", s->image, 2, &count, size, j->d));
        o->width = size[0];
        o->height = count == 2 ? size[1] : size[0];
    }
    if (j->g != NULL && j->g->label_count > 0) {
        o->class_name = j->g->label;
        o->class_count = j->g->label_count;
    }
    return OK;
}

static Status read_test(Job *j, const DataOptions *like)
{
    DataOptions o = *like;
    o.path = j->s->test_data;
    o.labels = j->s->test_labels;
    o.class_name = j->data->class_name;
    o.class_count = j->data->class_name != NULL ? j->data->class_count : 0;
    TRY(data_read(&o, &j->test, j->d));
    if (j->test->x_count != j->data->x_count || j->test->y_count != j->data->y_count ||
        (j->test->label != NULL) != (j->data->label != NULL)) {
        return fail(j->d, ERR_INPUT,
                    "'%s' and '%s' differ: samples of %jd and %jd numbers, %s and %s",
                    j->data->name, j->test->name, (intmax_t)j->data->x_count,
                    (intmax_t)j->test->x_count, j->data->label != NULL ? "with classes" : "without",
                    j->test->label != NULL ? "with" : "without");
    }
    return OK;
}

static Status check_targets(const Job *j)
{
    const Data *data = j->data;
    if (data->label == NULL && data->y == NULL) {
        return fail(j->d, ERR_INPUT,
                    "'%s' says nothing to learn: give --label-column or --labels for classes, "
                    "--target-columns for "
                    "numbers, or --target-columns x for an autoencoder",
                    data->name);
    }
    if (data->label != NULL && data->class_count < 2) {
        return fail(j->d, ERR_INPUT, "'%s' has only one class, so there is nothing to tell apart",
                    data->name);
    }
    return OK;
}

/* The test samples of a file of their own, all of them. */
static void whole(Job *j)
{
    int64_t *index = NEW(&j->arena, int64_t, j->test->count);
    for (int64_t i = 0; i < j->test->count; i++) {
        index[i] = i;
    }
    j->split.index[PART_TEST] = index;
    j->split.count[PART_TEST] = j->test->count;
}

FitSet job_set(const Job *j, Part part)
{
    const Data *data = part == PART_TEST && j->test != NULL ? j->test : j->data;
    return (FitSet){.x = data->x,
                    .x_count = data->x_count,
                    .y = data->label == NULL ? data->y : NULL,
                    .label = data->label,
                    .index = j->split.index[part],
                    .count = j->split.count[part]};
}

/* Of a model that brings its own: x = (raw - offset) * gain, where the data hold raw * x_gain. */
static Status take_scaling(Job *j, const Scaling *own)
{
    if (j->s->normalize != NORMALIZE_NONE) {
        return fail(j->d, ERR_USAGE, "the model brings its normalisation; leave normalize out");
    }
    float raw = (float)(j->s->features != NULL ? 1.0 : j->data->x_gain);
    Normalizer n = {.kind = NORMALIZE_STANDARD,
                    .count = own->count,
                    .offset = NEW(&j->arena, float, own->count),
                    .gain = NEW(&j->arena, float, own->count)};
    for (int32_t i = 0; i < own->count; i++) {
        n.offset[i] = own->offset[i] * raw;
        n.gain[i] = own->gain[i] / raw;
    }
    j->normalizer = n;
    return OK;
}

Status job_normalize(Job *j)
{
    static const char per[] = {'a', 'w', 'c', 'f'};
    char what = per[j->s->normalize_per];
    const Scaling *own =
        j->g != NULL && j->g->input_scaling != NULL ? &j->g->input_scaling[0] : NULL;
    if (what == 'a') {
        what = j->data->shape.rank == 1 ? 'f' : 'c';
    }
    if (own != NULL && own->count > 0 && scaling_fits(&j->data->shape, own->count)) {
        TRY(take_scaling(j, own));
    } else if (j->s->normalize == NORMALIZE_NONE) {
        return OK;
    } else {
        TRY(data_fit_normalizer(j->data, &j->split, (Normalization)j->s->normalize, what,
                                &j->normalizer, j->d));
    }
    data_normalize(j->data, &j->normalizer);
    if (j->test != NULL) {
        data_normalize(j->test, &j->normalizer);
    }
    return OK;
}

Status job_read_samples(Job *j)
{
    DataOptions o;
    double fraction[PART_COUNT] = {0.0};
    if (j->s->data == NULL) {
        return fail(j->d, ERR_USAGE,
                    "there are no samples: --data FILE, or data = FILE in the recipe's [data]");
    }
    TRY(read_split(j, fraction));
    TRY(job_data_options(j, &o));
    TRY(data_read(&o, &j->data, j->d));
    if (j->s->test_data != NULL) {
        TRY(read_test(j, &o));
    }
    j->exact = j->s->split_by == 2 || (j->s->split_by == 0 && j->data->count < 5000);
    uint64_t seed = (uint64_t)j->s->seed;
    TRY(j->s->test_files != NULL
            ? data_split_files(j->data, j->s->test_files, fraction, seed, j->exact, &j->split, j->d)
            : data_split(j->data, fraction, seed, j->exact, &j->split, j->d));
    if (j->test != NULL) {
        whole(j);
    }
    return OK;
}

Status job_read(Job *j)
{
    TRY(job_read_samples(j));
    TRY(check_targets(j));
    return job_normalize(j);
}

/* --- class weights --- */

static Status weights_from_text(const Job *j, const char *text, float *weight)
{
    const char *p = text;
    for (int32_t c = 0; c < j->data->class_count; c++) {
        char *end = NULL;
        double v = strtod(p, &end);
        bool last = c + 1 == j->data->class_count;
        if (end == p || !(v >= 0.0 && v <= 1e6) || *end != (last ? '\0' : ',')) {
            return fail(
                j->d, ERR_USAGE,
                "class-weights = %s: give balanced, or %d numbers by commas, one for each class",
                text, j->data->class_count);
        }
        weight[c] = (float)v;
        p = end + 1;
    }
    return OK;
}

Status job_class_weights(Job *j, const float **out)
{
    const char *text = j->s->class_weights;
    if (text == NULL) {
        return OK;
    }
    if (j->data->label == NULL) {
        return fail(j->d, ERR_USAGE, "class-weights = %s: '%s' has no classes", text,
                    j->data->name);
    }
    float *weight = NEW(&j->arena, float, j->data->class_count);
    *out = weight;
    if (strcmp(text, "balanced") != 0) {
        return weights_from_text(j, text, weight);
    }
    FitSet train = job_set(j, PART_TRAIN);
    int64_t *count = NEW(&j->arena, int64_t, j->data->class_count);
    for (int64_t i = 0; i < train.count; i++) {
        count[train.label[train.index[i]]]++;
    }
    for (int32_t c = 0; c < j->data->class_count; c++) {
        weight[c] = count[c] > 0
                        ? (float)train.count / ((float)j->data->class_count * (float)count[c])
                        : 0.0f;
    }
    return OK;
}
