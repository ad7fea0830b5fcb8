/* Random numbers, shapes, tensors and attributes for the reference's configurations. Everything follows from the seed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include "op/op.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

uint64_t rnd(Case *c)
{
    c->random += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
    uint64_t z = c->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int32_t rnd_int(Case *c, int32_t low, int32_t high)
{
    uint64_t span = (uint64_t)((int64_t)high - low) + 1;
    return (int32_t)(low + (int64_t)(rnd(c) % span));
}

bool rnd_chance(Case *c, int32_t out_of)
{
    return rnd(c) % (uint64_t)out_of == 0;
}

double rnd_real(Case *c, double low, double high)
{
    return low + (high - low) * ((double)(rnd(c) >> 11) / 9007199254740992.0);
}

double rnd_log(Case *c, double low2, double high2)
{
    return exp2(rnd_real(c, low2, high2));
}

int32_t rnd_size(Case *c, int32_t most)
{
    if (most == 1 || rnd_chance(c, c->is_corner ? 3 : 8)) {
        return 1;
    }
    return rnd_int(c, 1, rnd_chance(c, 2) ? most : (most + 1) / 2);
}

Shape rnd_shape(Case *c, int32_t min_rank, int32_t max_rank, int32_t elements)
{
    Shape s = {.rank = rnd_int(c, min_rank, max_rank)};
    for (int32_t k = 0; k < s.rank; k++) {
        int32_t most = elements < 7 ? elements : rnd_chance(c, 6) ? elements : 7;
        s.dim[k] = rnd_size(c, most < 40 ? most : 40);
        elements /= s.dim[k];
    }
    for (int32_t k = s.rank - 1; k > 0; k--) { /* the early ones took the most: shuffle */
        int32_t other = rnd_int(c, 0, k);
        int32_t dim = s.dim[k];
        s.dim[k] = s.dim[other];
        s.dim[other] = dim;
    }
    return s;
}

/* --- values ------------------------------------------------------------------------------------------------ */

static int64_t any_integer(Case *c, Type type, int32_t mode, int64_t zero)
{
    int64_t low = 0;
    int64_t high = 0;
    type_limits(type, &low, &high);
    switch (mode) {
    case 0: return rnd_chance(c, 2) ? low : high;
    case 1: return clamp(zero + rnd_int(c, -3, 3), low, high);
    case 2: return low;
    case 3: return high;
    default: break;
    }
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    uint64_t draw = rnd(c);
    return span == 0 ? (int64_t)draw : (int64_t)((uint64_t)low + draw % span);
}

static double any_real(Case *c, int32_t mode)
{
    static const double special[] = {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 6.0, 3.0, -3.0, 1.5, 2.5};
    switch (mode) {
    case 0: return special[rnd_int(c, 0, COUNT(special) - 1)];
    case 1: return rnd_int(c, -128, 128) / 16.0;
    case 2: return (double)(float)(rnd_log(c, -20.0, 3.0) * (rnd_chance(c, 2) ? 1.0 : -1.0));
    default: return (double)(float)rnd_real(c, -8.0, 8.0);
    }
}

static void fill(Case *c, const Tensor *t, Fill how, Num *v)
{
    int64_t count = shape_count(&t->shape);
    int64_t zero = t->q.count > 0 ? t->q.zero[0] : 0;
    int32_t draw = rnd_int(c, 0, c->is_corner ? 7 : 19);
    int32_t mode =
        draw; /* 0 ends of the type, 1 around zero, 2 and 3 one end: corners often, others rarely */
    for (int64_t i = 0; i < count; i++) {
        if (how.kind >= FILL_RANGE) {
            double r = (double)(float)rnd_real(c, how.low, how.high);
            r = how.kind == FILL_ANCHORED && i == 0 ? how.high : r;
            v[i] = t->type == TYPE_F32 ? real(r)
                                       : num(rnd_int(c, (int32_t)how.low, (int32_t)how.high));
        } else if (t->type != TYPE_F32) {
            v[i] = num(any_integer(c, t->type, mode, zero));
        } else if (how.kind == FILL_POSITIVE) {
            v[i] = real((double)(float)rnd_real(c, 0.0625, 8.0));
        } else if (how.kind == FILL_EXACT) {
            v[i] = real(rnd_int(c, -128, 128) / 16.0);
        } else {
            v[i] = real(any_real(c, mode));
        }
    }
}

/* --- tensors ------------------------------------------------------------------------------------------------ */

static TensorId new_tensor(Case *c, Type type, Shape shape)
{
    char name[16];
    (void)snprintf(name, sizeof name, "t%d", c->g->tensor_count);
    TensorId id = graph_add_tensor(c->g, name, type, shape);
    assert(id < REF_TENSORS);
    c->value[id] = NEW(&c->g->arena, Num, shape_count(&shape));
    return id;
}

static TensorId new_input(Case *c, Type type, Shape shape, Fill how)
{
    TensorId id = new_tensor(c, type, shape);
    c->fill[id] = how;
    c->in[c->in_count++] = id;
    return id;
}

TensorId add_input(Case *c, Type type, Shape shape, FillKind kind)
{
    TensorId id = new_input(c, type, shape, (Fill){.kind = kind});
    rnd_quant(c, id);
    return id;
}

TensorId add_range(Case *c, Type type, Shape shape, double low, double high)
{
    TensorId id = new_input(c, type, shape, (Fill){FILL_RANGE, low, high});
    rnd_quant(c, id);
    return id;
}

TensorId add_anchored(Case *c, Type type, Shape shape, double low, double high)
{
    TensorId id = new_input(c, type, shape, (Fill){FILL_ANCHORED, low, high});
    rnd_quant(c, id);
    return id;
}

TensorId add_state(Case *c, Type type, Shape shape, bool is_given)
{
    TensorId id = new_tensor(c, type, shape);
    c->in[c->in_count++] = id;
    tensor(c->g, id)->is_state = true;
    rnd_quant(c, id);
    if (is_given) {
        fill(c, tensor(c->g, id), (Fill){.kind = FILL_ANY}, c->value[id]);
        const_again(c, id);
    }
    return id;
}

void start_states(Case *c)
{
    for (TensorId id = 1; id < c->g->tensor_count; id++) {
        const Tensor *t = tensor(c->g, id);
        for (int64_t i = 0; t->is_state && t->data == NULL && i < shape_count(&t->shape); i++) {
            c->value[id][i] = num(t->type == TYPE_S8 ? see(c, id).zero : 0);
        }
    }
}

void const_again(Case *c, TensorId id)
{
    Tensor *t = tensor(c->g, id);
    t->data_bytes = tensor_bytes(t);
    uint8_t *bytes = NEW(&c->g->arena, uint8_t, t->data_bytes);
    bytes_of(t->type, c->value[id], shape_count(&t->shape), bytes);
    t->data = bytes;
}

TensorId add_const(Case *c, Type type, Shape shape, FillKind kind)
{
    TensorId id = new_tensor(c, type, shape);
    c->in[c->in_count++] = id;
    rnd_quant(c, id);
    fill(c, tensor(c->g, id), (Fill){.kind = kind}, c->value[id]);
    const_again(c, id);
    return id;
}

TensorId add_values(Case *c, Type type, Shape shape, const int64_t *value)
{
    TensorId id = new_tensor(c, type, shape);
    c->in[c->in_count++] = id;
    for (int64_t i = 0; i < shape_count(&shape); i++) {
        c->value[id][i] = num(value[i]);
    }
    const_again(c, id);
    return id;
}

TensorId add_list(Case *c, int32_t count, const int32_t *value)
{
    int64_t wide[2 * MAX_INTS] = {0};
    for (int32_t i = 0; i < count; i++) {
        wide[i] = value[i];
    }
    return add_values(c, rnd_chance(c, 8) ? TYPE_S64 : TYPE_S32, shape_of(1, &count), wide);
}

void add_none(Case *c)
{
    c->in[c->in_count++] = 0;
}

TensorId add_output(Case *c, Type type)
{
    TensorId id = new_tensor(c, type, (Shape){0});
    c->out[c->out_count++] = id;
    rnd_quant(c, id);
    return id;
}

Node *node_of(const Case *c)
{
    return &c->g->node[0];
}

void refill(Case *c)
{
    for (int32_t i = 0; i < c->in_count; i++) {
        TensorId id = c->in[i];
        if (id != 0 && tensor_is_activation(tensor(c->g, id))) {
            fill(c, tensor(c->g, id), c->fill[id], c->value[id]);
        }
    }
}

void cover(Case *c, const char *label)
{
    assert(c->label_count < REF_LABELS);
    c->label[c->label_count++] = label;
}

/* --- quantisation --------------------------------------------------------------------------------------------- */

bool is_quantised(Type type)
{
    return type == TYPE_S8 || type == TYPE_U8 || type == TYPE_S16;
}

void set_quant(Case *c, TensorId id, double scale, int32_t zero)
{
    graph_set_quant(c->g, id, (float)scale, zero);
}

void set_channels(Case *c, TensorId id, int32_t axis, int32_t count, const float *scale)
{
    Tensor *t = tensor(c->g, id);
    t->q = (Quant){.count = count, .axis = axis};
    t->q.scale = arena_memdup(&c->g->arena, scale, (size_t)count * sizeof(float));
    t->q.zero = NEW(&c->g->arena, int32_t, count);
}

void copy_quant(Case *c, TensorId to, TensorId from)
{
    const Quant *q = &tensor(c->g, from)->q;
    if (q->count == 1) {
        graph_set_quant(c->g, to, q->scale[0], q->zero[0]);
    }
}

float rnd_scale(Case *c, double low2, double high2)
{
    if (!rnd_chance(c, c->is_corner ? 2 : 10)) {
        return (float)rnd_log(c, low2, high2);
    }
    float power = (float)exp2(floor(rnd_real(c, low2, high2)));
    float toward[] = {power, 0.0f, power * 2.0f};
    return nextafterf(power, toward[rnd_int(c, 0, 2)]);
}

int32_t rnd_zero(Case *c, Type type)
{
    int64_t low = 0;
    int64_t high = 0;
    if (type != TYPE_S8 && type != TYPE_U8) {
        return 0;
    }
    type_limits(type, &low, &high);
    switch (rnd_int(c, 0, c->is_corner ? 2 : 7)) {
    case 0: return (int32_t)low;
    case 1: return (int32_t)high;
    case 2: return 0;
    default: return rnd_int(c, (int32_t)low, (int32_t)high);
    }
}

void rnd_quant(Case *c, TensorId id)
{
    Type type = tensor(c->g, id)->type;
    if (is_quantised(type)) {
        set_quant(c, id, (double)rnd_scale(c, -9.0, 2.0), rnd_zero(c, type));
    }
}

/* --- the node and its attributes -------------------------------------------------------------------------------- */

static void set_edges(Case *c)
{
    Graph *g = c->g;
    g->input = NEW(&g->arena, TensorId, c->in_count + 1);
    g->output = NEW(&g->arena, TensorId, c->out_count + 1);
    for (int32_t i = 0; i < c->in_count; i++) {
        if (c->in[i] != 0 && tensor_is_activation(tensor(g, c->in[i])) &&
            !graph_is_input(g, c->in[i])) {
            g->input[g->input_count++] = c->in[i];
        }
    }
    for (int32_t i = 0; i < c->out_count; i++) {
        g->output[g->output_count++] = c->out[i];
    }
}

void make_node(Case *c)
{
    Node *n = graph_add_node(c->g, op_find_kind(c->op->name), "node", c->in_count, c->out_count);
    memcpy(n->in, c->in, (size_t)c->in_count * sizeof c->in[0]);
    memcpy(n->out, c->out, (size_t)c->out_count * sizeof c->out[0]);
    set_edges(c);
}

static const AttrDesc *find(const Case *c, const char *attr)
{
    const Kind *k = node_of(c)->kind;
    for (int32_t i = 0; i < k->attr_count; i++) {
        if (strcmp(k->attrs[i].name, attr) == 0) {
            return &k->attrs[i];
        }
    }
    (void)fprintf(stderr, "%s has no attribute \"%s\"\n", k->name, attr);
    abort();
}

static void put(Case *c, const char *attr, const void *value, size_t bytes)
{
    memcpy((uint8_t *)node_of(c)->attr + find(c, attr)->offset, value, bytes);
}

static void get(const Case *c, const char *attr, void *value, size_t bytes)
{
    memcpy(value, (const uint8_t *)node_of(c)->attr + find(c, attr)->offset, bytes);
}

void set_int(Case *c, const char *attr, int32_t value)
{
    put(c, attr, &value, sizeof value);
}

void set_bool(Case *c, const char *attr, bool value)
{
    put(c, attr, &value, sizeof value);
}

void set_float(Case *c, const char *attr, float value)
{
    put(c, attr, &value, sizeof value);
}

void set_ints(Case *c, const char *attr, int32_t count, const int32_t *value)
{
    IntList list = {.count = count};
    memcpy(list.value, value, (size_t)count * sizeof *value);
    put(c, attr, &list, sizeof list);
}

int32_t get_int(const Case *c, const char *attr)
{
    int32_t value = 0;
    get(c, attr, &value, sizeof value);
    return value;
}

bool get_bool(const Case *c, const char *attr)
{
    bool value = false;
    get(c, attr, &value, sizeof value);
    return value;
}

float get_float(const Case *c, const char *attr)
{
    float value = 0.0f;
    get(c, attr, &value, sizeof value);
    return value;
}

IntList get_ints(const Case *c, const char *attr)
{
    IntList value = {0};
    get(c, attr, &value, sizeof value);
    return value;
}

int32_t rnd_act(Case *c)
{
    int32_t act = rnd_int(c, 0, 3);
    set_int(c, "act", act);
    return act;
}
