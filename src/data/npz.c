/* .npz: a zip archive of .npy arrays, through libzip.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/files.h"

#include <zip.h>

enum { NAME_BYTES = 256, LISTED = 12 };

bool npz_is(Span file)
{
    return file.bytes >= 4 &&
           (memcmp(file.data, "PK\3\4", 4) == 0 || memcmp(file.data, "PK\5\6", 4) == 0);
}

/* --- names of arrays --- */

static const struct Pair {
    const char *samples, *labels;
} usual_names[] = {
    {"x_train", "y_train"},
    {"X_train", "y_train"},
    {"x", "y"},
    {"X", "y"},
    {"data", "labels"},
    {"data", "target"},
    {"images", "labels"},
    {"train_images", "train_labels"},
    {"inputs", "targets"},
    {"features", "labels"},
    {"samples", "labels"},
};

static zip_int64_t locate(zip_t *z, const char *name)
{
    char file[NAME_BYTES + 8];
    (void)snprintf(file, sizeof file, "%.*s.npy", NAME_BYTES, name);
    zip_int64_t index = zip_name_locate(z, file, ZIP_FL_ENC_RAW);
    return index >= 0 ? index : zip_name_locate(z, name, ZIP_FL_ENC_RAW);
}

static void list_names(Arena *a, zip_t *z, Out *text)
{
    zip_int64_t count = zip_get_num_entries(z, 0);
    for (zip_int64_t i = 0; i < count && i < LISTED; i++) {
        const char *name = zip_get_name(z, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        if (name == NULL) {
            continue;
        }
        size_t n = strlen(name);
        n -= n > 4 && strcmp(name + n - 4, ".npy") == 0 ? 4 : 0;
        out_printf(text, "%s%s", i == 0 ? "" : ", ", text_clean(a, name, n));
    }
    out_text(text, count > LISTED ? ", ..." : "");
}

static Status fail_names(Arena *a, zip_t *z, const char *path, const char *name, Diag *d)
{
    Out list = {0};
    list_names(a, z, &list);
    Status s =
        name != NULL
            ? fail(d, ERR_INPUT, "'%s' has no array '%s'; it holds: %s", path, name, list.text)
            : fail(d, ERR_INPUT, "'%s': say which array holds the samples; it holds: %s", path,
                   list.text);
    out_free(&list);
    return s;
}

/* --- one entry --- */

static Status read_entry(Arena *a, zip_t *z, zip_int64_t index, Span file, const char *path,
                         size_t limit, Span *out, Diag *d)
{
    zip_stat_t st;
    if (zip_stat_index(z, (zip_uint64_t)index, 0, &st) != 0 || (st.valid & ZIP_STAT_SIZE) == 0) {
        return fail(d, ERR_INPUT, "'%s': its directory of arrays is damaged", path);
    }
    /* deflate makes at most 1032 bytes of one */
    if (st.size > limit || st.size / 1032 > file.bytes) {
        return fail(d, st.size > limit ? ERR_LIMIT : ERR_INPUT,
                    "'%s': an array claims %ju bytes, more than %s", path, (uintmax_t)st.size,
                    st.size > limit ? "the limit" : "the file can hold");
    }
    zip_file_t *f = zip_fopen_index(z, (zip_uint64_t)index, 0);
    if (f == NULL) {
        return fail(d, ERR_INPUT, "'%s': an array cannot be unpacked: %s", path, zip_strerror(z));
    }
    uint8_t *data = NEW(a, uint8_t, st.size + 1);
    size_t got = 0;
    zip_int64_t n = 1;
    while (got < st.size && n > 0) {
        n = zip_fread(f, data + got, st.size - got);
        got += n > 0 ? (size_t)n : 0;
    }
    /* the check sum is compared when the end is read */
    zip_int64_t past = n < 0 ? n : zip_fread(f, data + got, 1);
    (void)zip_fclose(f);
    if (got != st.size || past != 0) {
        return fail(d, ERR_INPUT, "'%s' is damaged: %zu of %ju bytes of an array came out well",
                    path, got, (uintmax_t)st.size);
    }
    *out = (Span){data, got};
    return OK;
}

static Status open_entry(Arena *a, zip_t *z, zip_int64_t index, Span file, const char *path,
                         size_t limit, Array *out, Diag *d)
{
    Span npy;
    TRY(read_entry(a, z, index, file, path, limit, &npy, d));
    const char *entry = zip_get_name(z, (zip_uint64_t)index, ZIP_FL_ENC_RAW);
    size_t n = entry == NULL ? 0 : strlen(entry);
    n -= n > 4 && strcmp(entry + n - 4, ".npy") == 0 ? 4 : 0;
    const char *name = entry == NULL ? "" : text_clean(a, entry, n);
    return npy_open(a, npy, arena_printf(a, "%s:%s", path, name), out, d);
}

static Status open_archive(Span file, const char *path, zip_t **out, Diag *d)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(file.data, file.bytes, 0, &error);
    *out = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY, &error);
    Status s = OK;
    if (*out == NULL) {
        s = fail(d, ERR_INPUT, "'%s' is cut short or no zip archive: %s", path,
                 zip_error_strerror(&error));
        zip_source_free(source);
    } else if (zip_get_num_entries(*out, 0) == 0) {
        s = fail(d, ERR_INPUT, "'%s' holds no array", path);
        zip_discard(*out);
        *out = NULL;
    }
    zip_error_fini(&error);
    return s;
}

/* --- which array --- */

static zip_int64_t choose_samples(zip_t *z)
{
    if (zip_get_num_entries(z, 0) == 1) {
        return 0;
    }
    for (size_t i = 0; i < COUNT(usual_names); i++) {
        zip_int64_t index = locate(z, usual_names[i].samples);
        if (index >= 0) {
            return index;
        }
    }
    return -1;
}

Status npz_open(Arena *a, Span file, const char *path, const char *name, size_t limit, Array *out,
                Diag *d)
{
    zip_t *z = NULL;
    TRY(open_archive(file, path, &z, d));
    zip_int64_t index = name == NULL ? choose_samples(z) : locate(z, name);
    Status s = index < 0 ? fail_names(a, z, path, name, d)
                         : open_entry(a, z, index, file, path, limit, out, d);
    zip_discard(z);
    return s;
}

/* "x_test" goes with "y_test": the name with its first x, X exchanged for y, Y. */
static zip_int64_t locate_labels(zip_t *z, const char *samples)
{
    for (size_t i = 0; i < COUNT(usual_names); i++) {
        zip_int64_t index =
            strcmp(usual_names[i].samples, samples) == 0 ? locate(z, usual_names[i].labels) : -1;
        if (index >= 0) {
            return index;
        }
    }
    char name[NAME_BYTES];
    if ((samples[0] != 'x' && samples[0] != 'X') || strlen(samples) >= sizeof name) {
        return -1;
    }
    (void)snprintf(name, sizeof name, "%s", samples);
    name[0] = 'y';
    zip_int64_t index = locate(z, name);
    name[0] = 'Y';
    return index >= 0 ? index : locate(z, name);
}

Status npz_open_labels(Arena *a, Span file, const char *path, const char *name, size_t limit,
                       Array *out, bool *found, Diag *d)
{
    zip_t *z = NULL;
    TRY(open_archive(file, path, &z, d));
    zip_int64_t index = locate_labels(z, name);
    *found = index >= 0;
    Status s = *found ? open_entry(a, z, index, file, path, limit, out, d) : OK;
    zip_discard(z);
    return s;
}
