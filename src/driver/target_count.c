/* The counting plugin, and reading what emulators and images wrote.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/target.h"

#include <stdlib.h>
#include <unistd.h>

enum { ESCAPE = 27 };

/* Compiles the plugin in WORK, an empty folder, to count.so there. */
static Status compile_plugin(Arena *a, const EmbeddedFile *source, const char *work, Diag *d)
{
    int exit_code = 0;
    Args args = {.arena = a};

    TRY(file_write(path_join(a, work, "count.c"), source->data, source->bytes, d));
    args_words(&args, "gcc -std=gnu11 -O2 -shared -fPIC -fvisibility=hidden -o count.so count.c");
    TRY(process_run(&args, &(Process){.dir = work, .log = "plugin.log", .timeout_seconds = 60},
                    &exit_code, d));
    if (exit_code != 0) {
        return fail(d, ERR_TOOL, "gcc could not build the counting plugin of the emulator");
    }
    return OK;
}

/* Copies the plugin to the cache; a second shrinc at the same time finds either no file or a whole
 * one. That it cannot be kept is no failure. */
static void keep_plugin(Arena *a, const char *from, const char *to)
{
    Span library = {NULL, 0};

    if (file_read(a, from, 1U << 24, &library, NULL) != OK ||
        file_write(to, library.data, library.bytes, NULL) != OK) {
        return;
    }
}

/* $XDG_CACHE_HOME/shrinc, ~/.cache/shrinc, or NULL if neither can be made. */
static const char *cache_dir(Arena *a)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const char *dir = NULL;

    if (cache != NULL && cache[0] == '/') {
        dir = path_join(a, cache, "shrinc");
    } else if (home != NULL && home[0] == '/') {
        dir = path_join(a, home, ".cache/shrinc");
    }
    if (dir == NULL || dir_make(dir, NULL) != OK || access(dir, W_OK) != 0) {
        return NULL;
    }
    return dir;
}

Status plugin_path(Arena *a, const char *work, const char **path, Diag *d)
{
    const char *given = getenv("SHRINC_PLUGIN");
    const EmbeddedFile *source = embedded_find("targets/plugin/count.c");
    const char *dir = cache_dir(a);
    const char *cached = NULL;
    char hex[65];

    if (given != NULL && given[0] != '\0') {
        char *full = realpath(given, NULL);
        if (full == NULL) {
            return fail(d, ERR_TOOL, "SHRINC_PLUGIN names '%s', which is not there", given);
        }
        *path = arena_strdup(a, full);
        free(full);
        return OK;
    }
    if (source == NULL) {
        return fail(d, ERR_TOOL, "the counting plugin is missing from this build");
    }
    if (dir != NULL) {
        sha256_hex((Span){source->data, source->bytes}, hex);
        cached = arena_printf(a, "%s/count-%.16s.so", dir, hex);
        if (access(cached, R_OK) == 0) {
            *path = cached;
            return OK;
        }
    }
    TRY(compile_plugin(a, source, work, d));
    *path = path_join(a, work, "count.so");
    if (cached != NULL) {
        keep_plugin(a, *path, cached);
    }
    return OK;
}

/* Moves *AT behind the next newline; returns the line's start, or NULL at the end. */
static const char *next_line(Span text, size_t *at, size_t *length)
{
    if (*at >= text.bytes) {
        return NULL;
    }
    const char *line = (const char *)text.data + *at;
    const char *newline = memchr(line, '\n', text.bytes - *at);
    *length = newline != NULL ? (size_t)(newline - line) : text.bytes - *at;
    *at += *length + 1;
    return line;
}

/* The decimal number behind PREFIX at the start of a line, or -1. */
static int64_t number_behind(const char *line, size_t length, const char *prefix)
{
    const size_t skip = strlen(prefix);
    int64_t value = 0;

    if (length <= skip || memcmp(line, prefix, skip) != 0) {
        return -1;
    }
    for (size_t i = skip; i < length && line[i] >= '0' && line[i] <= '9'; i++) {
        value = value * 10 + (line[i] - '0');
    }
    return value;
}

int64_t profile_window_max(Span profile)
{
    size_t at = 0, length = 0;
    const char *line;
    int64_t most = -1;

    while ((line = next_line(profile, &at, &length)) != NULL) {
        const int64_t window = number_behind(line, length, "window ");
        most = window > most ? window : most;
    }
    return most;
}

/* The trace counts in units of "$timescale Nns"; the chip runs at 100 MHz, 10 ns a cycle. */
int64_t vcd_window_max(Span vcd)
{
    size_t at = 0, length = 0;
    const char *line;
    int64_t unit_ns = 1, now = 0, start = -1, most = -1;

    while ((line = next_line(vcd, &at, &length)) != NULL) {
        const int64_t unit = number_behind(line, length, "$timescale ");
        const int64_t when = number_behind(line, length, "#");
        unit_ns = unit > 0 ? unit : unit_ns;
        now = when >= 0 ? when : now;
        if (length >= 9 && memcmp(line, "b00000001", 9) == 0) {
            start = now;
        } else if (length >= 9 && memcmp(line, "b00000010", 9) == 0 && start >= 0) {
            const int64_t cycles = (now - start) * unit_ns / 10;
            most = cycles > most ? cycles : most;
            start = -1;
        }
    }
    return most;
}

int64_t report_value(Span report, const char *name)
{
    char prefix[64];
    size_t at = 0, length = 0;
    const char *line;
    int64_t value = -1;

    (void)snprintf(prefix, sizeof prefix, "%s ", name);
    while (value < 0 && (line = next_line(report, &at, &length)) != NULL) {
        value = number_behind(line, length, prefix);
    }
    return value;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind colour sequences and simavr's "O:". */
static const char *line_payload(const char *line, size_t *length)
{
    const char *end = line + *length;

    while (line < end &&
           (*line == ESCAPE || (end - line > 1 && line[0] == 'O' && line[1] == ':'))) {
        if (*line == ESCAPE) {
            while (line < end && *line != 'm') {
                line++;
            }
            line += line < end;
        } else {
            line += 2;
        }
    }
    *length = (size_t)(end - line);
    return line;
}

Status avr_log_split(Arena *a, Span log, Span *output, Span *report, Diag *d)
{
    uint8_t *bytes = NEW(a, uint8_t, log.bytes / 2 + 1);
    uint8_t *text = NEW(a, uint8_t, 2 * log.bytes + 64);
    size_t byte_count = 0, text_bytes = 0, at = 0, length = 0;
    const char *line;

    while ((line = next_line(log, &at, &length)) != NULL) {
        line = line_payload(line, &length);
        if (length > 2 && (line[0] == 'R' || line[0] == 'X') && line[1] == ' ') {
            if (line[0] == 'X') {
                memcpy(text + text_bytes, "exit ", 5);
                text_bytes += 5;
            }
            memcpy(text + text_bytes, line + 2, length - 2);
            text_bytes += length - 2;
            text[text_bytes++] = '\n';
        }
        for (size_t i = 1; length > 0 && line[0] == 'D' && i + 1 < length; i += 2) {
            const int high = hex_digit(line[i]), low = hex_digit(line[i + 1]);
            if (high < 0 || low < 0) {
                break;
            }
            bytes[byte_count++] = (uint8_t)(high * 16 + low);
        }
    }
    *output = (Span){bytes, byte_count};
    *report = (Span){text, text_bytes};
    if (report_value(*report, "exit") < 0) {
        return fail(d, ERR_DIFFERS,
                    "the chip crashed; the model's stack may have run into its data");
    }
    return OK;
}
