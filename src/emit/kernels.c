/* NAME_kernels.h: the device library's text, only as much of it as this model needs. The files of
 * rt/ are cut into top-level items (a function, a type, a macro, a directive, each with the comment
 * in front of it); an item is kept if a kept one names it. Include guards, our own includes and
 * licence lines go; the rounding family and whether loops for x86-64 go along is decided here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

#include <assert.h>

typedef enum ItemKind {
    ITEM_CODE,
    ITEM_DEFINE,
    ITEM_INCLUDE,
    ITEM_IF,
    ITEM_ELSE,
    ITEM_ENDIF
} ItemKind;

typedef struct Item {
    ItemKind kind;
    const char *text; /* with its comment */
    const char *code; /* without */
    const char *name; /* what it defines; NULL: kept whenever its surroundings are */
    bool is_kept;
} Item;

/* Conditions around the line being read. */
typedef enum Condition { CONDITION_GUARD, CONDITION_DECIDED, CONDITION_KEPT } Condition;

enum { MAX_CONDITIONS = 16, MAX_FILES = 256 };

typedef struct Reader {
    Arena arena;
    Item *item;
    int32_t count, capacity;
    const char *system[MAX_FILES]; /* <...> includes at the top level, each once */
    int32_t system_count;
    const char *done[MAX_FILES]; /* files read */
    int32_t done_count;
    Rounding rounding;
    bool x86; /* loops for x86-64 too */
} Reader;

/* Where in one file. */
typedef struct Place {
    const char *next; /* first byte not read yet */
    Condition condition[MAX_CONDITIONS];
    bool is_active[MAX_CONDITIONS];
    int32_t depth;
    const char *comment; /* waiting for the item it belongs to */
} Place;

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void add_item(Reader *r, Place *p, ItemKind kind, const char *code, const char *name)
{
    if (r->count == r->capacity) {
        Item *more = NEW(&r->arena, Item, r->capacity * 2 + 64);
        if (r->count > 0) {
            memcpy(more, r->item, sizeof(Item) * (size_t)r->count);
        }
        r->item = more;
        r->capacity = r->capacity * 2 + 64;
    }
    const char *text =
        p->comment == NULL ? code : arena_printf(&r->arena, "%s%s", p->comment, code);
    p->comment = NULL;
    r->item[r->count++] = (Item){kind, text, code, name, false};
}

static bool is_active(const Place *p)
{
    for (int32_t i = 0; i < p->depth; i++) {
        if (!p->is_active[i]) {
            return false;
        }
    }
    return true;
}

/* --- comments --- */

/* Takes the licence line out of a comment; the comment is closed one line earlier if it was the
 * last. */
static const char *without_licence(Arena *a, const char *text)
{
    const char *mark = strstr(text, "SPDX-License-Identifier");
    if (mark == NULL) {
        return text;
    }
    const char *start = mark;
    while (start > text && start[-1] != '\n') {
        start--;
    }
    const char *end = strchr(mark, '\n');
    end = end == NULL ? mark + strlen(mark) : end + 1;
    if (start == text) { /* the licence is all there is */
        return "";
    }
    bool closes = strstr(mark, "*/") != NULL && strstr(mark, "*/") < end;
    size_t before = (size_t)(start - text) - (closes ? 1 : 0);
    return arena_printf(a, "%.*s%s%s", (int)before, text, closes ? " */\n" : "", end);
}

/* Reads "/ * ... * /" and its newline at P; several in a row stay apart. */
static void read_comment(Reader *r, Place *p)
{
    const char *end = strstr(p->next, "*/");
    assert(end != NULL);
    end += 2;
    end += *end == '\n' ? 1 : 0;
    const char *text =
        without_licence(&r->arena, arena_strndup(&r->arena, p->next, (size_t)(end - p->next)));
    p->next = end;
    if (!is_active(p)) {
        return;
    }
    p->comment = p->comment == NULL ? text : arena_printf(&r->arena, "%s\n%s", p->comment, text);
    if (p->comment[0] == '\0') {
        p->comment = NULL;
    }
}

/* --- code --- */

/* End of the top-level item at TEXT: past the newline after its last brace or semicolon. */
static const char *item_end(const char *text)
{
    int32_t depth = 0;
    const char *c = text;
    while (*c != '\0') {
        if (c[0] == '/' && c[1] == '*') {
            c = strstr(c, "*/");
            assert(c != NULL);
            c += 2;
            continue;
        }
        depth += *c == '{' ? 1 : (*c == '}' ? -1 : 0);
        bool ends = (*c == ';' || *c == '}') && depth == 0;
        c++;
        if (ends && *c != ';' && *c != ' ') {
            break;
        }
    }
    while (*c != '\0' && *c != '\n') {
        c++;
    }
    return *c == '\n' ? c + 1 : c;
}

/* The name that an item defines: of a typedef the last word, else the first shrinc_ word before any
 * body. */
static const char *defined_name(Arena *a, const char *code)
{
    const char *word = NULL;
    size_t length = 0;
    bool is_typedef = strncmp(code, "typedef", 7) == 0;
    const char *end = is_typedef ? code + strlen(code) : strchr(code, '{');
    end = end == NULL ? code + strlen(code) : end;
    for (const char *c = code; c < end;) {
        if (!is_word(*c)) {
            c++;
            continue;
        }
        const char *start = c;
        while (is_word(*c)) {
            c++;
        }
        if (is_typedef || strncmp(start, "shrinc_", 7) == 0 || strncmp(start, "SHRINC_", 7) == 0) {
            word = start;
            length = (size_t)(c - start);
            if (!is_typedef) {
                break;
            }
        }
    }
    return word == NULL ? NULL : arena_strndup(a, word, length);
}

static void read_code(Reader *r, Place *p)
{
    const char *end = item_end(p->next);
    const char *code = arena_strndup(&r->arena, p->next, (size_t)(end - p->next));
    add_item(r, p, ITEM_CODE, code, defined_name(&r->arena, code));
    p->next = end;
}

/* --- directives --- */

/* True if nothing but the guard and decided conditions surround the line. */
static bool is_top(const Place *p)
{
    for (int32_t i = 0; i < p->depth; i++) {
        if (p->condition[i] == CONDITION_KEPT) {
            return false;
        }
    }
    return true;
}

static void read_file(Reader *r, const char *path);

static void read_include(Reader *r, Place *p, const char *line)
{
    const char *open = strpbrk(line, "<\"");
    assert(open != NULL);
    const char *close = strpbrk(open + 1, ">\"");
    assert(close != NULL);
    const char *name = arena_strndup(&r->arena, open + 1, (size_t)(close - open - 1));
    if (*open == '"') {
        const char *comment = p->comment;
        read_file(r, arena_printf(&r->arena, "rt/%s", name));
        p->comment = comment;
        return;
    }
    if (!is_top(p)) {
        add_item(r, p, ITEM_INCLUDE, line, NULL);
        return;
    }
    for (int32_t i = 0; i < r->system_count; i++) {
        if (strcmp(r->system[i], name) == 0) {
            return;
        }
    }
    assert(r->system_count < MAX_FILES);
    r->system[r->system_count++] = name;
}

static void open_condition(Reader *r, Place *p, const char *line)
{
    assert(p->depth < MAX_CONDITIONS);
    bool asks_rounding = strstr(line, "SHRINC_SINGLE_ROUNDING") != NULL;
    bool asks_x86 = strstr(line, "SHRINC_HAS_AVX2") != NULL && !r->x86;
    bool wants = strchr(line, '!') == NULL;
    Condition c = asks_rounding || asks_x86 ? CONDITION_DECIDED : CONDITION_KEPT;
    if (p->depth == 0 && strncmp(line, "#ifndef SHRINC_", 15) == 0 && strstr(line, "_H") != NULL) {
        c = CONDITION_GUARD;
    }
    p->condition[p->depth] = c;
    p->is_active[p->depth] =
        asks_rounding ? wants == (r->rounding == ROUNDING_SINGLE) : !asks_x86 || !wants;
    p->depth++;
    if (c == CONDITION_KEPT && is_active(p)) {
        add_item(r, p, ITEM_IF, line, NULL);
    }
}

static void read_directive(Reader *r, Place *p)
{
    const char *end = p->next;
    while (*end != '\0' && (*end != '\n' || end[-1] == '\\')) {
        end++;
    }
    end += *end == '\n' ? 1 : 0;
    const char *line = arena_strndup(&r->arena, p->next, (size_t)(end - p->next));
    p->next = end;
    Condition inner = p->depth > 0 ? p->condition[p->depth - 1] : CONDITION_KEPT;
    if (strncmp(line, "#if", 3) == 0) {
        open_condition(r, p, line);
    } else if (strncmp(line, "#el", 3) == 0) {
        if (inner == CONDITION_DECIDED) {
            p->is_active[p->depth - 1] = !p->is_active[p->depth - 1];
        } else if (is_active(p)) {
            add_item(r, p, ITEM_ELSE, line, NULL);
        }
    } else if (strncmp(line, "#endif", 6) == 0) {
        if (inner == CONDITION_KEPT && is_active(p)) {
            add_item(r, p, ITEM_ENDIF, line, NULL);
        }
        p->depth--;
    } else if (!is_active(p)) {
        return;
    } else if (strncmp(line, "#include", 8) == 0) {
        read_include(r, p, line);
    } else {
        bool is_guard = inner == CONDITION_GUARD && p->depth == 1 && strstr(line, "_H") != NULL &&
                        strchr(line, '(') == NULL;
        if (!is_guard) {
            add_item(r, p, ITEM_DEFINE, line, defined_name(&r->arena, line));
        }
    }
}

static void read_file(Reader *r, const char *path)
{
    for (int32_t i = 0; i < r->done_count; i++) {
        if (strcmp(r->done[i], path) == 0) {
            return;
        }
    }
    assert(r->done_count < MAX_FILES);
    r->done[r->done_count++] = path;
    const EmbeddedFile *file = embedded_find(path);
    assert(file != NULL);
    Place p = {.next = arena_strndup(&r->arena, (const char *)file->data, file->bytes)};
    while (*p.next != '\0') {
        if (*p.next == '\n') {
            p.next++;
        } else if (*p.next == '#') {
            read_directive(r, &p);
        } else if (p.next[0] == '/' && p.next[1] == '*') {
            read_comment(r, &p);
        } else if (is_active(&p)) {
            read_code(r, &p);
        } else {
            p.next = item_end(p.next);
        }
    }
}

/* --- keeping what is needed --- */

static void keep(Reader *r, const char *name, size_t length);

static void keep_words(Reader *r, const char *code)
{
    for (const char *c = code; *c != '\0';) {
        const char *start = c;
        while (is_word(*c)) {
            c++;
        }
        size_t length = (size_t)(c - start);
        if (length > 7 &&
            (strncmp(start, "shrinc_", 7) == 0 || strncmp(start, "SHRINC_", 7) == 0)) {
            keep(r, start, length);
        }
        c += *c == '\0' || length > 0 ? 0 : 1;
    }
}

static void keep(Reader *r, const char *name, size_t length)
{
    for (int32_t i = 0; i < r->count; i++) {
        Item *item = &r->item[i];
        if (!item->is_kept && item->name != NULL && strlen(item->name) == length &&
            strncmp(item->name, name, length) == 0) {
            item->is_kept = true;
            keep_words(r, item->code);
        }
    }
}

/* A condition is kept if anything between it and its end is; what stands in a kept one without a
 * name too. */
static void keep_conditions(Reader *r)
{
    int32_t open[MAX_CONDITIONS];
    int32_t depth = 0;
    for (int32_t i = 0; i < r->count; i++) {
        Item *item = &r->item[i];
        if (item->kind == ITEM_IF) {
            assert(depth < MAX_CONDITIONS);
            open[depth++] = i;
        } else if (item->kind == ITEM_ENDIF) {
            depth--;
            bool any = false;
            for (int32_t j = open[depth]; j < i; j++) {
                any = any || r->item[j].is_kept;
            }
            for (int32_t j = open[depth]; j <= i && any; j++) {
                bool joins = !r->item[j].is_kept && r->item[j].name == NULL;
                r->item[j].is_kept = r->item[j].is_kept || joins;
                if (joins) { /* a condition may name a macro */
                    keep_words(r, r->item[j].code);
                }
            }
        }
    }
}

/* --- printing --- */

static void print_item(Out *out, const Item *item, const char *prefix)
{
    size_t comment = strlen(item->text) - strlen(item->code);
    bool is_function = item->kind == ITEM_CODE && strncmp(item->code, "static ", 7) == 0 &&
                       strchr(item->code, '(') != NULL;
    out_bytes(out, item->text, comment);
    out_printf(out, "%s%s", is_function ? prefix : "", item->code);
}

void rt_print(Out *out, const char *const *root, int32_t root_count, const char *const *path,
              int32_t path_count, Rounding rounding, bool x86, const char *prefix)
{
    Reader r = {.rounding = rounding, .x86 = x86};
    for (int32_t i = 0; i < path_count; i++) {
        read_file(&r, path[i]);
    }
    for (int32_t i = 0; i < root_count; i++) {
        keep(&r, root[i], strlen(root[i]));
    }
    keep_conditions(&r);
    keep_conditions(&r); /* those around what a condition names */
    for (int32_t i = 0; i < r.system_count; i++) {
        out_line(out, "#include <%s>", r.system[i]);
    }
    bool was_directive = false;
    for (int32_t i = 0; i < r.count; i++) {
        const Item *item = &r.item[i];
        if (item->is_kept) {
            bool is_directive = item->kind != ITEM_CODE;
            bool closes = item->kind == ITEM_ELSE || item->kind == ITEM_ENDIF;
            if (!closes && !(is_directive && was_directive) &&
                !(was_directive && r.item[i - 1].kind != ITEM_ENDIF)) {
                out_text(out, "\n");
            }
            print_item(out, item, prefix);
            was_directive = is_directive;
        }
    }
    arena_free(&r.arena);
}

void emit_kernels(Emitter *e, Out *out)
{
    const char **root = NEW(&e->arena, const char *, e->use_count + TYPE_COUNT);
    const char **path = NEW(&e->arena, const char *, e->use_count + 1);
    int32_t root_count = 0, path_count = 0;
    for (int32_t i = 0; i < e->use_count; i++) {
        root[root_count++] = e->use[i].kernel->name;
        path[path_count++] = e->use[i].kernel->path;
    }
    path[path_count++] = "rt/shrinc_base.h"; /* NAME_reset reads initial values */
    bool reads[TYPE_COUNT] = {false};
    for (TensorId id = 1; id < e->g->tensor_count; id++) {
        Type t = tensor(e->g, id)->type;
        if (e->state_init[id] >= 0 && !reads[t]) {
            reads[t] = true;
            root[root_count++] = arena_printf(&e->arena, "shrinc_rom_%s", type_name(t));
        }
    }
    file_head(e, out, "_kernels.h", "the kernels that this model uses");
    out_line(out, " *");
    out_line(out, " * Included by %s.c alone. Plain C99. Requantisation rounds", e->name);
    out_line(out, " * %s. */",
             e->g->rounding == ROUNDING_SINGLE
                 ? "once (TFLite's single-rounding build)"
                 : "twice, as TensorFlow Lite Micro's reference kernels do");
    out_line(out, "#ifndef %s_KERNELS_H", e->upper);
    out_line(out, "#define %s_KERNELS_H", e->upper);
    out_text(out, "\n");
    out_line(out, "#include \"%s.h\"", e->name);
    out_text(out, "\n");
    rt_print(out, root, root_count, path, path_count, e->g->rounding, e->o->x86,
             arena_printf(&e->arena, "%s_CODE_ATTR\n", e->upper));
    out_text(out, "\n");
    out_line(out, "#endif");
}
