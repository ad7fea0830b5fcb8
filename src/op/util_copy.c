/* Lowers data movement to the strided copy kernels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"

#include "shrinc_copy.h"
#include "shrinc_fill_f32.h"
#include "shrinc_fill_s16.h"
#include "shrinc_fill_s32.h"
#include "shrinc_fill_s8.h"

enum {
    LOOPS = (int)COUNT(((shrinc_copy_params *)0)->count),
    RUN_BYTES = 8 /* contiguous runs of at least so many bytes are moved by memmove */
};

static const uint32_t movable = TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8) | TYPE_BIT(TYPE_U8) |
                                TYPE_BIT(TYPE_S16) | TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64) |
                                TYPE_BIT(TYPE_BOOL);

void shape_steps(const Shape *s, int64_t step[MAX_RANK])
{
    int64_t size = 1;
    for (int32_t i = s->rank - 1; i >= 0; i--) {
        step[i] = size;
        size *= s->dim[i];
    }
}

void shape_split(const Shape *s, int32_t axis, int64_t *outer, int64_t *inner)
{
    *outer = 1;
    *inner = 1;
    for (int32_t i = 0; i < s->rank; i++) {
        *outer *= i < axis ? s->dim[i] : 1;
        *inner *= i > axis ? s->dim[i] : 1;
    }
}

void copy_loop(Copy *c, int32_t count, int64_t x_step, int64_t y_step)
{
    c->count[c->rank] = count;
    c->x_step[c->rank] = x_step;
    c->y_step[c->rank] = y_step;
    c->rank++;
}

/* Drops loops of one round and merges a loop into the one around it where they walk on without a
 * gap. */
static Copy merged(const Copy *c)
{
    Copy m = {.x_at = c->x_at, .y_at = c->y_at};
    for (int32_t i = 0; i < c->rank; i++) {
        int32_t last = m.rank - 1;
        if (c->count[i] == 1) {
            continue;
        }
        if (last >= 0 && m.x_step[last] == c->count[i] * c->x_step[i] &&
            m.y_step[last] == c->count[i] * c->y_step[i]) {
            m.count[last] *= c->count[i];
            m.x_step[last] = c->x_step[i];
            m.y_step[last] = c->y_step[i];
        } else {
            copy_loop(&m, c->count[i], c->x_step[i], c->y_step[i]);
        }
    }
    return m;
}

static const char *copy_kernel(Type t)
{
    switch (t) {
    case TYPE_F32: return "shrinc_copy_f32";
    case TYPE_S16: return "shrinc_copy_s16";
    case TYPE_S32: return "shrinc_copy_s32";
    case TYPE_S64: return "shrinc_copy_s64";
    default: return "shrinc_copy_s8";
    }
}

/* One call for at most LOOPS loops. */
static void call_loops(Graph *g, Node *n, TensorId x, TensorId y, const Copy *m)
{
    Type type = tensor(g, y)->type;
    int32_t bytes = type_bytes(type);
    int32_t last = m->rank - 1;
    bool is_run = last < 0 || (m->x_step[last] == 1 && m->y_step[last] == 1 &&
                               m->count[last] * bytes >= RUN_BYTES);
    Call *call = call_new(g, n, is_run ? "shrinc_copy_bytes" : copy_kernel(type),
                          sizeof(shrinc_copy_params));
    shrinc_copy_params *p = call->params;
    int32_t unit = is_run ? bytes : 1;
    for (int32_t i = 0; i < LOOPS; i++) {
        int32_t from = i - (LOOPS - m->rank);
        p->count[i] = from < 0 ? 1 : m->count[from];
        p->x_step[i] = from < 0 ? 0 : (int32_t)m->x_step[from] * unit;
        p->y_step[i] = from < 0 ? 0 : (int32_t)m->y_step[from] * unit;
    }
    if (is_run) {
        p->count[LOOPS - 1] *= bytes;
        p->x_step[LOOPS - 1] = 1;
        p->y_step[LOOPS - 1] = 1;
    }
    call_tensor_at(call, x, m->x_at * bytes);
    call_tensor_at(call, y, m->y_at * bytes);
}

/* Every element would be copied onto itself. */
static bool is_in_place(const Graph *g, TensorId x, TensorId y, const Copy *m)
{
    int64_t x_offset = 0;
    int64_t y_offset = 0;
    int32_t bytes = type_bytes(tensor(g, y)->type);
    if (tensor_root(g, x, &x_offset) != tensor_root(g, y, &y_offset) ||
        x_offset + m->x_at * bytes != y_offset + m->y_at * bytes) {
        return false;
    }
    for (int32_t i = 0; i < m->rank; i++) {
        if (m->x_step[i] != m->y_step[i]) {
            return false;
        }
    }
    return true;
}

void call_copy(Graph *g, Node *n, TensorId x, TensorId y, const Copy *c)
{
    Copy m = merged(c);
    if (is_in_place(g, x, y, &m)) {
        return;
    }
    if (m.rank <= LOOPS) {
        call_loops(g, n, x, y, &m);
        return;
    }
    Copy inner = {.x_at = m.x_at, .y_at = m.y_at};
    for (int32_t i = 1; i < m.rank; i++) {
        copy_loop(&inner, m.count[i], m.x_step[i], m.y_step[i]);
    }
    for (int32_t i = 0; i < m.count[0]; i++) {
        call_copy(g, n, x, y, &inner);
        inner.x_at += m.x_step[0];
        inner.y_at += m.y_step[0];
    }
}

void call_values(Graph *g, Node *n, const void *data)
{
    const Tensor *y = node_out(g, n, 0);
    Call *call = call_new(g, n, "shrinc_copy_bytes", sizeof(shrinc_copy_params));
    *(shrinc_copy_params *)call->params = (shrinc_copy_params){
        .count = {1, 1, 1, 1, (int32_t)tensor_bytes(y)},
    };
    call_const(g, call, "values", y->type, data, (int32_t)shape_count(&y->shape), 0);
    call_tensor(call, n->out[0]);
}

bool copy_is(const Call *c)
{
    return strncmp(c->kernel, "shrinc_copy_", strlen("shrinc_copy_")) == 0;
}

bool copy_run(const Call *c, CopyRun *out)
{
    if (!copy_is(c) || c->arg[0].kind != ARG_TENSOR) {
        return false;
    }
    const shrinc_copy_params *p = c->params;
    const char *type = c->kernel + strlen("shrinc_copy_");
    int64_t unit = strcmp(type, "bytes") == 0 ? 1 : type_bytes(type_find(type));
    for (int32_t i = 0; i < LOOPS - 1; i++) {
        if (p->count[i] != 1) {
            return false;
        }
    }
    if (p->count[LOOPS - 1] > 1 && (p->x_step[LOOPS - 1] != 1 || p->y_step[LOOPS - 1] != 1)) {
        return false;
    }
    *out = (CopyRun){c->arg[0].tensor, c->arg[1].tensor, c->arg[0].offset, c->arg[1].offset,
                     p->count[LOOPS - 1] * unit};
    return true;
}

static bool bytes_equal(const uint8_t *value, int32_t bytes)
{
    for (int32_t i = 1; i < bytes; i++) {
        if (value[i] != value[0]) {
            return false;
        }
    }
    return true;
}

Status call_fill(Graph *g, Node *n, TensorId y, const void *value, Diag *d)
{
    const Tensor *t = tensor(g, y);
    int32_t bytes = type_bytes(t->type);
    uint8_t first = *(const uint8_t *)value;
    if (bytes_equal(value, bytes)) {
        Call *c = call_new(g, n, "shrinc_fill_s8", sizeof(shrinc_fill_s8_params));
        *(shrinc_fill_s8_params *)c->params = (shrinc_fill_s8_params){
            .count = (int32_t)tensor_bytes(t),
            .value = first > 127 ? (int8_t)(first - 256) : (int8_t)first,
        };
        call_tensor(c, y);
    } else if (bytes == 2) {
        Call *c = call_new(g, n, "shrinc_fill_s16", sizeof(shrinc_fill_s16_params));
        shrinc_fill_s16_params *p = c->params;
        p->count = (int32_t)shape_count(&t->shape);
        memcpy(&p->value, value, sizeof p->value);
        call_tensor(c, y);
    } else if (t->type == TYPE_F32) {
        Call *c = call_new(g, n, "shrinc_fill_f32", sizeof(shrinc_fill_f32_params));
        shrinc_fill_f32_params *p = c->params;
        p->count = (int32_t)shape_count(&t->shape);
        memcpy(&p->value, value, sizeof p->value);
        call_tensor(c, y);
    } else if (bytes == 4) {
        Call *c = call_new(g, n, "shrinc_fill_s32", sizeof(shrinc_fill_s32_params));
        shrinc_fill_s32_params *p = c->params;
        p->count = (int32_t)shape_count(&t->shape);
        memcpy(&p->value, value, sizeof p->value);
        call_tensor(c, y);
    } else {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "no kernel fills a %s tensor with a value other than zero",
                         type_name(t->type));
    }
    return OK;
}

Status check_moved(const Graph *g, const Node *n, const Tensor *x, const Tensor *out, Diag *d)
{
    TRY(check_type(g, n, x, movable, "input", d));
    if (x->type != out->type) {
        return fail_node(g, n, d, ERR_INPUT,
                         "\"%s\" is %s but \"%s\" is %s; moving elements does not convert them",
                         x->name, type_name(x->type), out->name, type_name(out->type));
    }
    if (x->q.count == 1 && out->q.count == 1 &&
        (x->q.scale[0] != out->q.scale[0] || x->q.zero[0] != out->q.zero[0])) {
        warn(d,
             "\"%s\" (%s): the scales of \"%s\" and \"%s\" differ; the elements are moved as they "
             "are",
             n->name, n->kind->name, x->name, out->name);
    }
    return OK;
}

Status check_elements(const Graph *g, const Node *n, const Shape *shape, Diag *d)
{
    int64_t count = 1;
    for (int32_t i = 0; i < shape->rank; i++) {
        count *= shape->dim[i];
        if (count > 1 << 28) {
            char text[96];
            return fail_node(g, n, d, ERR_LIMIT, "the output would be %s, more than 2^28 elements",
                             shape_text(shape, text));
        }
    }
    return OK;
}

/* How the rounds of one call walk: their number without the innermost loop, and where each reads
 * and writes. */
typedef struct Walk {
    const shrinc_copy_params *p;
    int32_t loops; /* loops walked round by round; the rest is one run */
    int64_t bytes; /* bytes a round reads and writes */
    int32_t unit;  /* bytes of a step */
} Walk;

static int64_t rounds(const Walk *w)
{
    int64_t count = 1;
    for (int32_t i = 0; i < w->loops; i++) {
        count *= w->p->count[i];
    }
    return count;
}

/* Byte offset of round K in x or y. */
static int64_t round_at(const Walk *w, const int32_t *step, int64_t k)
{
    int64_t at = 0;
    for (int32_t i = w->loops - 1; i >= 0; i--) {
        at += k % w->p->count[i] * step[i];
        k /= w->p->count[i];
    }
    return at * w->unit;
}

int64_t copy_overlap(const Graph *g, const Node *n, int32_t in)
{
    const Tensor *y = node_out(g, n, 0);
    int64_t whole = tensor_bytes(y);
    const Call *c = n->calls;
    if (c == NULL || c->next != NULL || strncmp(c->kernel, "shrinc_copy_", 12) != 0 ||
        c->arg[0].tensor != n->in[in]) {
        return whole;
    }
    bool is_run = strcmp(c->kernel, "shrinc_copy_bytes") == 0;
    int32_t bytes = type_bytes(y->type);
    Walk w = {.p = c->params, .loops = is_run ? LOOPS - 1 : LOOPS, .unit = is_run ? 1 : bytes};
    w.bytes = is_run ? w.p->count[LOOPS - 1] : bytes;
    int64_t count = rounds(&w);
    if (count > 1 << 22) {
        return whole;
    }
    /* Before round k, all later reads start at or above LOWEST; round k ends writing at END. */
    int64_t distance = 0;
    int64_t lowest = INT64_MAX;
    for (int64_t k = count - 2; k >= 0; k--) {
        int64_t read = c->arg[0].offset + round_at(&w, w.p->x_step, k + 1);
        lowest = read < lowest ? read : lowest;
        int64_t end = c->arg[1].offset + round_at(&w, w.p->y_step, k) + w.bytes;
        distance = end - lowest > distance ? end - lowest : distance;
    }
    return distance < whole ? distance : whole;
}
