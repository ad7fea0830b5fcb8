/* Places every activation and every scratch array in the arena. The problem is stated here, pack.c
 * solves it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pack.h"
#include "pass/pass_util.h"

#include <assert.h>

enum { PLAN_EFFORT = 10 };

typedef struct Plan {
    Graph *g;
    PackItem *item;
    int32_t item_count;
    PackOverlap *overlap;
    int32_t overlap_count;
    int32_t *item_of;    /* by TensorId of a root, -1: not in the arena */
    TensorId *tensor_of; /* by item; 0: scratch */
    Arg **scratch_of;    /* by item; NULL: a tensor */
} Plan;

/* Steps: 0 is before the first node (inputs are written), node i runs at i + 1, the last one is
 * after it (outputs are read). Layers that run together share the step of their first one. */
static int32_t step_of(const Graph *g, int32_t node)
{
    while (node > 0 && node < g->node_count && g->node[node].segment > 0 &&
           g->node[node - 1].segment == g->node[node].segment) {
        node--;
    }
    return node + 1;
}

static int32_t item_of(const Plan *p, TensorId id)
{
    return id == 0 ? -1 : p->item_of[tensor_root(p->g, id, NULL)];
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ID is touched at STEP: its storage becomes an item, or the item's life reaches to there. */
static void touch(Plan *p, TensorId id, int32_t step)
{
    if (id == 0) {
        return;
    }
    TensorId root = tensor_root(p->g, id, NULL);
    const Tensor *t = tensor(p->g, root);
    if (!tensor_is_activation(t)) {
        return;
    }
    if (p->item_of[root] < 0) {
        p->item_of[root] = p->item_count;
        p->tensor_of[p->item_count] = root;
        p->item[p->item_count++] =
            (PackItem){tensor_arena_bytes(t), type_bytes(t->type), step, step};
    }
    PackItem *item = &p->item[p->item_of[root]];
    item->first = step < item->first ? step : item->first;
    item->last = step > item->last ? step : item->last;
    item->align = larger(item->align, type_bytes(tensor(p->g, id)->type));
}

static void add_scratch(Plan *p, Node *n, int32_t step)
{
    for (Call *c = n->calls; c != NULL; c = c->next) {
        for (int32_t i = 0; i < c->arg_count; i++) {
            Arg *a = &c->arg[i];
            if (a->kind == ARG_SCRATCH) {
                p->scratch_of[p->item_count] = a;
                p->item[p->item_count++] = (PackItem){(int64_t)a->count * type_bytes(a->type),
                                                      larger(type_bytes(a->type), 4), step, step};
            }
        }
    }
}

static void find_items(Plan *p)
{
    Graph *g = p->g;
    for (int32_t i = 0; i < g->input_count; i++) {
        touch(p, g->input[i], 0);
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *n = &g->node[i];
        for (int32_t k = 0; k < n->in_count; k++) {
            touch(p, n->in[k], step_of(g, i));
        }
        for (int32_t k = 0; k < n->out_count; k++) {
            touch(p, n->out[k], step_of(g, i));
        }
        add_scratch(p, n, step_of(g, i));
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        touch(p, g->output[i], step_of(g, g->node_count));
    }
}

/* Input K of node I dies there and has its storage for itself; the output begins there. */
static bool may_overlap(const Plan *p, int32_t i, int32_t k)
{
    const Graph *g = p->g;
    const Node *n = &g->node[i];
    int32_t x = item_of(p, n->in[k]);
    int32_t y = item_of(p, n->out[0]);
    if (x < 0 || y < 0 || x == y || p->item[x].last != step_of(g, i) ||
        p->item[y].first != step_of(g, i)) {
        return false;
    }
    if (tensor_arena_bytes(tensor(g, n->in[k])) != p->item[x].bytes) {
        return false;
    }
    for (int32_t j = 1; j < n->out_count; j++) {
        if (item_of(p, n->out[j]) == x || item_of(p, n->out[j]) == y) {
            return false;
        }
    }
    return true;
}

/* How far below a segment's input X its output may begin: each row that is written must end below
 * the first row of X that is read later. */
static int64_t segment_overlap(const Graph *g, int32_t first)
{
    RowWalk w = row_walk(g, first);
    int32_t last = w.count - 1, rows = 0; /* of the first layer that are made at all */
    int64_t distance = INT64_MIN / 4;
    for (int32_t i = row_walk_next(&w); i >= 0; i = row_walk_next(&w)) {
        rows = ++w.done[i] > rows && i == 0 ? w.done[0] : rows;
    }
    memset(w.done, 0, sizeof w.done);
    for (int32_t i = row_walk_next(&w); i >= 0; i = row_walk_next(&w)) {
        w.done[i]++;
        if (i == last && w.done[0] < rows) {
            int64_t read = row_first(&w.layer[0], w.done[0]) * w.layer[0].in_row_bytes;
            distance = larger(distance, w.done[i] * w.layer[i].out_row_bytes - read);
        }
    }
    return distance;
}

static void add_overlap(Plan *p, int32_t x, int32_t y, int64_t distance, int64_t back)
{
    for (int32_t k = 0; k < p->overlap_count; k++) {
        PackOverlap *o = &p->overlap[k];
        if (o->x == x && o->y == y) { /* read twice by one node: both distances hold */
            o->distance = larger(o->distance, distance);
            o->back = larger(o->back, back);
            return;
        }
    }
    p->overlap[p->overlap_count++] = (PackOverlap){x, y, distance, back};
}

/* How far the output's storage must begin above input K so that running backward is right; the
 * input's size if it cannot. */
static int64_t back_of(const Plan *p, const Node *n, int32_t k, int64_t begin)
{
    const Op *op = op_of(n);
    int64_t bytes = p->item[item_of(p, n->in[k])].bytes;
    if (op->overlap_back == NULL || begin != 0) {
        return bytes;
    }
    int64_t back = op->overlap_back(p->g, n, k);
    return back < bytes ? back : bytes;
}

/* Turns those nodes around whose output came to lie across its input where only running backward is
 * right. */
static void choose_direction(Plan *p, const int64_t *offset)
{
    Graph *g = p->g;
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *n = &g->node[i];
        bool turn = false;
        for (int32_t k = 0; k < n->in_count && op_of(n)->overlap_back != NULL && n->segment == 0;
             k++) {
            if (!may_overlap(p, i, k)) {
                continue;
            }
            int32_t x = item_of(p, n->in[k]);
            int32_t y = item_of(p, n->out[0]);
            int64_t above = offset[y] - offset[x];
            turn = turn || (above < p->item[x].bytes && -above < op_of(n)->overlap(g, n, k));
        }
        for (Call *c = n->calls; c != NULL && op_of(n)->overlap_back != NULL; c = c->next) {
            if (call_field(c, "backward") != NULL) { /* int16 and float kernels run forward alone */
                call_set(c, c->params, "backward", turn);
            }
        }
    }
}

/* The segment that node LAST ends. */
static void add_segment_overlap(Plan *p, int32_t last)
{
    const Graph *g = p->g;
    int32_t first = step_of(g, last) - 1;
    int32_t x = item_of(p, g->node[first].in[0]), y = item_of(p, g->node[last].out[0]);
    bool ends = is_segment_end(g, &g->node[last]);
    if (!ends || x < 0 || y < 0 || x == y || p->item[x].last != first + 1 ||
        p->item[y].first != first + 1 ||
        tensor_bytes(tensor(g, g->node[first].in[0])) != p->item[x].bytes) {
        return;
    }
    int64_t begin = 0, distance = segment_overlap(g, first);
    (void)tensor_root(g, g->node[last].out[0], &begin);
    distance = distance < p->item[y].bytes ? distance : p->item[y].bytes;
    add_overlap(p, x, y, begin > 0 ? p->item[y].bytes : distance, p->item[x].bytes);
}

static void find_overlaps(Plan *p)
{
    const Graph *g = p->g;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        if (n->segment > 0) {
            add_segment_overlap(p, i);
            continue;
        }
        for (int32_t k = 0; k < n->in_count && n->out_count > 0; k++) {
            if (!may_overlap(p, i, k)) {
                continue;
            }
            int64_t distance = tensor_bytes(tensor(g, n->out[0]));
            if (op_of(n)->overlap != NULL) {
                int64_t d = op_of(n)->overlap(g, n, k);
                distance = d < distance ? d : distance;
            }
            int64_t begin = 0; /* of the output inside its storage */
            (void)tensor_root(g, n->out[0], &begin);
            add_overlap(p, item_of(p, n->in[k]), item_of(p, n->out[0]), distance + begin,
                        back_of(p, n, k, begin));
        }
    }
}

static void write_back(const Plan *p, const int64_t *offset)
{
    Graph *g = p->g;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        int64_t inside = 0;
        int32_t item = p->item_of[tensor_root(g, id, &inside)];
        tensor(g, id)->offset = item < 0 ? -1 : offset[item] + inside;
    }
    for (int32_t i = 0; i < p->item_count; i++) {
        if (p->scratch_of[i] != NULL) {
            p->scratch_of[i]->offset = offset[i];
        }
    }
}

static int64_t state_bytes(const Graph *g)
{
    int64_t bytes = 0;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        if (t->is_state && t->alias_of == 0) {
            int64_t align = type_bytes(t->type);
            bytes = (bytes + align - 1) / align * align + tensor_bytes(t);
        }
    }
    return bytes;
}

static void count_items(const Graph *g, int32_t *items, int32_t *overlaps)
{
    *items = g->tensor_count;
    *overlaps = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        *overlaps += g->node[i].in_count;
        for (const Call *c = g->node[i].calls; c != NULL; c = c->next) {
            *items += c->arg_count;
        }
    }
}

static Plan plan_new(Graph *g, Arena *arena)
{
    int32_t items = 0;
    int32_t overlaps = 0;
    count_items(g, &items, &overlaps);
    Plan p = {
        .g = g,
        .item = NEW(arena, PackItem, items),
        .overlap = NEW(arena, PackOverlap, overlaps),
        .item_of = NEW(arena, int32_t, g->tensor_count),
        .tensor_of = NEW(arena, TensorId, items),
        .scratch_of = NEW(arena, Arg *, items),
    };
    for (TensorId id = 0; id < g->tensor_count; id++) {
        p.item_of[id] = -1;
    }
    find_items(&p);
    find_overlaps(&p);
    return p;
}

static int64_t peak_with(Graph *g, int32_t effort)
{
    Arena scratch = {0};
    Plan p = plan_new(g, &scratch);
    PackProblem problem = {p.item, p.item_count, p.overlap, p.overlap_count};
    PackResult r = pack_solve(&problem, effort, NEW(&scratch, int64_t, p.item_count));
    arena_free(&scratch);
    return r.bytes;
}

int64_t plan_peak(Graph *g)
{
    return peak_with(g, 0);
}

int64_t plan_final_peak(Graph *g)
{
    return peak_with(g, PLAN_EFFORT);
}

// needs: run order, aliases, calls   gives: Tensor.offset of every activation, Arg.offset of
// scratch, Graph.arena_bytes with its bound and the greedy planner's figure, Graph.state_bytes
// breaks: nothing
Status pass_plan_memory(Graph *g, Diag *d)
{
    (void)d;
    Arena scratch = {0};
    Plan p = plan_new(g, &scratch);
    PackProblem problem = {p.item, p.item_count, p.overlap, p.overlap_count};
    int64_t *offset = NEW(&scratch, int64_t, p.item_count);
    PackResult r = pack_solve(&problem, PLAN_EFFORT, offset);
    assert(pack_is_valid(&problem, offset));
    write_back(&p, offset);
    choose_direction(&p, offset);
    g->arena_bytes = r.bytes;
    g->lower_bound_bytes = r.lower_bound_bytes;
    g->plan_is_optimal = r.is_optimal;
    g->greedy_bytes = pack_greedy_bytes(&problem);
    g->state_bytes = state_bytes(g);
    arena_free(&scratch);
    return OK;
}
