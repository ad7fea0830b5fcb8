/* What was read: spread of columns, sizes of classes, copies.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_COLUMNS = 64 };

/* COLUMN of values[rows][each], where EACH is a multiple of STEP and every STEPth value belongs to it. */
static void measure(const float *values, int64_t rows, int64_t each, int64_t column, int64_t step,
                    Spread *out)
{
    double sum = 0.0;
    double squares = 0.0;
    double count = (double)rows * (double)(each / step);
    out->min = out->max = (double)values[column];
    for (int64_t i = column; i < rows * each; i += step) {
        double v = (double)values[i];
        sum += v;
        out->min = v < out->min ? v : out->min;
        out->max = v > out->max ? v : out->max;
    }
    out->mean = sum / count;
    for (int64_t i = column; i < rows * each; i += step) {
        double off = (double)values[i] - out->mean;
        squares += off * off;
    }
    out->deviation = sqrt(squares / count);
    out->is_constant = out->min >= out->max && count > 1.0;
}

static Spread *measure_all(Arena *a, const float *values, int64_t rows, int64_t each,
                           int64_t columns, const char **names, const char *word)
{
    Spread *list = NEW(a, Spread, columns);
    for (int64_t i = 0; i < columns; i++) {
        list[i].name = names != NULL && columns == each ? names[i]
                       : columns == 1                   ? word
                                      : arena_printf(a, "%s %jd", word, (intmax_t)i);
        measure(values, rows, each, i, columns, &list[i]);
    }
    return list;
}

static int by_value(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* Groups of content are equal only for equal samples. */
static int64_t count_copies(Arena *a, const Data *data)
{
    if (data->source != NULL) {
        return 0;
    }
    int64_t copies = 0;
    uint64_t *sorted = arena_memdup(a, data->group, (size_t)data->count * sizeof *sorted);
    qsort(sorted, (size_t)data->count, sizeof *sorted, by_value);
    for (int64_t i = 1; i < data->count; i++) {
        copies += sorted[i] == sorted[i - 1];
    }
    return copies;
}

static int64_t *count_classes(Arena *a, const Data *data, const Split *s)
{
    int64_t *size = NEW(a, int64_t, (int64_t)data->class_count * PART_COUNT);
    for (int64_t i = 0; s == NULL && data->label != NULL && i < data->count; i++) {
        size[data->label[i] * PART_COUNT + PART_TRAIN]++;
    }
    for (int32_t p = 0; s != NULL && data->label != NULL && p < PART_COUNT; p++) {
        for (int64_t i = 0; i < s->count[p]; i++) {
            size[data->label[s->index[p][i]] * PART_COUNT + p]++;
        }
    }
    return size;
}

void data_describe(const Data *data, const Split *s, Description *out)
{
    *out = (Description){0};
    int64_t channels = shape_dim_back(&data->shape, 0);
    bool by_feature =
        data->x_count <= MOST_COLUMNS && (data->shape.rank == 1 || data->x_name != NULL);
    bool by_channel = !by_feature && channels <= MOST_COLUMNS && data->shape.rank > 1;
    out->per = by_feature ? "feature" : by_channel ? "channel" : "whole";
    out->x_count = by_feature ? data->x_count : by_channel ? channels : 1;
    out->x = measure_all(&out->arena, data->x, data->count, data->x_count, out->x_count,
                         data->x_name, "x");
    if (data->y != NULL && data->y != data->x && data->y_count <= MOST_COLUMNS) {
        out->y_count = data->y_count;
        out->y = measure_all(&out->arena, data->y, data->count, data->y_count, data->y_count,
                             data->y_name, "y");
    }
    out->class_size = count_classes(&out->arena, data, s);
    out->copies = count_copies(&out->arena, data);
}

void description_free(Description *x)
{
    arena_free(&x->arena);
}
