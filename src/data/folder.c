/* Folders of sound, pictures or tables: which files, of which class, then all into one Data.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 8, MAX_FILES = 1 << 24 };

typedef enum FileKind { KIND_NONE, KIND_SOUND, KIND_IMAGE, KIND_TABLE, KIND_COUNT } FileKind;

static const char *const kind_names[KIND_COUNT] = {"", "sound", "pictures", "tables"};

static const struct Ending {
    const char *text;
    FileKind kind;
} endings[] = {
    {".wav", KIND_SOUND},    {".flac", KIND_SOUND},   {".ogg", KIND_SOUND}, {".aiff", KIND_SOUND},
    {".aif", KIND_SOUND},    {".png", KIND_IMAGE},    {".jpg", KIND_IMAGE}, {".jpeg", KIND_IMAGE},
    {".csv", KIND_TABLE},    {".tsv", KIND_TABLE},    {".npy", KIND_TABLE}, {".npz", KIND_TABLE},
    {".csv.gz", KIND_TABLE}, {".npy.gz", KIND_TABLE},
};

typedef struct Entry {
    const char *path;   /* below the folder that is read */
    const char *folder; /* first sub-folder or NULL */
    const char *stem;   /* base name without its ending */
    FileKind kind;
    int64_t rows; /* of a sound or table */
} Entry;

typedef struct Listing {
    Arena *arena;
    Entry *entry;
    int64_t count, capacity;
    const char **folder; /* sub-folders at the top */
    int64_t folder_count, folder_capacity;
} Listing;

/* --- what there is --- */

static FileKind kind_of(const char *name, size_t *stem_bytes)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < COUNT(endings); i++) {
        size_t m = strlen(endings[i].text);
        if (n > m && strcasecmp(name + n - m, endings[i].text) == 0) {
            *stem_bytes = n - m;
            return endings[i].kind;
        }
    }
    return KIND_NONE;
}

static void *grown(Arena *a, const void *list, int64_t *capacity, size_t each)
{
    int64_t before = *capacity;
    *capacity = before == 0 ? 64 : before * 2;
    void *more = arena_alloc(a, (size_t)*capacity, each);
    if (before > 0) {
        memcpy(more, list, (size_t)before * each);
    }
    return more;
}

static void add_file(Listing *l, const char *path, const char *folder)
{
    size_t stem = 0;
    const char *base = path_base(path);
    FileKind kind = kind_of(base, &stem);
    if (kind == KIND_NONE) {
        return;
    }
    if (l->count == l->capacity) {
        l->entry = grown(l->arena, l->entry, &l->capacity, sizeof *l->entry);
    }
    l->entry[l->count++] = (Entry){
        .path = path, .folder = folder, .stem = arena_strndup(l->arena, base, stem), .kind = kind};
}

static void add_folder(Listing *l, const char *name)
{
    if (l->folder_count == l->folder_capacity) {
        l->folder = grown(l->arena, l->folder, &l->folder_capacity, sizeof *l->folder);
    }
    l->folder[l->folder_count++] = name;
}

/* Lists TOP/BELOW (BELOW may be ""); what begins with a dot is passed over, and so are folders that begin
 * with '_' (background noise, caches). */
static Status list_folder(Listing *l, const char *top, const char *below, const char *first,
                          int32_t depth, Diag *d)
{
    const char *full = *below == '\0' ? top : path_join(l->arena, top, below);
    DIR *dir = depth > MAX_DEPTH ? NULL : opendir(full);
    if (dir == NULL) {
        return depth > MAX_DEPTH
                   ? fail(d, ERR_LIMIT, "'%s': folders are nested more than %d deep", full,
                          MAX_DEPTH)
                   : fail(d, ERR_IO, "cannot open the folder '%s': %s", full, strerror(errno));
    }
    Status s = OK;
    for (struct dirent *e = readdir(dir); e != NULL && s == OK; e = readdir(dir)) {
        struct stat st;
        if (e->d_name[0] == '.' || l->count >= MAX_FILES) {
            continue;
        }
        const char *path = *below == '\0' ? arena_strdup(l->arena, e->d_name)
                                          : path_join(l->arena, below, e->d_name);
        if (stat(path_join(l->arena, top, path), &st) != 0) {
            continue; /* a dangling link */
        }
        if (S_ISREG(st.st_mode)) {
            add_file(l, path, first);
        } else if (S_ISDIR(st.st_mode) && e->d_name[0] == '_') {
            warn(d, "'%s': the folder '%s' begins with '_' and is passed over", top, path);
        } else if (S_ISDIR(st.st_mode)) {
            if (depth == 0) {
                add_folder(l, path);
            }
            s = list_folder(l, top, path, depth == 0 ? path : first, depth + 1, d);
        }
    }
    (void)closedir(dir);
    return s;
}

static int by_path(const void *left, const void *right)
{
    return strcmp(((const Entry *)left)->path, ((const Entry *)right)->path);
}

static int by_text(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;
    return strcmp(*a, *b);
}

/* The kind that most files have; others are dropped with a warning. */
static Status keep_one_kind(Reader *r, Listing *l, FileKind *kind)
{
    int64_t count[KIND_COUNT] = {0};
    for (int64_t i = 0; i < l->count; i++) {
        count[l->entry[i].kind]++;
    }
    *kind = KIND_SOUND;
    for (FileKind k = KIND_IMAGE; k < KIND_COUNT; k++) {
        *kind = count[k] > count[*kind] ? k : *kind;
    }
    if (count[*kind] == 0) {
        return fail(r->d, ERR_INPUT,
                    "'%s' holds no file that is known: .wav, .flac, .png, .jpg, .csv, .npy, .npz",
                    r->data->name);
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < l->count; i++) {
        if (l->entry[i].kind == *kind) {
            l->entry[kept++] = l->entry[i];
        }
    }
    if (kept < l->count) {
        warn(r->d, "'%s': %jd files that are no %s are passed over", r->data->name,
             (intmax_t)(l->count - kept), kind_names[*kind]);
    }
    l->count = kept;
    return OK;
}

/* --- of which class --- */

typedef enum LabelFrom { FROM_NONE, FROM_FOLDER, FROM_NAME, FROM_FILE } LabelFrom;

static Status choose_labels(Reader *r, const Listing *l, LabelFrom *from)
{
    static const char *const names[] = {"none", "folder", "name", "file"};
    const char *asked = r->o->label_from;
    if (asked == NULL) {
        bool guess = l->folder_count > 0 && r->o->target_columns == NULL;
        *from = guess ? FROM_FOLDER : FROM_NONE;
        return OK;
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(asked, names[i]) == 0) {
            *from = (LabelFrom)i;
            return OK;
        }
    }
    return fail(r->d, ERR_USAGE,
                "labels come from the folder, the name, the file or none, not from '%s'", asked);
}

/* Each sub-folder is a class and must have samples. */
static Status check_folders(Reader *r, const Listing *l)
{
    size_t count = (size_t)l->folder_count;
    bool *seen = NEW(&r->scratch, bool, count);
    for (int64_t i = 0; i < l->count && count > 0; i++) {
        const char *const *at =
            l->entry[i].folder == NULL
                ? NULL
                : bsearch(&l->entry[i].folder, l->folder, count, sizeof *l->folder, by_text);
        if (at != NULL) {
            seen[at - l->folder] = true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!seen[i]) {
            return fail(r->d, ERR_INPUT,
                        "'%s/%s' is a class without samples; fill the folder or remove it",
                        r->data->name, l->folder[i]);
        }
    }
    return OK;
}

static Status label_of(Reader *r, const Entry *e, LabelFrom from, const char *path, int32_t *label)
{
    const char *text = from == FROM_FOLDER ? e->folder : e->stem;
    if (from == FROM_NONE) {
        *label = -1;
        return OK;
    }
    size_t bytes = text == NULL ? 0 : from == FROM_NAME ? strcspn(text, "_") : strlen(text);
    if (text == NULL || (from == FROM_NAME && text[bytes] == '\0')) {
        return fail(r->d, ERR_INPUT,
                    from == FROM_NAME ? "'%s': its name has no '_' after the class"
                                      : "'%s' lies in no sub-folder that would name its class",
                    path);
    }
    return reader_label(r, text, bytes, label, "'%s'", path);
}

/* --- reading --- */

static const char *full_path(Reader *r, const Entry *e)
{
    return path_join(&r->file, r->data->name, e->path);
}

/* What a first look at a file tells; what the data keep of it. */
static Status survey_file(Reader *r, Entry *e, Table *t)
{
    Span file;
    const char *path = full_path(r, e);
    TRY(reader_load(r, path, &file));
    if (is_sound_file(file)) {
        Sound sound;
        TRY(sound_info(file, path, &sound, r->d));
        int32_t channels = r->o->channels == 1 ? 1 : sound.channels;
        *t =
            (Table){.format = "wav", .rows = sound.frames, .x_gain = 1.0, .rate_hz = sound.rate_hz};
        t->row = shape_of(1, &channels);
    } else {
        TRY(reader_table(r, file, path, false, t));
    }
    e->rows = t->rows;
    return OK;
}

static Status check_alike(Reader *r, const Entry *first, const Table *a, const Entry *e,
                          const Table *b)
{
    char left[96];
    char right[96];
    if (a->rate_hz != b->rate_hz) {
        return fail(r->d, ERR_INPUT,
                    "'%s/%s' has %g samples a second, '%s' has %g; make them alike", r->data->name,
                    e->path, b->rate_hz, first->path, a->rate_hz);
    }
    if (!shape_equal(&a->row, &b->row) || a->y_count != b->y_count) {
        return fail(r->d, ERR_INPUT, "'%s/%s' has rows of %s, '%s' has %s; all files must be alike",
                    r->data->name, e->path, shape_text(&b->row, left), first->path,
                    shape_text(&a->row, right));
    }
    return OK;
}

/* Looks at all files: are they alike, and how many rows have they? The first one's table is in FIRST. */
static Status survey(Reader *r, Listing *l, Table *first)
{
    for (int64_t i = 0; i < l->count; i++) {
        Table t;
        TRY(survey_file(r, &l->entry[i], &t));
        if (i == 0) {
            *first = t;
        }
        r->quiet = true;
        TRY(check_alike(r, &l->entry[0], first, &l->entry[i], &t));
        arena_free(&r->file);
    }
    return OK;
}

/* A window for all; without one, the longest file is. */
static Status choose_cut(Reader *r, const Listing *l, const Table *first, Cut *c, int64_t *count)
{
    TRY(reader_cut(r, first->rate_hz, c));
    c->fill = true;
    const Entry *longest = &l->entry[0];
    for (int64_t i = 1; i < l->count; i++) {
        longest = l->entry[i].rows > longest->rows ? &l->entry[i] : longest;
    }
    bool whole = c->window == 0;
    c->window = whole ? longest->rows : c->window;
    c->stride = whole || c->stride == 0 ? c->window : c->stride;
    int64_t shorter = 0;
    *count = 0;
    for (int64_t i = 0; i < l->count; i++) {
        shorter += l->entry[i].rows < c->window;
        *count += cut_count(c, l->entry[i].rows);
    }
    if (shorter > 0) {
        warn(r->d, "'%s': %jd of %jd files are shorter than %jd samples and filled with zeros",
             r->data->name, (intmax_t)shorter, (intmax_t)l->count, (intmax_t)c->window);
    }
    return OK;
}

/* Group of a file: where it lies below the folder, whatever the folder is called. */
static uint64_t group_of(const Entry *e)
{
    return data_hash(0, e->path, strlen(e->path));
}

/* Labels of all files into LABEL, and how many files each class has. */
static Status label_files(Reader *r, const Listing *l, LabelFrom from, int32_t *label,
                          int64_t **files)
{
    for (int64_t i = 0; i < l->count; i++) {
        TRY(label_of(r, &l->entry[i], from, full_path(r, &l->entry[i]), &label[i]));
    }
    *files = NEW(&r->scratch, int64_t, r->classes.count);
    for (int64_t i = 0; i < l->count; i++) {
        if (label[i] >= 0) {
            (*files)[label[i]]++;
        }
    }
    return OK;
}

static Status read_tables(Reader *r, Listing *l, LabelFrom from)
{
    Table first = {0};
    Cut c;
    Shape raw;
    int64_t count = 0;
    TRY(survey(r, l, &first));
    TRY(choose_cut(r, l, &first, &c, &count));
    r->data->format = first.format;
    r->data->x_gain = first.x_gain;
    r->data->rate_hz = first.rate_hz;
    TRY(cut_shape(r, &first, c.window, &raw));
    TRY(reader_open(r, raw, count, first.y_count, from != FROM_NONE || first.label != NULL));
    int32_t *label = NEW(&r->scratch, int32_t, l->count);
    int64_t *files = NULL;
    TRY(label_files(r, l, from, label, &files));
    for (int64_t i = 0; i < l->count; i++) {
        Span file;
        Table t;
        const char *path = full_path(r, &l->entry[i]);
        /* a class that is one recording would otherwise be in one part of a split alone */
        bool stretches = label[i] >= 0 && files[label[i]] == 1;
        TRY(reader_load(r, path, &file));
        TRY(reader_table(r, file, path, false, &t));
        TRY(check_alike(r, &l->entry[0], &first, &l->entry[i], &t));
        TRY(reader_add_windows(r, &t, &c, label[i], group_of(&l->entry[i]), stretches, (int32_t)i));
        arena_free(&r->file);
    }
    return OK;
}

static Status read_images(Reader *r, Listing *l, LabelFrom from)
{
    Shape first = {0};
    for (int64_t i = 0; i < l->count; i++) {
        Span file;
        Shape shape;
        float *x = NULL;
        int32_t label = -1;
        const char *path = full_path(r, &l->entry[i]);
        TRY(label_of(r, &l->entry[i], from, path, &label));
        TRY(reader_load(r, path, &file));
        if (!is_image_file(file)) {
            return fail(r->d, ERR_INPUT, "'%s' is neither PNG nor JPEG", path);
        }
        TRY(image_sample(r, file, path, &shape, &x));
        if (i == 0) {
            first = shape;
            TRY(reader_open(r, shape, l->count, 0, from != FROM_NONE));
        }
        if (!shape_equal(&first, &shape)) {
            char left[96];
            char right[96];
            return fail(
                r->d, ERR_INPUT,
                "'%s' is %s, '%s' is %s (height, width, channels); say to which size to bring them",
                path, shape_text(&shape, left), l->entry[0].path, shape_text(&first, right));
        }
        TRY(reader_add(r, x, shape_count(&shape), NULL, label, group_of(&l->entry[i]), (int32_t)i));
        arena_free(&r->file);
    }
    r->data->format = "image";
    r->data->x_gain = 1.0 / 255.0;
    return OK;
}

static void keep_sources(Reader *r, const Listing *l)
{
    Data *data = r->data;
    data->source_count = (int32_t)l->count;
    data->source = NEW(&data->arena, const char *, l->count);
    for (int64_t i = 0; i < l->count; i++) {
        data->source[i] = arena_strdup(&data->arena, l->entry[i].path);
    }
}

Status folder_read(Reader *r, const char *path)
{
    Listing l = {.arena = &r->scratch};
    FileKind kind = KIND_NONE;
    LabelFrom from = FROM_NONE;
    TRY(list_folder(&l, path, "", NULL, 0, r->d));
    if (l.count > 0) {
        qsort(l.entry, (size_t)l.count, sizeof *l.entry, by_path);
    }
    if (l.folder_count > 0) {
        qsort(l.folder, (size_t)l.folder_count, sizeof *l.folder, by_text);
    }
    TRY(keep_one_kind(r, &l, &kind));
    TRY(choose_labels(r, &l, &from));
    if (from == FROM_FOLDER) {
        TRY(check_folders(r, &l));
    }
    /* rows have classes of their own only where the caller says so */
    r->options.label_column = r->o->label_column == NULL ? "none" : r->o->label_column;
    r->options.labels = r->o->labels == NULL ? "none" : r->o->labels;
    TRY(kind == KIND_IMAGE ? read_images(r, &l, from) : read_tables(r, &l, from));
    keep_sources(r, &l);
    return OK;
}
