/* GRU and LSTM, unrolled into fully connected layers, splits and elementwise operators over shared
 * weights, so that every TFLite runtime loads them.
 *
 * GRU (Cho et al. 2014, reset after the product as in CuDNN, without a bias of its own in the recurrent product):
 *   z = sigmoid(Wz x + bz + Uz h), r = sigmoid(Wr x + br + Ur h), c = tanh(Wc x + bc + r * (Uc h)), h = c + z * (h - c)
 * LSTM (Gers et al. 2000): i, f, o = sigmoid(W x + b + U h), g = tanh(..), c = f * c + i * g, h = o * tanh(c)
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net_builder.h"

enum { MAX_STEPS = 1024, SPLIT_MOST = 64 };

typedef struct Cell {
    Builder *b;
    const Layer *l;
    const char *name;
    int32_t units, gates, step;
    TensorId w_h;            /* recurrent weights [gates * units, units] */
    TensorId axis_1, axis_2; /* scalars for split */
} Cell;

static const char *step_name(const Cell *c, const char *what)
{
    return arena_printf(&c->b->g->arena, "%s/%d/%s", c->name, c->step + 1, what);
}

/* One operator of one or two inputs. */
static Status apply(const Cell *c, const char *op, const char *what, TensorId x, TensorId y,
                    TensorId *out)
{
    Node *n = NULL;
    TRY(net_node(c->b, op, step_name(c, what), y == 0 ? 1 : 2, (TensorId[]){x, y}, &n));
    TRY(op_of(n)->infer(c->b->g, n, c->b->d));
    *out = c->b->now;
    return OK;
}

static Status split(const Cell *c, const char *name, TensorId axis, TensorId x, int32_t count,
                    TensorId *out)
{
    Graph *g = c->b->g;
    if (count == 1) {
        out[0] = x;
        return OK;
    }
    for (int32_t i = 0; i < count; i++) {
        out[i] = graph_add_tensor(g, arena_printf(&g->arena, "%s/%d", name, i + 1), TYPE_F32,
                                  (Shape){0});
    }
    Node *n = graph_add_node(g, &op_find("split")->kind, name, 2, count);
    n->in[0] = axis;
    n->in[1] = x;
    memcpy(n->out, out, sizeof(TensorId) * (size_t)count);
    net_set_int(n, "num_splits", count);
    return op_of(n)->infer(g, n, c->b->d);
}

/* Rows times weights: [1, T, K] to [1, T, N]. */
static Status product(const Cell *c, const char *name, TensorId x, TensorId w, TensorId bias,
                      TensorId *out)
{
    Node *n = NULL;
    TRY(net_node(c->b, "fully_connected", name, bias == 0 ? 2 : 3, (TensorId[]){x, w, bias}, &n));
    const AttrDesc *keep = attr_find(n->kind, "keep_num_dims");
    *((bool *)((char *)n->attr + keep->offset)) = true;
    TRY(op_of(n)->infer(c->b->g, n, c->b->d));
    *out = c->b->now;
    return OK;
}

/* GATE: [gates] what the input gives each gate; H, C: the state, 0 at the first step. */
static Status gru_step(const Cell *c, const TensorId *gate, TensorId *h)
{
    TensorId past[3] = {0};
    if (*h != 0) {
        TensorId u = 0;
        TRY(product(c, step_name(c, "recurrent"), *h, c->w_h, 0, &u));
        TRY(split(c, step_name(c, "recurrent_gates"), c->axis_2, u, 3, past));
    }
    TensorId z = gate[0];
    TensorId r = gate[1];
    TensorId n = gate[2];
    if (*h != 0) {
        TRY(apply(c, "add", "update_sum", z, past[0], &z));
        TRY(apply(c, "add", "reset_sum", r, past[1], &r));
        TRY(apply(c, "logistic", "reset", r, 0, &r));
        TRY(apply(c, "mul", "reset_state", r, past[2], &r));
        TRY(apply(c, "add", "candidate_sum", n, r, &n));
    }
    TRY(apply(c, "logistic", "update", z, 0, &z));
    TRY(apply(c, "tanh", "candidate", n, 0, &n));
    TensorId blend = n;
    if (*h != 0) {
        TRY(apply(c, "sub", "difference", *h, n, &blend));
    }
    TRY(apply(c, "mul", "blend", z, blend, &blend));
    return *h != 0 ? apply(c, "add", "state", n, blend, h) : apply(c, "sub", "state", n, blend, h);
}

static Status lstm_step(const Cell *c, const TensorId *in_gates, TensorId *h, TensorId *memory)
{
    TensorId gate[4];
    TensorId sum = in_gates[0];
    if (*h != 0) {
        TRY(product(c, step_name(c, "recurrent"), *h, c->w_h, 0, &sum));
        TRY(apply(c, "add", "sum", in_gates[0], sum, &sum));
    }
    TRY(split(c, step_name(c, "gates"), c->axis_2, sum, 4, gate));
    TRY(apply(c, "logistic", "input", gate[0], 0, &gate[0]));
    TRY(apply(c, "tanh", "candidate", gate[2], 0, &gate[2]));
    TRY(apply(c, "logistic", "output", gate[3], 0, &gate[3]));
    TensorId fresh = 0;
    TRY(apply(c, "mul", "fresh", gate[0], gate[2], &fresh));
    if (*h != 0) {
        TRY(apply(c, "logistic", "forget", gate[1], 0, &gate[1]));
        TRY(apply(c, "mul", "kept", gate[1], *memory, &gate[1]));
        TRY(apply(c, "add", "memory", gate[1], fresh, &fresh));
    }
    *memory = fresh;
    TensorId out = 0;
    TRY(apply(c, "tanh", "memory_tanh", fresh, 0, &out));
    return apply(c, "mul", "state", gate[3], out, h);
}

/* The sequence cut into steps, in two levels where it is long. */
static Status cut_steps(const Cell *c, TensorId x, int32_t steps, TensorId *out)
{
    int32_t parts = 1;
    while (steps / parts > SPLIT_MOST || steps % parts != 0) {
        parts++;
    }
    if (parts > SPLIT_MOST) {
        return net_fail(
            c->b, c->l->at,
            "%d steps cannot be unrolled: they do not split into at most %d equal parts of "
            "at most %d",
            steps, SPLIT_MOST, SPLIT_MOST);
    }
    TensorId part[SPLIT_MOST];
    Graph *g = c->b->g;
    TRY(split(c, arena_printf(&g->arena, "%s/parts", c->name), c->axis_1, x, parts, part));
    for (int32_t i = 0; i < parts; i++) {
        TRY(split(c, arena_printf(&g->arena, "%s/steps_%d", c->name, i + 1), c->axis_1, part[i],
                  steps / parts, out + i * (steps / parts)));
    }
    return OK;
}

/* All states one behind the other: [1, T, units], in two levels where there are many. */
static Status join(const Cell *c, TensorId *state, int32_t count)
{
    Graph *g = c->b->g;
    for (int32_t level = 1; count > 1; level++) {
        int32_t joined = 0;
        for (int32_t i = 0; i < count; i += SPLIT_MOST) {
            int32_t n = count - i < SPLIT_MOST ? count - i : SPLIT_MOST;
            Node *node = NULL;
            TRY(net_node(c->b, "concatenation",
                         arena_printf(&g->arena, "%s/states_%d_%d", c->name, level, joined + 1), n,
                         state + i, &node));
            net_set_int(node, "axis", 1);
            TRY(op_of(node)->infer(g, node, c->b->d));
            state[joined++] = c->b->now;
        }
        count = joined;
    }
    c->b->now = state[0];
    return OK;
}

static Status check_input(Builder *b, const Layer *l)
{
    char text[96];
    if (b->shape.rank == 1) {
        b->shape = shape_of(2, (int32_t[]){b->shape.dim[0], 1});
    }
    if (b->shape.rank == 3) { /* rows of an image are steps, as in a spectrogram */
        b->shape = shape_of(2, (int32_t[]){b->shape.dim[0], b->shape.dim[1] * b->shape.dim[2]});
    }
    if (b->shape.dim[0] > MAX_STEPS) {
        return net_fail(b, l->at, "%s would be unrolled over %d steps of %s (%d at most)",
                        l->kind->name, b->shape.dim[0], shape_text(&b->shape, text), MAX_STEPS);
    }
    return OK;
}

static Status weights(Cell *c, int32_t inputs, TensorId *w_x, TensorId *bias)
{
    Builder *b = c->b;
    int32_t rows = c->gates * c->units;
    if ((int64_t)rows * (inputs > c->units ? inputs : c->units) > 1 << 26) {
        return net_fail(b, c->l->at, "it has too many weights");
    }
    net_resolve(b, false);
    *w_x = net_weights(b, c->name, "weights", shape_of(2, (int32_t[]){rows, inputs}), inputs,
                       c->units);
    c->w_h = net_weights(b, c->name, "recurrent_weights", shape_of(2, (int32_t[]){rows, c->units}),
                         c->units, c->units);
    net_resolve(b, false);
    Arena scratch = {0};
    float *start = NEW(&scratch, float, rows);
    for (int32_t i = 0; i < c->units && c->gates == 4; i++) {
        start[c->units + i] = 1.0f; /* an LSTM begins by remembering */
    }
    *bias = graph_add_const(b->g, arena_printf(&b->g->arena, "%s/bias", c->name), TYPE_F32,
                            shape_of(1, &rows), start);
    arena_free(&scratch);
    c->axis_1 = graph_add_const(b->g, arena_printf(&b->g->arena, "%s/axis_1", c->name), TYPE_S32,
                                (Shape){0}, &(int32_t){1});
    c->axis_2 = graph_add_const(b->g, arena_printf(&b->g->arena, "%s/axis_2", c->name), TYPE_S32,
                                (Shape){0}, &(int32_t){2});
    return OK;
}

static Status unroll(Builder *b, const Layer *l, int32_t gates)
{
    TRY(check_input(b, l));
    Cell c = {.b = b, .l = l, .name = net_name(b, l->kind), .units = l->units, .gates = gates};
    int32_t steps = b->shape.dim[0];
    TensorId w_x = 0;
    TensorId bias = 0;
    TRY(weights(&c, b->shape.dim[1], &w_x, &bias));
    if (tensor(b->g, b->now)->shape.rank != 3) {
        TRY(net_reshape(b, arena_printf(&b->g->arena, "%s/sequence", c.name), 2, b->shape.dim));
    }
    TensorId all = 0;
    TRY(product(&c, arena_printf(&b->g->arena, "%s/inputs", c.name), b->now, w_x, bias, &all));
    TensorId *step = NEW(&b->g->arena, TensorId, steps);
    TRY(cut_steps(&c, all, steps, step));
    TensorId h = 0;
    TensorId memory = 0;
    for (c.step = 0; c.step < steps; c.step++) {
        TensorId gate[4] = {step[c.step]};
        if (gates == 3) {
            TRY(split(&c, step_name(&c, "gates"), c.axis_2, step[c.step], 3, gate));
            TRY(gru_step(&c, gate, &h));
        } else {
            TRY(lstm_step(&c, gate, &h, &memory));
        }
        step[c.step] = h;
    }
    if (l->sequences) {
        b->shape = shape_of(2, (int32_t[]){steps, l->units});
        return join(&c, step, steps);
    }
    b->shape = shape_of(1, &l->units);
    return net_reshape(b, c.name, 1, &l->units);
}

Status net_gru(Builder *b, const Layer *l)
{
    return unroll(b, l, 3);
}

Status net_lstm(Builder *b, const Layer *l)
{
    return unroll(b, l, 4);
}
