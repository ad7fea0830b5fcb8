/* Class names to numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/classes.h"

#include <math.h>
#include <stdlib.h>

#include "data/reader.h"

enum { MAX_CLASSES = 1 << 16, FIRST_SLOTS = 64, LISTED = 12, MAX_GAP = 1000 };

static int32_t *find_slot(const Classes *c, const char *text, size_t bytes)
{
    uint32_t at = (uint32_t)data_hash(0, text, bytes);
    for (;; at++) {
        int32_t *slot = &c->slot[at & (uint32_t)(c->slot_count - 1)];
        if (*slot == 0) {
            return slot;
        }
        const char *name = c->name[*slot - 1];
        if (strncmp(name, text, bytes) == 0 && name[bytes] == '\0') {
            return slot;
        }
    }
}

static void grow(Classes *c)
{
    const char **name = NEW(c->arena, const char *, c->capacity * 2);
    memcpy(name, c->name, (size_t)c->count * sizeof *name);
    c->name = name;
    c->capacity *= 2;
    c->slot_count = c->capacity * 2;
    c->slot = NEW(c->arena, int32_t, c->slot_count);
    for (int32_t i = 0; i < c->count; i++) {
        *find_slot(c, c->name[i], strlen(c->name[i])) = i + 1;
    }
}

static int32_t add(Classes *c, const char *text, size_t bytes)
{
    if (c->count == c->capacity) {
        grow(c);
    }
    c->name[c->count] = arena_strndup(c->arena, text, bytes);
    *find_slot(c, text, bytes) = c->count + 1;
    return c->count++;
}

/* Whole numbers get one spelling. Returns the text's new place. */
static const char *canonical(const char *text, size_t *bytes, char buffer[32])
{
    const char *p = text;
    double value = 0.0;
    if (number_parse(&p, text + *bytes, '.', &value) && p == text + *bytes && fabs(value) < 1e15 &&
        floor(value) == value) {
        *bytes = (size_t)snprintf(buffer, 32, "%.0f", value == 0.0 ? 0.0 : value);
        return buffer;
    }
    return text;
}

static bool is_plain(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

void classes_open(Classes *c, Arena *a, const DataOptions *o)
{
    *c = (Classes){.arena = a, .capacity = FIRST_SLOTS / 2, .slot_count = FIRST_SLOTS};
    c->name = NEW(a, const char *, c->capacity);
    c->slot = NEW(a, int32_t, c->slot_count);
    for (int32_t i = 0; o->class_name != NULL && i < o->class_count; i++) {
        char buffer[32];
        size_t bytes = strlen(o->class_name[i]);
        const char *text = canonical(o->class_name[i], &bytes, buffer);
        (void)add(c, text, bytes);
    }
    c->fixed = c->count > 0;
}

int32_t classes_find(Classes *c, const char *text, size_t bytes)
{
    char buffer[32];
    text = canonical(text, &bytes, buffer);
    Arena scratch = {0};
    if (!is_plain(text, bytes)) {
        text = text_clean(&scratch, text, bytes);
        bytes = strlen(text);
    }
    int32_t slot = *find_slot(c, text, bytes);
    int32_t found = slot > 0 ? slot - 1 : c->fixed ? -1 : c->count >= MAX_CLASSES ? -2 : -3;
    if (found == -3) {
        found = add(c, text, bytes);
    }
    arena_free(&scratch);
    return found;
}

/* --- order --- */

typedef struct Named {
    const char *name;
    double value;
    bool is_number;
    int32_t number; /* before sorting */
} Named;

static int compare(const void *left, const void *right)
{
    const Named *a = left;
    const Named *b = right;
    if (a->is_number != b->is_number) {
        return a->is_number ? -1 : 1;
    }
    if (a->is_number && a->value != b->value) {
        return a->value < b->value ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

/* Whole numbers with holes: a class was probably forgotten. */
static void warn_of_gap(const Named *list, int32_t count, const char *where, Diag *d)
{
    double span = list[count - 1].value - list[0].value;
    for (int32_t i = 1; i < count && list[count - 1].is_number && span < MAX_GAP; i++) {
        if (list[i].value > list[i - 1].value + 1.0) {
            warn(d, "'%s': the classes go from %s to %s but there is no sample of class %.0f",
                 where, list[0].name, list[count - 1].name, list[i - 1].value + 1.0);
            return;
        }
    }
}

static void sort_classes(Classes *c, Data *data, Diag *d)
{
    Named *list = NEW(c->arena, Named, c->count);
    int32_t *rank = NEW(c->arena, int32_t, c->count);
    for (int32_t i = 0; i < c->count; i++) {
        const char *p = c->name[i];
        list[i] = (Named){.name = p, .number = i};
        list[i].is_number = number_parse(&p, p + strlen(p), '.', &list[i].value) && *p == '\0' &&
                            isfinite(list[i].value);
    }
    qsort(list, (size_t)c->count, sizeof *list, compare);
    for (int32_t i = 0; i < c->count; i++) {
        rank[list[i].number] = i;
        c->name[i] = list[i].name;
    }
    for (int64_t i = 0; i < data->count; i++) {
        data->label[i] = rank[data->label[i]];
    }
    warn_of_gap(list, c->count, data->name, d);
}

static void warn_of_empty(const Classes *c, const Data *data, Diag *d)
{
    int64_t *seen = NEW(c->arena, int64_t, c->count);
    for (int64_t i = 0; i < data->count; i++) {
        seen[data->label[i]]++;
    }
    for (int32_t i = 0; i < c->count; i++) {
        if (seen[i] == 0) {
            warn(d, "'%s' has no sample of class '%s'", data->name, c->name[i]);
        } else if (seen[i] == data->count && data->count > 1) {
            warn(d, "'%s': all %jd samples are of class '%s'; a classifier needs two classes",
                 data->name, (intmax_t)data->count, c->name[i]);
        }
    }
}

void classes_close(Classes *c, Data *data, Diag *d)
{
    if (data->label == NULL || c->count == 0) {
        return;
    }
    if (!c->fixed) {
        sort_classes(c, data, d);
    }
    warn_of_empty(c, data, d);
    data->class_count = c->count;
    data->class_name = NEW(&data->arena, const char *, c->count);
    for (int32_t i = 0; i < c->count; i++) {
        data->class_name[i] = arena_strdup(&data->arena, c->name[i]);
    }
}

static const char *list_names(Arena *a, const char *const *name, int32_t count)
{
    Out text = {0};
    for (int32_t i = 0; i < count && i < LISTED; i++) {
        out_printf(&text, "%s%s", i == 0 ? "" : ", ", name[i]);
    }
    out_text(&text, count > LISTED ? ", ..." : "");
    const char *list = arena_strdup(a, text.text == NULL ? "" : text.text);
    out_free(&text);
    return list;
}

const char *classes_list(const Classes *c)
{
    return list_names(c->arena, c->name, c->count);
}

Status data_usual_class(const Data *data, const char *name, int32_t *out, Diag *d)
{
    *out = 0;
    if (data->label == NULL || data->class_count < 2 || data->class_name == NULL) {
        return OK;
    }
    for (int32_t c = 0; c < data->class_count && name != NULL; c++) {
        if (strcmp(data->class_name[c], name) == 0) {
            *out = c;
            return OK;
        }
    }
    Arena scratch = {0};
    const char *list = list_names(&scratch, data->class_name, data->class_count);
    Status s = name == NULL
                   ? fail(d, ERR_USAGE, "'%s' has the classes %s; say which one is usual: --normal=CLASS", data->name,
                          list)
                   : fail(d, ERR_INPUT, "--normal=%s: '%s' has no such class, but %s", name, data->name, list);
    arena_free(&scratch);
    return s;
}
