/* C identifiers for layers and tensors: short, unique, close to the model's own names.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

#include <stdlib.h>

enum { CNAME_CHARS = 31 };

/* Words that mean something else in C, C++ or the headers that emitted code includes; sorted. */
static const char *const reserved[] = {
    "abs",       "acos",     "alignas",   "alignof",     "and",      "asin",      "asm",
    "atan",      "atan2",    "atomic",    "auto",        "bool",     "break",     "case",
    "catch",     "cbrt",     "ceil",      "char",        "class",    "compl",     "complex",
    "concept",   "const",    "constexpr", "continue",    "copysign", "cos",       "cosh",
    "decltype",  "default",  "delete",    "div",         "do",       "double",    "else",
    "enum",      "erf",      "erfc",      "errno",       "exp",      "exp2",      "explicit",
    "expm1",     "export",   "extern",    "fabs",        "false",    "fdim",      "float",
    "floor",     "fma",      "fmax",      "fmin",        "fmod",     "for",       "fortran",
    "friend",    "frexp",    "gamma",     "goto",        "hypot",    "if",        "ilogb",
    "imaginary", "index",    "inline",    "int",         "int16_t",  "int32_t",   "int64_t",
    "int8_t",    "j0",       "j1",        "jn",          "labs",     "ldexp",     "lgamma",
    "linux",     "log",      "log10",     "log1p",       "log2",     "logb",      "long",
    "lrint",     "lround",   "main",      "memchr",      "memcmp",   "memcpy",    "memmove",
    "memset",    "modf",     "mutable",   "namespace",   "nan",      "nearbyint", "new",
    "nextafter", "noexcept", "noreturn",  "not",         "nullptr",  "operator",  "or",
    "pow",       "private",  "protected", "public",      "read",     "register",  "remainder",
    "remquo",    "requires", "restrict",  "return",      "rint",     "round",     "scalb",
    "scalbn",    "short",    "signed",    "significand", "sin",      "sinh",      "size_t",
    "sizeof",    "sqrt",     "static",    "strlen",      "struct",   "switch",    "tan",
    "tanh",      "template", "tgamma",    "this",        "throw",    "true",      "trunc",
    "try",       "typedef",  "typeid",    "typename",    "typeof",   "uint16_t",  "uint32_t",
    "uint64_t",  "uint8_t",  "union",     "unix",        "unsigned", "using",     "virtual",
    "void",      "volatile", "while",     "write",       "xor",      "y0",        "y1",
    "yn",
};

typedef struct Names {
    Arena arena;
    const char **slot; /* open addressing, a power of two */
    uint32_t slots;
    uint32_t used;
} Names;

static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (const char *p = text; *p != '\0'; p++) {
        h = (h ^ (unsigned char)*p) * 16777619u;
    }
    return h;
}

static const char **find(const Names *s, const char *text)
{
    uint32_t i = hash(text) & (s->slots - 1);
    while (s->slot[i] != NULL && strcmp(s->slot[i], text) != 0) {
        i = (i + 1) & (s->slots - 1);
    }
    return &s->slot[i];
}

static void take(Names *s, const char *text)
{
    if (s->used * 2 >= s->slots) {
        Names larger = {.arena = s->arena, .slots = s->slots * 2, .used = s->used};
        larger.slot = NEW(&larger.arena, const char *, larger.slots);
        for (uint32_t i = 0; i < s->slots; i++) {
            if (s->slot[i] != NULL) {
                *find(&larger, s->slot[i]) = s->slot[i];
            }
        }
        *s = larger;
    }
    const char **place = find(s, text);
    s->used += *place == NULL;
    *place = text;
}

static bool is_taken(const Names *s, const char *text)
{
    return *find(s, text) != NULL;
}

/* Lower case, digits and single underscores; the last 31 characters, from a word's start where that
 * is possible. */
static void clean(const char *name, size_t bytes, const char *otherwise, char out[CNAME_CHARS + 1])
{
    char all[1100];
    size_t n = 0;
    for (size_t i = 0; i < bytes && n < sizeof all - 1; i++) {
        char c = name[i];
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c - 'A' + 'a');
        }
        bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_word) {
            all[n++] = c;
        } else if (n > 0 && all[n - 1] != '_') {
            all[n++] = '_';
        }
    }
    while (n > 0 && all[n - 1] == '_') {
        n--;
    }
    all[n] = '\0';
    char *start = all;
    if (n > CNAME_CHARS) {
        start = all + n - CNAME_CHARS;
        char *word = strchr(start - 1, '_');
        start = word != NULL && word - start < CNAME_CHARS / 2 ? word + 1 : start;
    }
    if (start[0] == '\0') {
        (void)snprintf(out, CNAME_CHARS + 1, "%.31s", otherwise);
    } else if (start[0] >= '0' && start[0] <= '9') {
        (void)snprintf(out, CNAME_CHARS + 1, "%.8s_%.22s", otherwise, start);
    } else {
        (void)snprintf(out, CNAME_CHARS + 1, "%.31s", start);
    }
}

/* Everything up to the last '/' that all operators' names share. */
static size_t common_path(const Graph *g)
{
    size_t common = 0;
    const char *first = g->node_count > 1 ? g->node[0].name : "";
    for (size_t at = 0; first[at] != '\0' && first[at] != ';'; at++) {
        if (first[at] != '/') {
            continue;
        }
        for (int32_t i = 1; i < g->node_count; i++) {
            if (strncmp(g->node[i].name, first, at + 1) != 0) {
                return common;
            }
        }
        common = at + 1;
    }
    return common;
}

/* The part of a fused name ("a/BiasAdd;a/Relu;b") that says most: the first, without the path that
 * all share. */
static const char *heart(const Graph *g, const char *name, size_t path, size_t *bytes)
{
    if (g->node_count > 1 && strncmp(name, g->node[0].name, path) == 0) {
        name += path;
    }
    *bytes = strcspn(name, ";");
    return name;
}

/* Names of a node's arrays: its own name, '_' and the suffix. */
static bool arrays_are_free(const Names *s, const Node *n, const char *cname, Arena *a)
{
    for (const Call *c = n == NULL ? NULL : n->calls; c != NULL; c = c->next) {
        for (int32_t i = 0; i < c->arg_count; i++) {
            if (c->arg[i].kind == ARG_CONST &&
                is_taken(s, arena_printf(a, "%s_%s", cname, c->arg[i].suffix))) {
                return false;
            }
        }
    }
    return true;
}

static const char *choose(Names *s, Graph *g, const char *wanted, const Node *n)
{
    char *cname = arena_strdup(&g->arena, wanted);
    for (int32_t i = 2; is_taken(s, cname) || !arrays_are_free(s, n, cname, &s->arena); i++) {
        char tail[16];
        (void)snprintf(tail, sizeof tail, "_%d", i);
        int32_t room = CNAME_CHARS - (int32_t)strlen(tail);
        cname = arena_printf(&g->arena, "%.*s%s", (int)room, wanted, tail);
    }
    take(s, cname);
    for (const Call *c = n == NULL ? NULL : n->calls; c != NULL; c = c->next) {
        for (int32_t i = 0; i < c->arg_count; i++) {
            if (c->arg[i].kind == ARG_CONST) {
                take(s, arena_printf(&s->arena, "%s_%s", cname, c->arg[i].suffix));
            }
        }
    }
    return cname;
}

static void name_tensor(Names *s, Graph *g, TensorId id, const char *full, size_t path,
                        const char *otherwise)
{
    char wanted[CNAME_CHARS + 1];
    size_t bytes = 0;
    const char *name = heart(g, full, path, &bytes);
    clean(name, bytes, otherwise, wanted);
    tensor(g, id)->cname = choose(s, g, wanted, NULL);
}

// needs: calls   gives: Node.cname and Tensor.cname: unique among each other, at most 31
// characters, no word of C or C++; the first output of a node has the node's name; NODE_SUFFIX is
// free for the arrays of its calls   breaks: nothing
Status pass_names(Graph *g, Diag *d)
{
    (void)d;
    Names s = {.slots = 1024};
    s.slot = NEW(&s.arena, const char *, s.slots);
    for (size_t i = 0; i < COUNT(reserved); i++) {
        take(&s, reserved[i]);
    }
    size_t path = common_path(g);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        tensor(g, id)->cname = NULL;
    }
    for (int32_t i = 0; i < g->input_count; i++) {
        const char *signed_name = g->input_name == NULL ? NULL : g->input_name[i];
        const char *name = signed_name != NULL ? signed_name : tensor(g, g->input[i])->name;
        name_tensor(&s, g, g->input[i], name, path, "input");
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        char wanted[CNAME_CHARS + 1];
        size_t bytes = 0;
        Node *n = &g->node[i];
        const char *name = heart(g, n->name, path, &bytes);
        clean(name, bytes, n->kind->name, wanted);
        n->cname = choose(&s, g, wanted, n);
        if (n->out_count > 0) {
            tensor(g, n->out[0])->cname = n->cname;
        }
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor(g, id)->cname == NULL) {
            const Tensor *t = tensor(g, id);
            name_tensor(&s, g, id, t->name, path, t->is_state ? "state" : "tensor");
        }
    }
    arena_free(&s.arena);
    return OK;
}
