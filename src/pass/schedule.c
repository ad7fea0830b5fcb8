/* Chooses the order in which operators run: the one with the least memory, the file's where no
 * other is better. A dynamic program over the sets of operators already run (Liberis and Lane,
 * arXiv 1910.05110): of all orders that run the same set only the one with the lowest peak so far
 * can be part of the best.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

enum { MAX_STATES = 5000, SLOTS = 65536, MAX_NODES = 512 };

typedef struct State { /* a set of operators that have run */
    uint64_t *done;    /* one bit a node */
    int64_t peak;      /* least memory with which they can have run */
    int32_t parent;    /* state before the last of them */
    int32_t last;      /* that operator */
    int32_t next;      /* chain of the hash table, -1: end */
} State;

typedef struct Scheduler {
    Graph *g;
    Arena arena;
    int32_t n;
    int32_t words;     /* of a set */
    uint64_t **before; /* by node: operators that must have run */
    int32_t **readers; /* by TensorId of a root: nodes that touch it, -1 ends */
    bool *stays;       /* by TensorId of a root: to the end */
    State *state;
    int32_t state_count;
    int32_t *slot;
} Scheduler;

static bool has(const uint64_t *set, int32_t i)
{
    return (set[i / 64] >> (i % 64) & 1u) != 0;
}

static void add(uint64_t *set, int32_t i)
{
    set[i / 64] |= UINT64_C(1) << (i % 64);
}

static TensorId root_of(const Scheduler *s, TensorId id)
{
    if (id == 0) {
        return 0;
    }
    TensorId root = tensor_root(s->g, id, NULL);
    return tensor_is_activation(tensor(s->g, root)) ? root : 0;
}

static bool touches(const Scheduler *s, const Node *n, TensorId root)
{
    for (int32_t k = 0; k < n->in_count; k++) {
        if (root_of(s, n->in[k]) == root) {
            return true;
        }
    }
    for (int32_t k = 0; k < n->out_count; k++) {
        if (root_of(s, n->out[k]) == root) {
            return true;
        }
    }
    return false;
}

static void find_readers(Scheduler *s)
{
    const Graph *g = s->g;
    s->readers = NEW(&s->arena, int32_t *, g->tensor_count);
    s->stays = NEW(&s->arena, bool, g->tensor_count);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (root_of(s, id) != id) {
            continue;
        }
        int32_t *list = NEW(&s->arena, int32_t, s->n + 1);
        int32_t count = 0;
        for (int32_t i = 0; i < s->n; i++) {
            if (touches(s, &g->node[i], id)) {
                list[count++] = i;
            }
        }
        list[count] = -1;
        s->readers[id] = list;
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        s->stays[root_of(s, g->output[i])] = true;
    }
}

/* Data flow, and stateful operators among each other as in the file. */
static void find_order_rules(Scheduler *s)
{
    const Graph *g = s->g;
    int32_t stateful = -1;
    s->before = NEW(&s->arena, uint64_t *, s->n);
    for (int32_t i = 0; i < s->n; i++) {
        const Node *n = &g->node[i];
        s->before[i] = NEW(&s->arena, uint64_t, s->words);
        for (int32_t k = 0; k < n->in_count; k++) {
            int32_t producer = n->in[k] == 0 ? -1 : graph_producer(g, n->in[k]);
            if (producer >= 0) {
                add(s->before[i], producer);
            }
        }
        if ((op_of(n)->traits & TRAIT_STATEFUL) != 0) {
            if (stateful >= 0) {
                add(s->before[i], stateful);
            }
            stateful = i;
        }
    }
}

static bool includes(const Scheduler *s, const uint64_t *set, const uint64_t *subset)
{
    for (int32_t w = 0; w < s->words; w++) {
        if ((subset[w] & ~set[w]) != 0) {
            return false;
        }
    }
    return true;
}

/* ID's storage holds something once DONE have run. */
static bool is_live(const Scheduler *s, TensorId root, const uint64_t *done)
{
    bool begun = graph_is_input(s->g, root);
    bool needed = s->stays[root];
    for (const int32_t *i = s->readers[root]; *i >= 0; i++) {
        begun = begun || has(done, *i);
        needed = needed || !has(done, *i);
    }
    return begun && needed;
}

/* Bytes of an input that dies and of the output that may lie across it. */
static int64_t union_bytes(int64_t x, int64_t y, int64_t distance)
{
    int64_t reach = distance > 0 ? distance + x : x;
    reach = reach > y ? reach : y;
    return reach < x + y ? reach : x + y;
}

/* Memory while node I runs after DONE: a lower estimate that sees one overlap. */
static int64_t bytes_during(const Scheduler *s, const uint64_t *done, int32_t i, uint64_t *after)
{
    const Graph *g = s->g;
    const Node *n = &g->node[i];
    memcpy(after, done, sizeof *after * (size_t)s->words);
    add(after, i);
    int64_t sum = 0;
    int64_t saved = 0;
    TensorId y = n->out_count > 0 ? root_of(s, n->out[0]) : 0;
    bool y_is_new = y != 0 && !is_live(s, y, done);
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (s->readers[id] != NULL &&
            (is_live(s, id, done) || is_live(s, id, after) || touches(s, n, id))) {
            sum += tensor_bytes(tensor(g, id));
        }
    }
    for (int32_t k = 0; k < n->in_count && y_is_new; k++) {
        TensorId x = root_of(s, n->in[k]);
        if (x == 0 || x == y || is_live(s, x, after)) {
            continue;
        }
        int64_t x_bytes = tensor_bytes(tensor(g, x));
        int64_t y_bytes = tensor_bytes(tensor(g, y));
        int64_t distance = op_of(n)->overlap == NULL ? y_bytes : op_of(n)->overlap(g, n, k);
        int64_t save = x_bytes + y_bytes - union_bytes(x_bytes, y_bytes, distance);
        saved = save > saved ? save : saved;
    }
    return sum - saved;
}

static uint32_t hash(const Scheduler *s, const uint64_t *set)
{
    uint64_t h = 0;
    for (int32_t w = 0; w < s->words; w++) {
        h = (h ^ set[w]) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    return (uint32_t)(h % SLOTS);
}

/* Enters a set or lowers its peak; false if there are too many. */
static bool enter(Scheduler *s, const uint64_t *set, int64_t peak, int32_t parent, int32_t last)
{
    uint32_t at = hash(s, set);
    for (int32_t k = s->slot[at]; k >= 0; k = s->state[k].next) {
        State *known = &s->state[k];
        if (memcmp(known->done, set, sizeof *set * (size_t)s->words) == 0) {
            if (peak < known->peak) {
                known->peak = peak;
                known->parent = parent;
                known->last = last;
            }
            return true;
        }
    }
    if (s->state_count == MAX_STATES) {
        return false;
    }
    State *fresh = &s->state[s->state_count];
    *fresh = (State){.peak = peak, .parent = parent, .last = last, .next = s->slot[at]};
    fresh->done = arena_memdup(&s->arena, set, sizeof *set * (size_t)s->words);
    s->slot[at] = s->state_count++;
    return true;
}

/* Sets are made in the order of their size, so that a set is final when it is reached. */
static bool explore(Scheduler *s)
{
    s->state = NEW(&s->arena, State, MAX_STATES);
    s->slot = NEW(&s->arena, int32_t, SLOTS);
    memset(s->slot, 0xFF, sizeof *s->slot * SLOTS);
    uint64_t *none = NEW(&s->arena, uint64_t, s->words);
    uint64_t *after = NEW(&s->arena, uint64_t, s->words);
    (void)enter(s, none, 0, -1, -1);
    for (int32_t k = 0; k < s->state_count; k++) {
        for (int32_t i = 0; i < s->n; i++) {
            const uint64_t *done = s->state[k].done;
            if (has(done, i) || !includes(s, done, s->before[i])) {
                continue;
            }
            int64_t during = bytes_during(s, done, i, after);
            int64_t peak = during > s->state[k].peak ? during : s->state[k].peak;
            if (!enter(s, after, peak, k, i)) {
                return false;
            }
        }
    }
    return true;
}

/* Nodes in the order that leads to the last state (all have run). */
static Node *best_order(const Scheduler *s)
{
    Node *order = NEW(&s->g->arena, Node, s->n);
    int32_t at = s->n;
    for (int32_t k = s->state_count - 1; k > 0; k = s->state[k].parent) {
        order[--at] = s->g->node[s->state[k].last];
    }
    return order;
}

/* A chain has one order. */
static bool has_choice(const Scheduler *s)
{
    for (int32_t i = 1; i < s->n; i++) {
        if (!has(s->before[i], i - 1)) {
            return true;
        }
    }
    return false;
}

// needs: shapes   gives: run order   breaks: calls, plan, aliases
Status pass_schedule(Graph *g, Diag *d)
{
    (void)d;
    alias_views(g);
    Scheduler s = {.g = g, .n = g->node_count, .words = g->node_count / 64 + 1};
    if (s.n < 2 || s.n > MAX_NODES) {
        return OK;
    }
    find_order_rules(&s);
    if (has_choice(&s)) {
        find_readers(&s);
        if (explore(&s)) {
            Node *file_order = g->node;
            int32_t capacity = g->node_capacity;
            int64_t peak = plan_peak(g);
            g->node = best_order(&s);
            g->node_capacity = s.n;
            if (plan_peak(g) >= peak) {
                g->node = file_order;
                g->node_capacity = capacity;
            }
        }
    }
    arena_free(&s.arena);
    return OK;
}
