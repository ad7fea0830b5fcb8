/* The graph as the trainer sees it: parameters, who needs a gradient, and one block of memory for all
 * that a shard computes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/engine.h"

#include <stdlib.h>

enum {
    SHARD_WORK = 8000000,   /* operations that make the handling of a shard small beside it */
    SHARD_MIN = 16,         /* samples: fewer starve the matrix products */
    LANE_FLOATS = 32 << 20, /* a lane's block shall not be larger, if a smaller shard helps */
    GROUP_FLOATS = 1 << 28, /* nor those of all shards that meet, if fewer shards help */
    ROUND = 16              /* offsets are multiples: one cache line */
};

static char role_of(const Op *op, int32_t in)
{
    const char *roles = op->train_in != NULL ? op->train_in : "x";
    int32_t last = (int32_t)strlen(roles) - 1;
    return roles[in < last ? in : last];
}

static bool is_param(const Tensor *t, char role)
{
    bool is_one = shape_count(&t->shape) == 1;
    return role == 'w' || role == 'b' || role == 's' || role == 'r' ||
           ((role == 'B' || role == 'S') && !is_one);
}

static ParamKind kind_of(char role)
{
    switch (role) {
    case 'w': return PARAM_WEIGHT;
    case 'b':
    case 'B': return PARAM_BIAS;
    case 'r': return PARAM_STATISTIC;
    default: return PARAM_SCALE;
    }
}

/* How fast a statistic follows: the node says it. */
static float momentum_of(const Node *n)
{
    const AttrDesc *a = attr_find(n->kind, "momentum");
    float v = 0.0f;
    if (a != NULL && a->type == ATTR_FLOAT) {
        memcpy(&v, (const char *)n->attr + a->offset, sizeof v);
    }
    return v;
}

static void add_param(Trainer *t, TensorId id, const Node *n, char role)
{
    Engine *e = t->engine;
    Slot *slot = &e->slot[id];
    if (slot->param >= 0) {
        return;
    }
    slot->param = t->param_count;
    t->param[t->param_count++] = (Param){
        .tensor = id,
        .kind = kind_of(role),
        .offset = t->value_count,
        .count = slot->count,
        .momentum = role == 'r' ? momentum_of(n) : 0.0f,
    };
    t->value_count += (slot->count + ROUND - 1) / ROUND * ROUND;
}

static bool is_view(const Op *op)
{
    return (op->traits & TRAIT_VIEW) != 0;
}

static Status read_node(Trainer *t, int32_t i, Diag *d)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    const Node *n = &g->node[i];
    const Op *op = op_of(n);
    bool single = true;
    e->step[i].op = op;
    if (!is_view(op) && (op->forward == NULL || op->backward == NULL)) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "cannot be trained; remove it or put it outside of the network");
    }
    for (int32_t k = 0; k < n->in_count; k++) {
        if (n->in[k] == 0) {
            continue;
        }
        const Tensor *in = tensor(g, n->in[k]);
        char role = role_of(op, k);
        single = single && e->slot[n->in[k]].single;
        if (in->is_state && role != '-') {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "works on state, which lives from call to call; training "
                             "needs the sequence unrolled");
        }
        if (tensor_is_const(in) && in->type == TYPE_F32 && is_param(in, role)) {
            add_param(t, n->in[k], n, role);
        }
    }
    for (int32_t k = 0; !single && k < n->in_count; k++) {
        if (n->in[k] != 0 && role_of(op, k) == 'b' && !e->slot[n->in[k]].single) {
            return fail_node(
                g, n, d, ERR_UNSUPPORTED,
                "cannot be trained: its bias \"%s\" is computed from the network's input",
                tensor(g, n->in[k])->name);
        }
    }
    e->step[i].single = single;
    for (int32_t k = 0; k < n->out_count; k++) {
        const Tensor *out = tensor(g, n->out[k]);
        if (out->type != TYPE_F32) {
            return fail_node(g, n, d, ERR_UNSUPPORTED,
                             "\"%s\" is %s; only float networks can be trained", out->name,
                             type_name(out->type));
        }
        e->slot[n->out[k]].root = is_view(op) ? e->slot[n->in[0]].root : n->out[k];
        e->slot[n->out[k]].single = single;
    }
    e->step[i].plan = op->plan != NULL ? op->plan(g, n, &e->arena) : NULL;
    if (op->plan != NULL && e->step[i].plan == NULL) {
        return fail_node(g, n, d, ERR_LIMIT, "is too large or too unusual to be trained");
    }
    return OK;
}

static Status check_ends(const Graph *g, Diag *d)
{
    char text[96];
    if (g->input_count != 1 || g->output_count != 1) {
        return fail(d, ERR_UNSUPPORTED,
                    "the network has %d inputs and %d outputs; training takes one of each",
                    g->input_count, g->output_count);
    }
    const Tensor *x = tensor(g, g->input[0]);
    const Tensor *y = tensor(g, g->output[0]);
    if (x->type != TYPE_F32 || y->type != TYPE_F32) {
        return fail(d, ERR_UNSUPPORTED,
                    "\"%s\" is %s and \"%s\" is %s; only float networks can be trained", x->name,
                    type_name(x->type), y->name, type_name(y->type));
    }
    if (x->shape.rank < 1 || x->shape.dim[0] != 1) {
        return fail(d, ERR_UNSUPPORTED,
                    "\"%s\" has shape %s; training takes networks for one sample, [1,...]", x->name,
                    shape_text(&x->shape, text));
    }
    return OK;
}

/* Softmax before cross-entropy and logistic before binary cross-entropy: the loss starts from the logits. */
static void find_loss(Trainer *t)
{
    Engine *e = t->engine;
    const Graph *g = t->g;
    const Tensor *y = tensor(g, g->output[0]);
    const char *end = t->o.loss == LOSS_CROSS_ENTROPY          ? "softmax"
                      : t->o.loss == LOSS_BINARY_CROSS_ENTROPY ? "logistic"
                                                               : "";
    e->loss = (Loss){
        .kind = t->o.loss,
        .huber_delta = t->o.huber_delta > 0.0 ? t->o.huber_delta : 1.0,
        .label_smoothing = t->o.label_smoothing,
        .distill = t->o.distill,
        .temperature = t->o.temperature > 0.0 ? t->o.temperature : 1.0,
        .outputs = (int32_t)shape_count(&y->shape),
        .classes = y->shape.dim[y->shape.rank - 1],
        .gain = 1.0f,
    };
    e->y = e->slot[g->output[0]].root;
    e->loss_at = e->y;
    e->loss_node = -1;
    int32_t i = graph_producer(g, e->y);
    if (i < 0 || strcmp(g->node[i].kind->name, end) != 0) {
        return;
    }
    const Node *n = &g->node[i];
    const AttrDesc *beta = attr_find(n->kind, "beta");
    if (beta != NULL) {
        memcpy(&e->loss.gain, (const char *)n->attr + beta->offset, sizeof e->loss.gain);
        e->loss.classes = tensor(g, n->in[0])->shape.dim[tensor(g, n->in[0])->shape.rank - 1];
    }
    e->loss_at = e->slot[n->in[0]].root;
    e->loss_node = i;
}

static void find_leads(Trainer *t)
{
    Engine *e = t->engine;
    e->slot[e->y].leads = true;
    for (int32_t i = t->g->node_count - 1; i >= 0; i--) {
        const Node *n = &t->g->node[i];
        bool leads = false;
        for (int32_t k = 0; k < n->out_count; k++) {
            leads = leads || e->slot[e->slot[n->out[k]].root].leads;
        }
        e->step[i].forward = leads && !is_view(e->step[i].op);
        for (int32_t k = 0; leads && k < n->in_count; k++) {
            e->slot[e->slot[n->in[k]].root].leads = true;
        }
    }
}

Status layout_read(Trainer *t, Diag *d)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    TRY(check_ends(g, d));
    e->slot = NEW(&e->arena, Slot, g->tensor_count);
    e->step = NEW(&e->arena, Step, g->node_count);
    t->param = NEW(&e->arena, Param, g->tensor_count);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *c = tensor(g, id);
        Slot *slot = &e->slot[id];
        *slot = (Slot){
            .root = id, .param = -1, .count = shape_count(&c->shape), .value = -1, .gradient = -1};
        slot->single = tensor_is_const(c);
        if (tensor_is_const(c) && c->type == TYPE_F32) {
            slot->fixed = arena_memdup(&e->arena, c->data, (size_t)slot->count * sizeof(float));
        }
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        TRY(read_node(t, i, d));
    }
    if (t->param_count == 0) {
        return fail(d, ERR_INPUT, "the network has no parameters: there is nothing to train");
    }
    find_loss(t);
    find_leads(t);
    if (e->slot[g->output[0]].single) {
        return fail(d, ERR_INPUT, "the output \"%s\" does not depend on the input",
                    tensor(g, g->output[0])->name);
    }
    return OK;
}

/* --- gradients --- */

bool layout_wants_in(const Trainer *t, const Node *n, int32_t in)
{
    const Engine *e = t->engine;
    return n->in[in] != 0 && role_of(op_of(n), in) != '-' &&
           e->slot[e->slot[n->in[in]].root].learns;
}

/* Whether N takes part in a meeting: it has statistics, and they are not frozen. */
static bool moves_statistics(const Trainer *t, const Node *n)
{
    const Op *op = op_of(n);
    for (int32_t k = 0; op->measure != NULL && k < n->in_count; k++) {
        if (role_of(op, k) == 'r' && layout_wants_in(t, n, k)) {
            return true;
        }
    }
    return false;
}

/* A node runs backward if a gradient comes to it and one is wanted of it. */
static void find_backward(Trainer *t)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    e->meetings = 0;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        e->slot[id].is_given = id == e->loss_at;
    }
    for (int32_t i = g->node_count - 1; i >= 0; i--) {
        const Node *n = &g->node[i];
        bool is_given = false;
        bool is_wanted = false;
        for (int32_t k = 0; k < n->out_count; k++) {
            is_given = is_given || e->slot[e->slot[n->out[k]].root].is_given;
        }
        for (int32_t k = 0; k < n->in_count; k++) {
            is_wanted = is_wanted || layout_wants_in(t, n, k);
        }
        e->step[i].backward = is_given && is_wanted && e->step[i].forward && i != e->loss_node;
        e->step[i].meets = e->step[i].forward && moves_statistics(t, n);
        e->meetings += e->step[i].meets;
        for (int32_t k = 0; e->step[i].backward && k < n->in_count; k++) {
            if (layout_wants_in(t, n, k)) {
                e->slot[e->slot[n->in[k]].root].is_given = true;
            }
        }
    }
}

void layout_wants(Trainer *t)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        int32_t p = e->slot[id].param;
        e->slot[id].learns = p >= 0 && !t->param[p].frozen;
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        bool learns = false;
        for (int32_t k = 0; k < n->in_count; k++) {
            learns = learns || (layout_wants_in(t, n, k) && role_of(e->step[i].op, k) != 'r');
        }
        for (int32_t k = 0; k < n->out_count; k++) {
            e->slot[e->slot[n->out[k]].root].learns |= learns;
        }
    }
    find_backward(t);
}

/* --- memory: everything in one block, each piece while it is needed --- */

typedef struct Piece {
    int64_t count;    /* floats */
    int32_t from, to; /* moments: forward of node i is i, the loss N, backward 2N - i */
    int64_t *offset;
} Piece;

typedef struct Pieces {
    Piece *piece;
    int32_t count;
} Pieces;

/* All in order of size: each at the lowest offset where it overlaps nothing that lives at the same time. */
static int64_t place(Pieces *p, Arena *a)
{
    int32_t *placed = NEW(a, int32_t, p->count + 1); /* by offset */
    int32_t done = 0;
    int64_t end = 0;
    for (int32_t i = 0; i < p->count; i++) {
        Piece *now = &p->piece[i];
        int64_t at = 0;
        for (int32_t k = 0; k < done; k++) {
            const Piece *other = &p->piece[placed[k]];
            bool meets = other->from <= now->to && now->from <= other->to;
            if (meets && *other->offset < at + now->count && at < *other->offset + other->count) {
                at = *other->offset + other->count;
            }
        }
        *now->offset = at;
        int32_t k = done++;
        for (; k > 0 && *p->piece[placed[k - 1]].offset > at; k--) {
            placed[k] = placed[k - 1];
        }
        placed[k] = i;
        end = at + now->count > end ? at + now->count : end;
    }
    return end;
}

static int by_size(const void *a, const void *b)
{
    const Piece *p = a;
    const Piece *q = b;
    return p->count != q->count ? (p->count < q->count ? 1 : -1) : p->from - q->from;
}

/* Lifetimes of a root's values and gradient. */
typedef struct Life {
    int32_t made;          /* node, -1: the graph's input */
    int32_t value_to;      /* last moment */
    int32_t gradient_from; /* first moment */
} Life;

static Life *find_lives(Trainer *t, Arena *a)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    int32_t n = g->node_count;
    Life *life = NEW(a, Life, g->tensor_count);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        life[id] = (Life){.made = -1, .value_to = -1, .gradient_from = 2 * n + 1};
    }
    for (int32_t i = 0; i < n; i++) {
        const Step *s = &e->step[i];
        if (!s->forward) {
            continue;
        }
        int32_t last = s->backward ? 2 * n - i : i;
        for (int32_t k = 0; k < g->node[i].in_count; k++) {
            TensorId root = e->slot[g->node[i].in[k]].root;
            life[root].value_to = last > life[root].value_to ? last : life[root].value_to;
            if (s->backward && last < life[root].gradient_from) {
                life[root].gradient_from = last;
            }
        }
        for (int32_t k = 0; k < g->node[i].out_count; k++) {
            TensorId root = e->slot[g->node[i].out[k]].root;
            life[root].made = i;
            life[root].value_to = last > life[root].value_to ? last : life[root].value_to;
        }
    }
    TensorId ends[] = {e->y, e->loss_at};
    for (int32_t i = 0; i < 2; i++) {
        life[ends[i]].value_to = n > life[ends[i]].value_to ? n : life[ends[i]].value_to;
    }
    life[e->loss_at].gradient_from = n;
    return life;
}

static void add_piece(Pieces *p, int64_t count, int32_t from, int32_t to, int64_t *offset)
{
    if (count > 0) {
        p->piece[p->count++] = (Piece){(count + ROUND - 1) / ROUND * ROUND, from, to, offset};
    }
}

/* Offsets for shards of SHARD samples; returns the floats of the block without the work space. */
static int64_t place_all(Trainer *t, int32_t shard, int64_t *work)
{
    const Graph *g = t->g;
    Engine *e = t->engine;
    int32_t n = g->node_count;
    Arena own = {0};
    Life *life = find_lives(t, &own);
    Pieces p = {.piece = NEW(&own, Piece, 2 * g->tensor_count + n)};
    for (TensorId id = 1; id < g->tensor_count; id++) {
        Slot *s = &e->slot[id];
        int32_t made = life[id].made;
        if (s->root != id || made < 0) {
            continue;
        }
        int64_t count = s->single ? s->count : s->count * shard;
        add_piece(&p, count, made, life[id].value_to, &s->value);
        if (s->learns && life[id].gradient_from <= 2 * n) {
            add_piece(&p, count, life[id].gradient_from, 2 * n - made, &s->gradient);
        }
    }
    *work = 0;
    for (int32_t i = 0; i < n; i++) {
        Step *s = &e->step[i];
        if (!s->forward) {
            continue;
        }
        int32_t batch = s->single ? 1 : shard;
        int64_t keep = s->op->keep_count != NULL ? s->op->keep_count(g, &g->node[i], batch) : 0;
        int64_t needs = s->op->work_count != NULL ? s->op->work_count(g, &g->node[i], batch) : 0;
        *work = needs > *work ? needs : *work;
        add_piece(&p, keep, i, s->backward ? 2 * n - i : i, &s->keep);
    }
    qsort(p.piece, (size_t)p.count, sizeof *p.piece, by_size);
    int64_t end = place(&p, &own);
    arena_free(&own);
    return end;
}

/* Operations of a sample: products count forward and twice backward. */
static int64_t cost_of(const Trainer *t)
{
    const Graph *g = t->g;
    int64_t cost = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Step *s = &t->engine->step[i];
        cost += s->forward && s->op->macs != NULL ? 6 * s->op->macs(g, &g->node[i]) : 0;
        for (int32_t k = 0; s->forward && k < g->node[i].out_count; k++) {
            cost += 8 * t->engine->slot[g->node[i].out[k]].count;
        }
    }
    return cost;
}

void layout_memory(Trainer *t)
{
    Engine *e = t->engine;
    e->cost = cost_of(t) + 1;
    int64_t shard = (SHARD_WORK / e->cost + SHARD_MIN) / SHARD_MIN * SHARD_MIN;
    shard = shard < t->o.max_batch ? shard : t->o.max_batch;
    e->shard = t->o.shard > 0 ? t->o.shard : (int32_t)shard;
    int64_t work = 0;
    int64_t end = place_all(t, e->shard, &work);
    while (t->o.shard <= 0 && e->shard > 1 && end + work > LANE_FLOATS) {
        e->shard /= 2;
        end = place_all(t, e->shard, &work);
    }
    e->work = end;
    e->block_count = end + work;
    int64_t most = GROUP_FLOATS / (e->block_count + t->value_count);
    int64_t shards = (t->o.max_batch - 1) / e->shard + 1;
    e->group = (int32_t)(most < 1 ? 1 : most < shards ? most : shards);
}
