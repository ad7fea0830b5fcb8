/* Reads the targets' descriptions, which travel inside the program, and looks for their tools.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/target.h"

#include <stdlib.h>
#include <unistd.h>

/* A description is lines "key = value"; "base = PATH" reads that file (below targets/) first. A key
 * given later replaces an earlier one. Addresses and sizes are written "start bytes". */
enum { MAX_TARGETS = 64, MAX_BASES = 4 };

static Arena arena;
static TargetInfo targets[MAX_TARGETS];
static int count = -1;

typedef struct TextKey {
    const char *key;
    size_t offset;
} TextKey;

static const TextKey text_keys[] = {
    {"description", offsetof(TargetInfo, description)},
    {"compiler", offsetof(TargetInfo, compiler)},
    {"compiler_package", offsetof(TargetInfo, compiler_package)},
    {"library", offsetof(TargetInfo, library)},
    {"library_package", offsetof(TargetInfo, library_package)},
    {"emulator", offsetof(TargetInfo, emulator)},
    {"emulator_package", offsetof(TargetInfo, emulator_package)},
    {"machine", offsetof(TargetInfo, machine)},
    {"cpu", offsetof(TargetInfo, cpu)},
    {"files", offsetof(TargetInfo, files)},
    {"link", offsetof(TargetInfo, link)},
    {"script", offsetof(TargetInfo, script)},
    {"sanitize", offsetof(TargetInfo, sanitize)},
    {"sanitize_package", offsetof(TargetInfo, sanitize_package)},
};

static const TextKey region_keys[] = {
    {"vectors", offsetof(TargetInfo, vectors)},
    {"code", offsetof(TargetInfo, code)},
    {"ram", offsetof(TargetInfo, ram)},
};

static const TextKey number_keys[] = {
    {"stack", offsetof(TargetInfo, stack_bytes)},
    {"window_overhead", offsetof(TargetInfo, window_overhead)},
    {"max_files", offsetof(TargetInfo, max_files)},
    {"plain_kernels", offsetof(TargetInfo, plain_kernels)},
};

static void *field(TargetInfo *t, const TextKey *keys, size_t key_count, const char *key)
{
    for (size_t i = 0; i < key_count; i++) {
        if (strcmp(keys[i].key, key) == 0) {
            return (uint8_t *)t + keys[i].offset;
        }
    }
    return NULL;
}

static TargetKind kind_of(const char *value)
{
    if (strcmp(value, "semihost") == 0) {
        return TARGET_SEMIHOST;
    }
    return strcmp(value, "simavr") == 0 ? TARGET_SIMAVR : TARGET_NATIVE;
}

static void read_ini(TargetInfo *t, const char *path, int depth);

static void set_key(TargetInfo *t, const char *key, const char *value, int depth)
{
    const char **text = field(t, text_keys, COUNT(text_keys), key);
    TargetRegion *region = field(t, region_keys, COUNT(region_keys), key);
    int64_t *number = field(t, number_keys, COUNT(number_keys), key);

    if (text != NULL) {
        *text = value;
    } else if (region != NULL) {
        char *end = NULL;
        region->start = strtoll(value, &end, 0);
        region->bytes = strtoll(end, NULL, 0);
    } else if (number != NULL) {
        *number = strtoll(value, NULL, 0);
    } else if (strcmp(key, "kind") == 0) {
        t->kind = kind_of(value);
    } else if (strcmp(key, "base") == 0 && depth < MAX_BASES) {
        read_ini(t, arena_printf(&arena, "targets/%s", value), depth + 1);
    }
}

static char *trimmed(char *from, char *to)
{
    while (from < to && (*from == ' ' || *from == '\t')) {
        from++;
    }
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')) {
        to--;
    }
    *to = '\0';
    return from;
}

static void read_ini(TargetInfo *t, const char *path, int depth)
{
    const EmbeddedFile *file = embedded_find(path);

    if (file == NULL) {
        return;
    }
    char *line = arena_strndup(&arena, (const char *)file->data, file->bytes);
    while (line != NULL && *line != '\0') {
        char *newline = strchr(line, '\n');
        char *end = newline != NULL ? newline : line + strlen(line);
        char *next = newline != NULL ? newline + 1 : end;
        char *equals = memchr(line, '=', (size_t)(end - line));
        if (*line != ';' && equals != NULL) {
            char *value = trimmed(equals + 1, end);
            set_key(t, trimmed(line, equals), value, depth);
        }
        line = next;
    }
}

/* The folder's name in "targets/NAME/target.ini", or NULL if the path is no such. */
static const char *name_in_path(const char *path)
{
    static const char before[] = "targets/";
    static const char after[] = "/target.ini";
    const size_t length = strlen(path);
    const size_t around = sizeof before + sizeof after - 2;

    if (length <= around || strncmp(path, before, sizeof before - 1) != 0 ||
        strcmp(path + length - (sizeof after - 1), after) != 0) {
        return NULL;
    }
    return arena_strndup(&arena, path + sizeof before - 1, length - around);
}

static int by_name(const void *a, const void *b)
{
    const TargetInfo *left = a;
    const TargetInfo *right = b;

    return strcmp(left->name, right->name);
}

static void load(void)
{
    const EmbeddedFile *file;

    if (count >= 0) {
        return;
    }
    count = 0;
    for (size_t i = 0; (file = embedded_at(i)) != NULL && count < MAX_TARGETS; i++) {
        const char *name = name_in_path(file->path);
        if (name == NULL) {
            continue;
        }
        TargetInfo *t = &targets[count++];
        for (size_t k = 0; k < COUNT(text_keys); k++) {
            set_key(t, text_keys[k].key, "", 0);
        }
        t->name = name;
        read_ini(t, file->path, 0);
    }
    qsort(targets, (size_t)count, sizeof targets[0], by_name);
}

int target_count(void)
{
    load();
    return count;
}

const TargetInfo *target_info(int index)
{
    load();
    return index >= 0 && index < count ? &targets[index] : NULL;
}

const TargetInfo *target_find(const char *name)
{
    load();
    for (int i = 0; i < count; i++) {
        if (strcmp(targets[i].name, name) == 0) {
            return &targets[i];
        }
    }
    return NULL;
}

/* Asks the compiler where FILE is: it prints a path if it has the file, else the bare name. */
static bool compiler_has(const TargetInfo *t, const char *file)
{
    Arena scratch = {0};
    Args args = {.arena = &scratch};
    const char *dir = NULL;
    int exit_code = 0;
    bool has = false;
    Span log = {NULL, 0};

    args_add(&args, t->compiler);
    if (t->kind == TARGET_SEMIHOST && strstr(t->cpu, "--specs") == NULL) {
        args_words(&args, t->cpu);
    }
    args_add(&args, arena_printf(&scratch, "-print-file-name=%s", file));
    if (temp_dir_make(&scratch, NULL, &dir, NULL) == OK) {
        const Process process = {.dir = dir, .log = "log", .timeout_seconds = 20};
        if (process_run(&args, &process, &exit_code, NULL) == OK && exit_code == 0 &&
            file_read(&scratch, path_join(&scratch, dir, "log"), 65536, &log, NULL) == OK) {
            has = log.bytes > 0 && log.data[0] == '/';
        }
        temp_dir_remove(dir);
    }
    arena_free(&scratch);
    return has;
}

/* PROGRAMS in order, then the library that the compiler must find. */
static bool missing(const TargetInfo *t, const char *const (*programs)[2], size_t program_count,
                    const char **tool, const char **package)
{
    Arena scratch = {0};
    bool is_missing = false;

    for (size_t i = 0; i < program_count && !is_missing; i++) {
        if (programs[i][0][0] != '\0' && process_find(&scratch, programs[i][0]) == NULL) {
            *tool = programs[i][0];
            *package = programs[i][1];
            is_missing = true;
        }
    }
    if (!is_missing && t->library[0] != '\0' && !compiler_has(t, t->library)) {
        *tool = t->library;
        *package = t->library_package;
        is_missing = true;
    }
    arena_free(&scratch);
    return is_missing;
}

bool target_missing(const TargetInfo *t, const char **tool, const char **package)
{
    const char *const programs[][2] = {
        {t->compiler, t->compiler_package},
        {t->emulator, t->emulator_package},
        {t->kind == TARGET_SEMIHOST && getenv("SHRINC_PLUGIN") == NULL ? "gcc" : "", "gcc"},
    };

    return missing(t, programs, COUNT(programs), tool, package);
}

bool target_missing_compiler(const TargetInfo *t, const char **tool, const char **package)
{
    const char *const programs[][2] = {{t->compiler, t->compiler_package}};

    return missing(t, programs, COUNT(programs), tool, package);
}

Status target_require(const TargetInfo *t, Diag *d)
{
    const char *tool = "";
    const char *package = "";

    if (target_missing(t, &tool, &package)) {
        return fail(d, ERR_TOOL, "target %s: %s is not installed; try: apt-get install %s", t->name,
                    tool, package);
    }
    return OK;
}
