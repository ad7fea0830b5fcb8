/* Options from words and from recipes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>

enum { RECIPE_BYTES = 1 << 20, RECIPE_LINE_BYTES = 197 }; /* inih cuts longer lines */

static const Setting *find(const Setting *table, const char *name)
{
    for (const Setting *s = table; s->name != NULL; s++) {
        if (strcmp(s->name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

static Status set_choice(const Setting *s, int32_t *to, const char *text, Diag *d)
{
    Out list = {0};
    for (int32_t i = 0; s->names[i] != NULL; i++) {
        if (strcmp(s->names[i], text) == 0) {
            *to = i;
            out_free(&list);
            return OK;
        }
        out_printf(&list, "%s%s", i == 0 ? "" : ", ", s->names[i]);
    }
    Status status = fail(d, ERR_USAGE, "%s = %s: choose one of %s", s->name, text, list.text);
    out_free(&list);
    return status;
}

static Status set_switch(const Setting *s, bool *to, const char *text, Diag *d)
{
    static const char *const yes[] = {"", "yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < COUNT(yes); i++) {
        if (strcmp(yes[i], text) == 0) {
            *to = true;
            return OK;
        }
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        if (strcmp(no[i], text) == 0) {
            *to = false;
            return OK;
        }
    }
    return fail(d, ERR_USAGE, "%s = %s: say yes or no", s->name, text);
}

Status setting_set(const Setting *table, void *settings, const char *name, const char *text,
                   Diag *d)
{
    const Setting *s = find(table, name);
    if (s == NULL) {
        return fail(d, ERR_USAGE, "there is no option '%s'", name);
    }
    char *at = (char *)settings + s->offset;
    char *end = NULL;
    switch (s->kind) {
    case SETTING_TEXT:
    case SETTING_LINES: *(const char **)(void *)at = text; return OK;
    case SETTING_SWITCH: return set_switch(s, (bool *)at, text, d);
    case SETTING_CHOICE: return set_choice(s, (int32_t *)(void *)at, text, d);
    case SETTING_INT: {
        errno = 0;
        long long v = strtoll(text, &end, 10);
        if (end == text || *end != '\0' || errno != 0 ||
            !((double)v >= s->min && (double)v <= s->max)) {
            return fail(d, ERR_USAGE, "%s = %s: give a whole number from %.0f to %.0f", s->name,
                        text, s->min, s->max);
        }
        *(int64_t *)(void *)at = v;
        return OK;
    }
    case SETTING_REAL: {
        double v = strtod(text, &end);
        if (end == text || *end != '\0' || !(v >= s->min && v <= s->max)) {
            return fail(d, ERR_USAGE, "%s = %s: give a number from %g to %g", s->name, text, s->min,
                        s->max);
        }
        *(double *)(void *)at = v;
        return OK;
    }
    }
    return OK;
}

/* --- recipes --- */

typedef struct Reader {
    const Setting *table;
    void *settings;
    Arena *arena;
    Diag diag;           /* the sentence without file and line */
    const Setting *last; /* set by the line before: what an indented line continues */
    bool *given;         /* by index into TABLE */
} Reader;

static Status wrong_place(const Setting *table, const char *section, const char *name, Diag *d)
{
    const Setting *s = find(table, name);
    if (s != NULL) {
        return fail(d, ERR_INPUT, "'%s' belongs into [%s], not into [%s]", name, s->section,
                    section);
    }
    Out list = {0};
    for (s = table; s->name != NULL; s++) {
        if (strcmp(s->section, section) == 0) {
            out_printf(&list, "%s%s", list.bytes == 0 ? "" : ", ", s->name);
        }
    }
    if (list.bytes == 0) {
        const char *seen = "";
        for (s = table; s->name != NULL; s++) {
            if (strcmp(s->section, seen) != 0) {
                out_printf(&list, "%s[%s]", list.bytes == 0 ? "" : ", ", s->section);
                seen = s->section;
            }
        }
        (void)fail(d, ERR_INPUT, "there is no section [%s]; there are %s", section, list.text);
    } else {
        (void)fail(d, ERR_INPUT, "there is no option '%s' in [%s]; there are %s", name, section,
                   list.text);
    }
    out_free(&list);
    return ERR_INPUT;
}

static Status take(Reader *r, const char *section, const char *name, const char *value)
{
    const Setting *s = find(r->table, name);
    if (s == NULL || strcmp(s->section, section) != 0) {
        return wrong_place(r->table, section, name, &r->diag);
    }
    bool *given = &r->given[s - r->table];
    if (*given && s->kind == SETTING_LINES && r->last == s) {
        const char **text = (const char **)(void *)((char *)r->settings + s->offset);
        *text = arena_printf(r->arena, "%s\n%s", *text, value);
        return OK;
    }
    if (*given) {
        return fail(&r->diag, ERR_INPUT, "'%s' stands here a second time", name);
    }
    *given = true;
    r->last = s;
    return setting_set(r->table, r->settings, name, arena_strdup(r->arena, value), &r->diag);
}

static int handle(void *context, const char *section, const char *name, const char *value)
{
    Reader *r = context;
    return r->diag.text[0] == '\0' && take(r, section, name, value) == OK;
}

static Status check_lines(Span file, const char *path, Diag *d)
{
    int line = 1;
    size_t bytes = 0;
    for (size_t i = 0; i < file.bytes; i++) {
        bytes = file.data[i] == '\n' ? 0 : bytes + 1;
        if (file.data[i] == '\0') {
            return fail(d, ERR_INPUT, "%s, line %d: this is not a text file", path, line);
        }
        if (bytes > RECIPE_LINE_BYTES) {
            return fail(d, ERR_INPUT,
                        "%s, line %d: more than %d characters; let it go on in an indented line",
                        path, line, RECIPE_LINE_BYTES);
        }
        line += file.data[i] == '\n';
    }
    return OK;
}

Status recipe_read(const Setting *table, void *settings, Arena *a, const char *path, Diag *d)
{
    Span file = {0};
    TRY(file_read(a, path, RECIPE_BYTES, &file, d));
    TRY(check_lines(file, path, d));
    size_t count = 0;
    while (table[count].name != NULL) {
        count++;
    }
    Reader r = {.table = table, .settings = settings, .arena = a, .given = NEW(a, bool, count)};
    int line = ini_parse_string(arena_strndup(a, (const char *)file.data, file.bytes), handle, &r);
    Status s = OK;
    if (line < 0) {
        s = fail(d, ERR_INPUT, "%s: cannot be read as a recipe", path);
    } else if (line > 0) {
        s = fail(d, ERR_INPUT, "%s, line %d: %s", path, line,
                 r.diag.text[0] != '\0' ? r.diag.text : "expected [SECTION] or NAME = VALUE");
    }
    diag_clear(&r.diag);
    return s;
}

/* --- and back --- */

static size_t setting_bytes(const Setting *s)
{
    switch (s->kind) {
    case SETTING_TEXT:
    case SETTING_LINES: return sizeof(const char *);
    case SETTING_SWITCH: return sizeof(bool);
    case SETTING_INT: return sizeof(int64_t);
    case SETTING_REAL: return sizeof(double);
    case SETTING_CHOICE: break;
    }
    return sizeof(int32_t);
}

static void write_value(const Setting *s, const char *at, Out *out)
{
    switch (s->kind) {
    case SETTING_TEXT: out_text(out, *(const char *const *)(const void *)at); break;
    case SETTING_LINES:
        for (const char *p = *(const char *const *)(const void *)at; *p != '\0'; p++) {
            out_printf(out, *p == '\n' ? "\n    " : "%c", *p);
        }
        break;
    case SETTING_SWITCH: out_text(out, *(const bool *)at ? "yes" : "no"); break;
    case SETTING_INT: out_printf(out, "%jd", (intmax_t) * (const int64_t *)(const void *)at); break;
    case SETTING_REAL: out_printf(out, "%.15g", *(const double *)(const void *)at); break;
    case SETTING_CHOICE: out_text(out, s->names[*(const int32_t *)(const void *)at]); break;
    }
}

void recipe_write(const Setting *table, const void *settings, const void *defaults, Out *out)
{
    const char *section = "";
    for (const Setting *s = table; s->name != NULL; s++) {
        const char *at = (const char *)settings + s->offset;
        if (memcmp(at, (const char *)defaults + s->offset, setting_bytes(s)) == 0) {
            continue;
        }
        if (strcmp(section, s->section) != 0) {
            out_printf(out, "[%s]\n", s->section);
            section = s->section;
        }
        out_printf(out, "%s = ", s->name);
        write_value(s, at, out);
        out_text(out, "\n");
    }
}
