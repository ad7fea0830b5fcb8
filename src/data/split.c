/* A repeatable split into training, validation and test parts that never tears a group apart.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>

static const char *const part_names[PART_COUNT] = {"training", "validation", "test"};

typedef struct Item {
    uint64_t hash; /* of seed and group: equal for a whole group */
    int64_t sample;
    int32_t class; /* of the group's first sample */
    double place;  /* of the group among those of its class, in (0, 1) */
} Item;

static int by_hash(const void *left, const void *right)
{
    const Item *a = left;
    const Item *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return a->sample < b->sample ? -1 : a->sample > b->sample;
}

static int by_class(const void *left, const void *right)
{
    const Item *a = left;
    const Item *b = right;
    return a->class != b->class ? (a->class < b->class ? -1 : 1) : by_hash(left, right);
}

static int by_place(const void *left, const void *right)
{
    const Item *a = left;
    const Item *b = right;
    return a->place != b->place ? (a->place < b->place ? -1 : 1) : by_hash(left, right);
}

/* Where the group that begins at FROM ends. */
static int64_t group_end(const Item *item, int64_t count, int64_t from)
{
    int64_t to = from + 1;
    while (to < count && item[to].hash == item[from].hash) {
        to++;
    }
    return to;
}

/* Spreads each class evenly over the order, which then gives each part its share of each class. */
static void mix_classes(Item *item, int64_t count, const int32_t *label)
{
    for (int64_t from = 0, to = 0; from < count; from = to) {
        to = group_end(item, count, from);
        for (int64_t i = from; i < to; i++) {
            item[i].class = label[item[from].sample];
        }
    }
    qsort(item, (size_t)count, sizeof *item, by_class);
    for (int64_t first = 0, last = 0; first < count; first = last) {
        for (last = first; last < count && item[last].class == item[first].class; last++) {
        }
        for (int64_t from = first, to = 0; from < last; from = to) {
            to = group_end(item, last, from);
            for (int64_t i = from; i < to; i++) {
                item[i].place =
                    ((double)(from + to) / 2.0 - (double)first) / (double)(last - first);
            }
        }
    }
    qsort(item, (size_t)count, sizeof *item, by_place);
}

/* The part that POSITION in [0, 1) falls into. */
static Part part_at(double position, const double fraction[PART_COUNT])
{
    double sum = 0.0;
    for (int32_t p = 0; p < PART_COUNT - 1; p++) {
        sum += fraction[p];
        if (position < sum && fraction[p] > 0.0) {
            return (Part)p;
        }
    }
    return fraction[PART_TEST] > 0.0         ? PART_TEST
           : fraction[PART_VALIDATION] > 0.0 ? PART_VALIDATION
                                             : PART_TRAIN; /* only rounding of the sum comes here */
}

/* Whole groups in their order; each goes where its middle lies. */
static void deal(const Item *item, int64_t count, const double fraction[PART_COUNT], Part *part)
{
    for (int64_t from = 0; from < count;) {
        int64_t to = group_end(item, count, from);
        Part p = part_at((double)(from + to) / 2.0 / (double)count, fraction);
        for (; from < to; from++) {
            part[item[from].sample] = p;
        }
    }
}

/* What training never sees it cannot learn. */
static void warn_of_unseen(const Data *data, const Part *part, Arena *scratch, Diag *d)
{
    int64_t *seen = NEW(scratch, int64_t, data->class_count);
    int64_t *all = NEW(scratch, int64_t, data->class_count);
    for (int64_t i = 0; data->label != NULL && i < data->count; i++) {
        all[data->label[i]]++;
        seen[data->label[i]] += part[i] == PART_TRAIN;
    }
    for (int32_t c = 0; c < data->class_count; c++) {
        if (all[c] > 0 && seen[c] == 0) {
            warn(d, "'%s': none of the %jd samples of class '%s' falls into the training part",
                 data->name, (intmax_t)all[c], data->class_name[c]);
        }
    }
}

static Status collect(Data *data, const Part *part, const double fraction[PART_COUNT], Split *out,
                      Arena *scratch, Diag *d)
{
    *out = (Split){0};
    warn_of_unseen(data, part, scratch, d);
    for (int64_t i = 0; i < data->count; i++) {
        out->count[part[i]]++;
    }
    for (int32_t p = 0; p < PART_COUNT; p++) {
        if (fraction[p] > 0.0 && out->count[p] == 0) {
            return fail(
                d, ERR_INPUT,
                "'%s': no sample of %jd falls into the %s part (equal samples stay together, and "
                "those of one file); give more data, another share or another seed",
                data->name, (intmax_t)data->count, part_names[p]);
        }
        out->index[p] = NEW(&data->arena, int64_t, out->count[p]);
        out->count[p] = 0;
    }
    for (int64_t i = 0; i < data->count; i++) {
        out->index[part[i]][out->count[part[i]]++] = i;
    }
    return OK;
}

static Status check_fractions(const double fraction[PART_COUNT], Diag *d)
{
    double sum = 0.0;
    for (int32_t p = 0; p < PART_COUNT; p++) {
        if (!(fraction[p] >= 0.0 && fraction[p] <= 1.0)) {
            return fail(d, ERR_USAGE, "the share of the %s part is %g; give one from 0 to 1",
                        part_names[p], fraction[p]);
        }
        sum += fraction[p];
    }
    if (!(fabs(sum - 1.0) < 1e-6) || fraction[PART_TRAIN] <= 0.0) {
        return fail(
            d, ERR_USAGE,
            "the shares of training, validation and test are %g, %g, %g; they must sum to 1 "
            "and leave something for training",
            fraction[0], fraction[1], fraction[2]);
    }
    return OK;
}

/* Splits the samples for which TAKEN is not set. */
static void split_rest(Data *data, const bool *taken, const double fraction[PART_COUNT],
                       uint64_t seed, bool exact, Part *part, Arena *scratch)
{
    Item *item = NEW(scratch, Item, data->count);
    int64_t count = 0;
    for (int64_t i = 0; i < data->count; i++) {
        if (taken == NULL || !taken[i]) {
            uint64_t hash = data_hash(seed, &data->group[i], sizeof data->group[i]);
            item[count++] = (Item){.hash = hash, .sample = i};
        }
    }
    if (exact) {
        qsort(item, (size_t)count, sizeof *item, by_hash);
        if (data->label != NULL) {
            mix_classes(item, count, data->label);
        }
        deal(item, count, fraction, part);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        part[item[i].sample] = part_at((double)(item[i].hash >> 11) * 0x1p-53, fraction);
    }
}

Status data_split(Data *data, const double fraction[PART_COUNT], uint64_t seed, bool exact,
                  Split *out, Diag *d)
{
    TRY(check_fractions(fraction, d));
    Arena scratch = {0};
    Part *part = NEW(&scratch, Part, data->count);
    split_rest(data, NULL, fraction, seed, exact, part, &scratch);
    Status s = collect(data, part, fraction, out, &scratch, d);
    arena_free(&scratch);
    return s;
}

static bool matches(const Data *data, int64_t sample, const char *pattern)
{
    const char *file = data->source[data->source_of[sample]];
    return fnmatch(pattern, file, 0) == 0 || fnmatch(pattern, path_base(file), 0) == 0;
}

Status data_split_files(Data *data, const char *pattern, const double fraction[PART_COUNT],
                        uint64_t seed, bool exact, Split *out, Diag *d)
{
    TRY(check_fractions(fraction, d));
    if (data->source == NULL) {
        return fail(d, ERR_INPUT, "'%s' is no folder: files cannot be chosen for the test",
                    data->name);
    }
    Arena scratch = {0};
    Part *part = NEW(&scratch, Part, data->count);
    bool *taken = NEW(&scratch, bool, data->count);
    for (int64_t i = 0; i < data->count; i++) {
        taken[i] = matches(data, i, pattern);
        part[i] = PART_TEST;
    }
    double rest = fraction[PART_TRAIN] + fraction[PART_VALIDATION];
    double share[PART_COUNT] = {fraction[PART_TRAIN] / rest, fraction[PART_VALIDATION] / rest, 0.0};
    split_rest(data, taken, share, seed, exact, part, &scratch);
    share[PART_TEST] = 1.0; /* must get something too */
    Status s = collect(data, part, share, out, &scratch, d);
    arena_free(&scratch);
    return s;
}
