/* Parses a graph from text (text.h has the form).
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/text.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Known {
    const char *name;
    int32_t ordinal;
    TensorId id;
} Known;

/* A place "in NAME+N", found once all names are known. */
typedef struct Pending {
    TensorId id;
    const char *name;
    int32_t ordinal;
    int32_t line;
} Pending;

enum { MAX_NODE_ARGS = 1024 };

typedef struct Parser {
    const char *p;
    int32_t line;
    Graph *g;
    Span weights;
    KindFind find;
    Diag *d;
    Arena scratch;
    Known *known;
    int32_t known_count, known_capacity;
    Pending *pending;
    int32_t pending_count, pending_capacity;
    const char **label;
    int32_t label_capacity;
} Parser;

static Status bad(Parser *ps, const char *what)
{
    int32_t shown = 0;
    while (ps->p[shown] != '\0' && ps->p[shown] != '\n' && shown < 24) {
        shown++;
    }
    return fail(ps->d, ERR_INPUT, "line %d: %s at \"%.*s\"", ps->line, what, (int)shown, ps->p);
}

/* --- tokens ------------------------------------------------------------------------------------
 */

static void skip_blanks(Parser *ps)
{
    while (*ps->p == ' ' || *ps->p == '\t' || *ps->p == '\r') {
        ps->p++;
    }
    if (ps->p[0] == '/' && ps->p[1] == '/') {
        while (*ps->p != '\0' && *ps->p != '\n') {
            ps->p++;
        }
    }
}

static bool at_end(Parser *ps)
{
    skip_blanks(ps);
    return *ps->p == '\0' || *ps->p == '\n';
}

static bool accept(Parser *ps, const char *mark)
{
    skip_blanks(ps);
    size_t n = strlen(mark);
    if (strncmp(ps->p, mark, n) != 0) {
        return false;
    }
    ps->p += n;
    return true;
}

static Status expect(Parser *ps, const char *mark)
{
    if (accept(ps, mark)) {
        return OK;
    }
    char text[32];
    (void)snprintf(text, sizeof text, "expected %s", mark);
    return bad(ps, text);
}

static size_t word_length(const char *p)
{
    size_t n = 0;
    while ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z') ||
           (p[n] >= '0' && p[n] <= '9') || p[n] == '_' ||
           (n > 0 && (p[n] == '.' || p[n] == '/' || p[n] == '-' || p[n] == ';'))) {
        n++;
    }
    return n;
}

/* A whole bare word, only if it is exactly this one. */
static bool accept_word(Parser *ps, const char *word)
{
    skip_blanks(ps);
    size_t n = word_length(ps->p);
    if (n != strlen(word) || strncmp(ps->p, word, n) != 0) {
        return false;
    }
    ps->p += n;
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static Status take_quoted(Parser *ps, const char **out)
{
    TRY(expect(ps, "\""));
    Out text = {0};
    Status s = OK;
    while (*ps->p != '"' && s == OK) {
        char c = *ps->p;
        if (c == '\0' || c == '\n') {
            s = bad(ps, "a quoted name does not end");
            break;
        }
        ps->p++;
        if (c == '\\' && *ps->p == 'x' && hex_digit(ps->p[1]) >= 0 && hex_digit(ps->p[2]) >= 0) {
            c = (char)(hex_digit(ps->p[1]) * 16 + hex_digit(ps->p[2]));
            ps->p += 3;
            if (c == '\0') {
                s = bad(ps, "a name cannot hold a zero byte");
            }
        } else if (c == '\\' && (*ps->p == '"' || *ps->p == '\\' || *ps->p == 'n')) {
            c = *ps->p == 'n' ? '\n' : *ps->p;
            ps->p++;
        } else if (c == '\\') {
            s = bad(ps, "unknown escape");
        }
        out_bytes(&text, &c, 1);
    }
    *out = arena_strdup(&ps->g->arena, text.text == NULL ? "" : text.text);
    out_free(&text);
    TRY(s);
    ps->p++;
    return OK;
}

/* A name without its #ordinal. */
static Status take_text(Parser *ps, const char **out)
{
    skip_blanks(ps);
    if (*ps->p == '"') {
        return take_quoted(ps, out);
    }
    size_t n = word_length(ps->p);
    if (n == 0 || (*ps->p >= '0' && *ps->p <= '9')) {
        return bad(ps, "expected a name");
    }
    *out = arena_strndup(&ps->g->arena, ps->p, n);
    ps->p += n;
    return OK;
}

/* strtoll() and strtof() would skip over a line's end. */
static bool starts_number(const char *p)
{
    return *p == '-' || *p == '.' || (*p >= '0' && *p <= '9');
}

static Status take_number(Parser *ps, int64_t min, int64_t max, int64_t *out)
{
    skip_blanks(ps);
    char *end = NULL;
    errno = 0;
    long long v = starts_number(ps->p) ? strtoll(ps->p, &end, 10) : 0;
    if (end == NULL || end == ps->p || errno != 0 || v < min || v > max) {
        char text[80];
        (void)snprintf(text, sizeof text, "expected an integer of %jd to %jd", (intmax_t)min,
                       (intmax_t)max);
        return bad(ps, text);
    }
    *out = v;
    ps->p = end;
    return OK;
}

static Status take_s32(Parser *ps, int32_t min, int32_t *out)
{
    int64_t v = 0;
    TRY(take_number(ps, min, INT32_MAX, &v));
    *out = (int32_t)v;
    return OK;
}

static Status take_f32(Parser *ps, float *out)
{
    skip_blanks(ps);
    char *end = NULL;
    if (!starts_number(ps->p)) {
        return bad(ps, "expected a number");
    }
    if (ps->p[0] == '0' && ps->p[1] == 'x') {
        unsigned long bits = strtoul(ps->p, &end, 16);
        uint32_t word = (uint32_t)bits;
        memcpy(out, &word, sizeof word);
    } else {
        *out = strtof(ps->p, &end);
    }
    if (end == ps->p) {
        return bad(ps, "expected a number");
    }
    ps->p = end;
    return OK;
}

/* --- names --- */

static Status take_name(Parser *ps, const char **name, int32_t *ordinal)
{
    TRY(take_text(ps, name));
    *ordinal = 1;
    if (*ps->p == '#') {
        ps->p++;
        TRY(take_s32(ps, 1, ordinal));
    }
    return OK;
}

static TensorId find_name(const Parser *ps, const char *name, int32_t ordinal)
{
    for (int32_t i = 0; i < ps->known_count; i++) {
        if (ps->known[i].ordinal == ordinal && strcmp(ps->known[i].name, name) == 0) {
            return ps->known[i].id;
        }
    }
    return 0;
}

static Status add_tensor(Parser *ps, const char *name, int32_t ordinal, TensorId *id)
{
    if (find_name(ps, name, ordinal) != 0) {
        return fail(
            ps->d, ERR_INPUT,
            "line %d: the name \"%s\" is taken; write %s#2 for a second tensor of that name",
            ps->line, name, name);
    }
    if (ps->known_count == ps->known_capacity) {
        int32_t capacity = ps->known_capacity * 2 + 64;
        Known *more = NEW(&ps->scratch, Known, capacity);
        if (ps->known_count > 0) {
            memcpy(more, ps->known, sizeof(Known) * (size_t)ps->known_count);
        }
        ps->known = more;
        ps->known_capacity = capacity;
    }
    *id = graph_add_tensor(ps->g, name, TYPE_NONE, (Shape){0});
    ps->known[ps->known_count++] = (Known){.name = name, .ordinal = ordinal, .id = *id};
    return OK;
}

static Status take_tensor_name(Parser *ps, TensorId *id)
{
    const char *name = NULL;
    int32_t ordinal = 0;
    if (accept_word(ps, "_")) {
        *id = 0;
        return OK;
    }
    TRY(take_name(ps, &name, &ordinal));
    *id = find_name(ps, name, ordinal);
    if (*id == 0) {
        return fail(ps->d, ERR_INPUT, "line %d: no tensor \"%s\" stands above", ps->line, name);
    }
    return OK;
}

/* --- tensors --- */

static Status take_block(Parser *ps, size_t bytes, const uint8_t **data)
{
    int64_t at = 0;
    TRY(expect(ps, "@weights+"));
    TRY(take_number(ps, 0, INT64_MAX, &at));
    if ((uint64_t)at > ps->weights.bytes || bytes > ps->weights.bytes - (size_t)at) {
        return fail(ps->d, ERR_INPUT,
                    "line %d: %zu bytes at %jd run past the end of the weights (%zu bytes)",
                    ps->line, bytes, (intmax_t)at, ps->weights.bytes);
    }
    *data = arena_memdup(&ps->g->arena, ps->weights.data + at, bytes);
    return OK;
}

static Status take_scale_lists(Parser *ps, Quant *q)
{
    float scale[TEXT_SCALES];
    int32_t zero[TEXT_SCALES];
    do {
        if (q->count == TEXT_SCALES) {
            return bad(ps, "more scales than may stand in the text");
        }
        TRY(take_f32(ps, &scale[q->count++]));
    } while (accept(ps, ","));
    TRY(expect(ps, "]"));
    TRY(expect(ps, ","));
    TRY(expect(ps, "["));
    for (int32_t i = 0; i < q->count; i++) {
        if (i > 0) {
            TRY(expect(ps, ","));
        }
        TRY(take_s32(ps, INT32_MIN, &zero[i]));
    }
    TRY(expect(ps, "]"));
    q->scale = arena_memdup(&ps->g->arena, scale, sizeof(float) * (size_t)q->count);
    q->zero = arena_memdup(&ps->g->arena, zero, sizeof(int32_t) * (size_t)q->count);
    return OK;
}

static Status take_quant(Parser *ps, TensorId id)
{
    Quant q = {0};
    if (!accept(ps, "q(")) {
        return OK;
    }
    if (!accept_word(ps, "axis")) {
        q.count = 1;
        q.scale = NEW(&ps->g->arena, float, 1);
        q.zero = NEW(&ps->g->arena, int32_t, 1);
        TRY(take_f32(ps, q.scale));
        TRY(expect(ps, ","));
        TRY(take_s32(ps, INT32_MIN, q.zero));
    } else {
        TRY(take_s32(ps, 0, &q.axis));
        TRY(expect(ps, ","));
        if (accept(ps, "[")) {
            TRY(take_scale_lists(ps, &q));
        } else {
            const uint8_t *data = NULL;
            TRY(take_s32(ps, 1, &q.count));
            TRY(expect(ps, "scales"));
            size_t half = (size_t)q.count * sizeof(float);
            TRY(take_block(ps, 2 * half, &data));
            q.scale = arena_memdup(&ps->g->arena, data, half);
            q.zero = arena_memdup(&ps->g->arena, data + half, half);
        }
    }
    tensor(ps->g, id)->q = q;
    return expect(ps, ")");
}

static Status take_value(Parser *ps, Type type, uint8_t *p)
{
    static const int64_t low[TYPE_COUNT] = {[TYPE_S8] = INT8_MIN,
                                            [TYPE_S4] = -8,
                                            [TYPE_S2] = -2,
                                            [TYPE_S16] = INT16_MIN,
                                            [TYPE_S32] = INT32_MIN,
                                            [TYPE_S64] = INT64_MIN};
    static const int64_t high[TYPE_COUNT] = {
        [TYPE_S8] = INT8_MAX,   [TYPE_S16] = INT16_MAX, [TYPE_S32] = INT32_MAX,
        [TYPE_S64] = INT64_MAX, [TYPE_U8] = UINT8_MAX,  [TYPE_BOOL] = 1,
        [TYPE_S4] = 7,          [TYPE_S2] = 1};
    if (type == TYPE_F32) {
        float v = 0.0f;
        TRY(take_f32(ps, &v));
        memcpy(p, &v, sizeof v);
        return OK;
    }
    if (type == TYPE_F16) {
        float v = 0.0f;
        TRY(take_f32(ps, &v));
        uint16_t half = half_from_float(v);
        memcpy(p, &half, sizeof half);
        return OK;
    }
    int64_t v = 0;
    TRY(take_number(ps, low[type], high[type], &v));
    uint64_t bits = (uint64_t)v;
    for (int32_t i = 0; i < type_bytes(type); i++) {
        p[i] = (uint8_t)(bits >> (8 * i));
    }
    return OK;
}

static Status take_data(Parser *ps, TensorId id, bool needed)
{
    Tensor *t = tensor(ps->g, id);
    skip_blanks(ps);
    if (*ps->p != '{' && *ps->p != '@') {
        return needed ? bad(ps, "expected {values} or @weights+offset") : OK;
    }
    int64_t count = 1;
    for (int32_t i = 0; i < t->shape.rank; i++) {
        if (t->shape.dim[i] < 1 || t->shape.dim[i] > INT32_MAX / count) {
            return bad(ps, "the shape of this constant is unknown or too large");
        }
        count *= t->shape.dim[i];
    }
    t->data_bytes = count * type_bytes(t->type);
    if (*ps->p == '@') {
        return take_block(ps, (size_t)t->data_bytes, &t->data);
    }
    if (count > TEXT_VALUES) {
        return bad(ps, "more values than may stand in the text");
    }
    uint8_t *data = NEW(&ps->g->arena, uint8_t, t->data_bytes);
    TRY(expect(ps, "{"));
    for (int64_t i = 0; i < count; i++) {
        if (i > 0) {
            TRY(expect(ps, ","));
        }
        TRY(take_value(ps, t->type, data + i * type_bytes(t->type)));
    }
    t->data = data;
    return expect(ps, "}");
}

static Status take_place(Parser *ps, TensorId id)
{
    Tensor *t = tensor(ps->g, id);
    if (accept_word(ps, "at")) {
        TRY(take_number(ps, 0, INT64_MAX, &t->offset));
    }
    if (!accept_word(ps, "in")) {
        return OK;
    }
    if (ps->pending_count == ps->pending_capacity) {
        int32_t capacity = ps->pending_capacity * 2 + 16;
        Pending *more = NEW(&ps->scratch, Pending, capacity);
        if (ps->pending_count > 0) {
            memcpy(more, ps->pending, sizeof(Pending) * (size_t)ps->pending_count);
        }
        ps->pending = more;
        ps->pending_capacity = capacity;
    }
    Pending *later = &ps->pending[ps->pending_count++];
    later->id = id;
    later->line = ps->line;
    TRY(take_name(ps, &later->name, &later->ordinal));
    TRY(expect(ps, "+"));
    return take_number(ps, 0, INT64_MAX, &t->alias_offset);
}

static Status resolve_places(Parser *ps)
{
    for (int32_t i = 0; i < ps->pending_count; i++) {
        const Pending *later = &ps->pending[i];
        TensorId id = find_name(ps, later->name, later->ordinal);
        if (id == 0) {
            return fail(ps->d, ERR_INPUT, "line %d: there is no tensor \"%s\"", later->line,
                        later->name);
        }
        tensor(ps->g, later->id)->alias_of = id;
    }
    return OK;
}

static Status take_spec(Parser *ps, TensorId id)
{
    Tensor *t = tensor(ps->g, id);
    skip_blanks(ps);
    char name[16] = "";
    size_t n = word_length(ps->p);
    if (n < sizeof name) {
        memcpy(name, ps->p, n);
    }
    t->type = type_find(name);
    if (t->type == TYPE_NONE) {
        return bad(ps, "expected a type (f32, s8, u8, s16, s32, s64, bool, f16, s4, s2)");
    }
    ps->p += n;
    TRY(expect(ps, "["));
    while (!accept(ps, "]")) {
        if (t->shape.rank > 0) {
            TRY(expect(ps, ","));
        }
        if (t->shape.rank == MAX_RANK) {
            return bad(ps, "more dimensions than shrinc knows");
        }
        TRY(take_s32(ps, -1, &t->shape.dim[t->shape.rank]));
        t->shape.rank++;
    }
    return take_quant(ps, id);
}

/* --- lines
 * ---------------------------------------------------------------------------------------------------
 */

static Status take_attributes(Parser *ps, Node *n)
{
    while (!at_end(ps) && *ps->p != ':') {
        size_t name = word_length(ps->p);
        if (name == 0 || ps->p[name] != '=') {
            return OK; /* "layer" or "index" */
        }
        const AttrDesc *a = NULL;
        for (int32_t i = 0; i < n->kind->attr_count; i++) {
            const char *known = n->kind->attrs[i].name;
            if (strlen(known) == name && strncmp(known, ps->p, name) == 0) {
                a = &n->kind->attrs[i];
            }
        }
        if (a == NULL) {
            return bad(ps, "unknown attribute");
        }
        ps->p += name + 1;
        size_t length = 0;
        bool in_list = *ps->p == '[';
        while (ps->p[length] != '\0' && ps->p[length] != '\n' && ps->p[length] != ' ') {
            length++;
            if (in_list && ps->p[length - 1] == ']') {
                break;
            }
        }
        char *text = arena_strndup(&ps->scratch, ps->p, length);
        ps->p += length;
        Diag inner = {0};
        Status s = attr_parse(a, text, n->attr, &inner);
        if (s != OK) {
            return fail(ps->d, s, "line %d: %s", ps->line, inner.text);
        }
    }
    return OK;
}

static Status take_arguments(Parser *ps, TensorId *list, int32_t *count)
{
    TRY(expect(ps, "("));
    while (!accept(ps, ")")) {
        if (*count > 0) {
            TRY(expect(ps, ","));
        }
        if (*count == MAX_NODE_ARGS) {
            return bad(ps, "too many inputs");
        }
        TRY(take_tensor_name(ps, &list[*count]));
        (*count)++;
    }
    return OK;
}

static Status take_tail(Parser *ps, Node *n)
{
    if (accept_word(ps, "layer")) {
        TRY(take_quoted(ps, &n->name));
    }
    if (accept_word(ps, "index")) {
        TRY(take_s32(ps, -1, &n->index));
    }
    return OK;
}

static Status take_node(Parser *ps)
{
    TensorId *in = NEW(&ps->scratch, TensorId, MAX_NODE_ARGS);
    const char **out = NEW(&ps->scratch, const char *, MAX_NODE_ARGS);
    int32_t *ordinal = NEW(&ps->scratch, int32_t, MAX_NODE_ARGS);
    int32_t in_count = 0;
    int32_t out_count = 0;
    const char *kind_name = NULL;
    TRY(take_name(ps, &out[0], &ordinal[0]));
    skip_blanks(ps);
    if (*ps->p == '(') {
        kind_name = out[0];
    } else {
        out_count = 1;
        while (accept(ps, ",")) {
            if (out_count == MAX_NODE_ARGS) {
                return bad(ps, "too many outputs");
            }
            TRY(take_name(ps, &out[out_count], &ordinal[out_count]));
            out_count++;
        }
        TRY(expect(ps, "="));
        TRY(take_text(ps, &kind_name));
    }
    const Kind *kind = ps->find(kind_name);
    if (kind == NULL) {
        return fail(ps->d, ERR_INPUT, "line %d: there is no operator \"%s\"", ps->line, kind_name);
    }
    TRY(take_arguments(ps, in, &in_count));
    Node *n = graph_add_node(ps->g, kind, out_count > 0 ? out[0] : "", in_count, out_count);
    n->index = ps->g->node_count - 1;
    memcpy(n->in, in, sizeof(TensorId) * (size_t)in_count);
    TRY(take_attributes(ps, n));
    for (int32_t i = 0; i < out_count; i++) {
        TRY(expect(ps, i == 0 ? ":" : ","));
        TRY(add_tensor(ps, out[i], ordinal[i], &n->out[i]));
        TRY(take_spec(ps, n->out[i]));
        TRY(take_place(ps, n->out[i]));
    }
    return take_tail(ps, n);
}

static void append_id(Graph *g, TensorId **list, int32_t *count, TensorId id)
{
    TensorId *more = NEW(&g->arena, TensorId, *count + 1);
    if (*count > 0) {
        memcpy(more, *list, sizeof(TensorId) * (size_t)*count);
    }
    more[(*count)++] = id;
    *list = more;
}

static Status take_declared(Parser *ps, bool is_input, bool is_state)
{
    const char *name = NULL;
    int32_t ordinal = 0;
    TensorId id = 0;
    TRY(take_name(ps, &name, &ordinal));
    TRY(add_tensor(ps, name, ordinal, &id));
    TRY(take_spec(ps, id));
    tensor(ps->g, id)->is_state = is_state;
    if (is_input) {
        append_id(ps->g, &ps->g->input, &ps->g->input_count, id);
    } else {
        TRY(take_data(ps, id, !is_state));
    }
    return take_place(ps, id);
}

static Status take_plan(Parser *ps)
{
    Graph *g = ps->g;
    TRY(expect(ps, "arena="));
    TRY(take_number(ps, 0, INT64_MAX, &g->arena_bytes));
    TRY(expect(ps, "bound="));
    TRY(take_number(ps, 0, INT64_MAX, &g->lower_bound_bytes));
    TRY(expect(ps, "greedy="));
    TRY(take_number(ps, 0, INT64_MAX, &g->greedy_bytes));
    TRY(expect(ps, "state="));
    TRY(take_number(ps, 0, INT64_MAX, &g->state_bytes));
    TRY(expect(ps, "optimal="));
    g->plan_is_optimal = accept_word(ps, "true");
    return g->plan_is_optimal || accept_word(ps, "false") ? OK : bad(ps, "expected true or false");
}

static Status take_label(Parser *ps)
{
    Graph *g = ps->g;
    if (g->label_count == ps->label_capacity) {
        int32_t capacity = ps->label_capacity * 2 + 16;
        const char **more = NEW(&g->arena, const char *, capacity);
        for (int32_t i = 0; i < g->label_count; i++) {
            more[i] = g->label[i];
        }
        g->label = more;
        ps->label_capacity = capacity;
    }
    TRY(take_quoted(ps, &g->label[g->label_count]));
    g->label_count++;
    return OK;
}

/* [1, 2.5]; *COUNT 0: as many as there are, else exactly that many. */
static Status take_floats(Parser *ps, int32_t *count, float **out)
{
    float *list = NULL;
    int32_t n = 0;
    int32_t capacity = 0;
    TRY(expect(ps, "["));
    do {
        if (n == capacity) {
            capacity = capacity * 2 + 16;
            float *more = NEW(&ps->g->arena, float, capacity);
            if (n > 0) {
                memcpy(more, list, sizeof(float) * (size_t)n);
            }
            list = more;
        }
        TRY(take_f32(ps, &list[n++]));
    } while (accept(ps, ","));
    if (*count != 0 && n != *count) {
        return bad(ps, "as many gains as offsets are needed");
    }
    *count = n;
    *out = list;
    return expect(ps, "]");
}

/* Stands after the inputs and outputs it speaks of. */
static Status take_scaling(Parser *ps)
{
    Graph *g = ps->g;
    bool is_input = accept_word(ps, "input");
    int32_t i = 0;
    if (!is_input && !accept_word(ps, "output")) {
        return bad(ps, "expected input or output");
    }
    TRY(take_s32(ps, 0, &i));
    if (i >= (is_input ? g->input_count : g->output_count)) {
        return bad(ps, "there is no such input or output above");
    }
    Scaling *a = graph_scaling(g, is_input, i);
    if (accept_word(ps, "offset")) {
        TRY(take_floats(ps, &a->count, &a->offset));
        TRY(accept_word(ps, "gain") ? OK : bad(ps, "expected gain"));
        TRY(take_floats(ps, &a->count, &a->gain));
    }
    return accept_word(ps, "units") ? take_quoted(ps, &a->units) : OK;
}

static Status take_meta(Parser *ps)
{
    const char *key = NULL;
    const char *text = NULL;
    TRY(take_quoted(ps, &key));
    TRY(take_quoted(ps, &text));
    graph_set_meta(ps->g, key, text);
    return OK;
}

static Status take_line(Parser *ps)
{
    if (accept_word(ps, "graph")) {
        return take_text(ps, &ps->g->name);
    }
    if (accept_word(ps, "rounding")) {
        bool single = accept_word(ps, "single");
        ps->g->rounding = single ? ROUNDING_SINGLE : ROUNDING_TFLITE;
        return single || accept_word(ps, "tflite") ? OK : bad(ps, "expected tflite or single");
    }
    if (accept_word(ps, "description")) {
        return take_quoted(ps, &ps->g->description);
    }
    if (accept_word(ps, "label")) {
        return take_label(ps);
    }
    if (accept_word(ps, "meta")) {
        return take_meta(ps);
    }
    if (accept_word(ps, "scaling")) {
        return take_scaling(ps);
    }
    if (accept_word(ps, "plan")) {
        return take_plan(ps);
    }
    if (accept_word(ps, "input")) {
        return take_declared(ps, true, false);
    }
    if (accept_word(ps, "const")) {
        return take_declared(ps, false, false);
    }
    if (accept_word(ps, "state")) {
        return take_declared(ps, false, true);
    }
    if (accept_word(ps, "output")) {
        TensorId id = 0;
        TRY(take_tensor_name(ps, &id));
        append_id(ps->g, &ps->g->output, &ps->g->output_count, id);
        return OK;
    }
    return take_node(ps);
}

static Status take_lines(Parser *ps)
{
    while (*ps->p != '\0') {
        if (!at_end(ps)) {
            TRY(take_line(ps));
        }
        if (!at_end(ps)) {
            return bad(ps, "unexpected text");
        }
        if (*ps->p == '\n') {
            ps->p++;
            ps->line++;
        }
    }
    return resolve_places(ps);
}

Status graph_parse(const char *text, Span weights, KindFind find, Graph **out, Diag *d)
{
    Parser ps = {
        .p = text, .line = 1, .g = graph_new("graph"), .weights = weights, .find = find, .d = d};
    Status s = take_lines(&ps);
    if (s == OK) {
        s = graph_verify(ps.g, d);
    }
    arena_free(&ps.scratch);
    if (s != OK) {
        graph_free(ps.g);
        ps.g = NULL;
    }
    *out = ps.g;
    return s;
}
