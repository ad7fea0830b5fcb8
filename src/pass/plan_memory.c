/* Places every activation and every scratch array in the arena. The problem is stated here, pack.c
 * solves it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pack.h"
#include "pass/pass_util.h"

#include <assert.h>

enum { PLAN_EFFORT = 10 };

typedef struct ScratchPlace {
    Arg *arg;
    int32_t item;
    int64_t inside; /* bytes from the item's start */
} ScratchPlace;

typedef struct Plan {
    Graph *g;
    PackItem *item;
    int32_t item_count;
    PackOverlap *overlap;
    int32_t overlap_count;
    int32_t *item_of;    /* by TensorId of a root, -1: not in the arena */
    TensorId *tensor_of; /* by item; 0: scratch */
    ScratchPlace *scratch;
    int32_t scratch_count;
} Plan;

/* Steps: 0 is before the first node (inputs are written), node i runs at i + 1, the last one is
 * after it (outputs are read). Layers that run together share the step of their first one. */
static int32_t step_of(const Graph *g, int32_t node)
{
    return segment_first(g, node) + 1;
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

/* SHARED: the item for scratch of layers that run together, since only one of them runs at a time; -1: a new one. */
static void add_scratch(Plan *p, Node *n, int32_t step, int32_t shared)
{
    for (Call *c = n->calls; c != NULL; c = c->next) {
        int64_t used = 0;
        for (int32_t i = 0; i < c->arg_count; i++) {
            Arg *a = &c->arg[i];
            if (a->kind != ARG_SCRATCH) {
                continue;
            }
            int64_t align = larger(type_bytes(a->type), 4), bytes = (int64_t)a->count * type_bytes(a->type);
            int32_t item = a->is_kept ? -1 : shared;
            int64_t inside = item < 0 ? 0 : (used + align - 1) / align * align;
            if (item < 0) {
                item = p->item_count++;
                p->item[item] = (PackItem){bytes, align, step, step};
            } else {
                used = inside + bytes;
                p->item[item].bytes = larger(p->item[item].bytes, used);
                p->item[item].align = larger(p->item[item].align, align);
            }
            p->scratch[p->scratch_count++] = (ScratchPlace){a, item, inside};
        }
    }
}

/* The item for the scratch of a segment that begins with node FIRST; -1: it has none to share. */
static int32_t shared_scratch(Plan *p, int32_t first)
{
    const Graph *g = p->g;
    for (int32_t i = first; i < g->node_count && g->node[i].segment == g->node[first].segment; i++) {
        for (const Call *c = g->node[i].calls; c != NULL; c = c->next) {
            for (int32_t k = 0; k < c->arg_count; k++) {
                if (c->arg[k].kind == ARG_SCRATCH && !c->arg[k].is_kept) {
                    p->item[p->item_count] = (PackItem){0, 4, first + 1, first + 1};
                    return p->item_count++;
                }
            }
        }
    }
    return -1;
}

static void find_items(Plan *p)
{
    Graph *g = p->g;
    for (int32_t i = 0; i < g->input_count; i++) {
        touch(p, g->input[i], 0);
    }
    int32_t shared = -1;
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *n = &g->node[i];
        if (n->segment == 0) {
            shared = -1;
        } else if (segment_first(g, i) == i) {
            shared = shared_scratch(p, i);
        }
        for (int32_t k = 0; k < n->in_count; k++) {
            touch(p, n->in[k], step_of(g, i));
        }
        for (int32_t k = 0; k < n->out_count; k++) {
            touch(p, n->out[k], step_of(g, i));
        }
        add_scratch(p, n, step_of(g, i), shared);
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        touch(p, g->output[i], step_of(g, g->node_count));
    }
    if (g->feed == FEED_STEPS && is_fed(g)) { /* rows live from step to step */
        RowWalk w = row_walk(g, 0);
        for (int32_t i = 0; i < w.count; i++) {
            touch(p, row_walk_output(g, &w, i), 0);
            touch(p, row_walk_output(g, &w, i), step_of(g, g->node_count));
        }
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

/* The first byte of image ID that layers of the walk still read; -1: none does. */
static int64_t first_byte_read(const Graph *g, const RowWalk *w, TensorId id)
{
    int64_t first = -1;
    for (int32_t i = 0; i < w->count; i++) {
        const Node *n = w->node[i] < 0 ? NULL : &g->node[w->node[i]];
        const RowLayer *l = &w->layer[i];
        for (int32_t k = 0; n != NULL && k < n->in_count && w->done[i] < l->out_rows; k++) {
            int64_t at = row_first(l, w->done[i]) * l->in_row_bytes;
            first = n->in[k] == id && (first < 0 || at < first) ? at : first;
        }
    }
    return first;
}

/* How far below image X, which a segment reads, its output may begin: each row that is written must end below
 * the first row of X that is read later. */
static int64_t segment_overlap(const Graph *g, int32_t first, TensorId x)
{
    RowWalk w = row_walk(g, first);
    int32_t last = w.count - 1;
    for (int32_t i = row_walk_next(&w); i >= 0; i = row_walk_next(&w)) {
        w.done[i]++;
    }
    for (int32_t i = 0; i < w.count; i++) { /* rows that nobody asks for are not made, nor read for */
        w.layer[i].out_rows = w.done[i];
    }
    memset(w.done, 0, sizeof w.done);
    int64_t distance = INT64_MIN / 4;
    for (int32_t i = row_walk_next(&w); i >= 0; i = row_walk_next(&w)) {
        const RowLayer *l = &w.layer[i];
        w.done[i]++;
        int64_t read = first_byte_read(g, &w, x);
        if (i == last && read >= 0 && !l->gathers) { /* which writes when all is read */
            distance = larger(distance, w.done[i] * l->out_row_bytes - read);
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

/* The image ID, which the segment that node LAST ends reads, and its output. */
static void add_segment_overlap(Plan *p, TensorId id, int32_t last)
{
    const Graph *g = p->g;
    int32_t first = segment_first(g, last), step = first + 1;
    int32_t x = item_of(p, id), y = item_of(p, g->node[last].out[0]);
    if (x < 0 || y < 0 || x == y || p->item[x].last != step || p->item[y].first != step ||
        tensor(g, id)->ring > 0 || tensor_bytes(tensor(g, id)) != p->item[x].bytes) {
        return;
    }
    int64_t begin = 0, distance = segment_overlap(g, first, id);
    (void)tensor_root(g, g->node[last].out[0], &begin);
    distance = distance < p->item[y].bytes ? distance : p->item[y].bytes;
    add_overlap(p, x, y, begin > 0 ? p->item[y].bytes : distance, p->item[x].bytes);
}

/* All images that a segment reads and does not make itself. */
static void add_segment_overlaps(Plan *p, int32_t last)
{
    const Graph *g = p->g;
    for (int32_t i = segment_first(g, last); is_segment_end(g, &g->node[last]) && i <= last; i++) {
        for (int32_t k = 0; k < g->node[i].in_count; k++) {
            TensorId id = g->node[i].in[k];
            if (id != 0 && (graph_producer(g, id) < segment_first(g, last))) {
                add_segment_overlap(p, id, last);
            }
        }
    }
}

static void find_overlaps(Plan *p)
{
    const Graph *g = p->g;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        if (n->segment > 0) {
            add_segment_overlaps(p, i);
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
    for (int32_t i = 0; i < p->scratch_count; i++) {
        p->scratch[i].arg->offset = offset[p->scratch[i].item] + p->scratch[i].inside;
    }
}

/* Counters of rows, which live from one row that is brought to the next. */
static int64_t feed_state_bytes(const Graph *g)
{
    if (g->feed == FEED_STEPS && is_fed(g)) {
        return sizeof(int32_t);
    }
    return is_fed(g) ? (int64_t)sizeof(int32_t) * row_walk(g, 0).count : 0;
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
    return bytes + feed_state_bytes(g);
}

static void count_items(const Graph *g, int32_t *items, int32_t *overlaps)
{
    *items = 2 * g->tensor_count + g->node_count;
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
        .scratch = NEW(arena, ScratchPlace, items),
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
    g->state_bytes = state_bytes(g) + (graph_gives_events(g) ? (int64_t)sizeof(int32_t) : 0); /* NAME_push counts */
    arena_free(&scratch);
    return OK;
}
