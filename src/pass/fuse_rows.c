/* Lets layers run together row by row, so that of an image between two of them only those rows are in
 * memory that the next layer still reads (line buffers, as in fused-layer CNN accelerators, Alwani
 * et al. 2016; no row is computed twice). Which layers: those whose arena comes out smallest.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

/* A segment must make the arena smaller by this part, because calls for single rows cost time. */
enum { WORTH = 32, SEARCH_NODES = 256, SEGMENTS = 8 };


/* The search over one graph. */
typedef struct Search {
    Graph *g;
    Arena own;
    int32_t *last_reader; /* by TensorId: last node that reads the storage; node_count: others than nodes do too */
    Call **whole, **gather; /* by node: its calls as lowered; those that take a row at a time, or NULL */
    int32_t segment;        /* the number of the next one */
} Search;

static void find_readers(Search *s)
{
    Graph *g = s->g;
    s->last_reader = NEW(&s->own, int32_t, g->tensor_count);
    for (int32_t i = 0; i < g->node_count; i++) {
        for (int32_t k = 0; k < g->node[i].in_count; k++) {
            TensorId id = g->node[i].in[k];
            s->last_reader[id == 0 ? 0 : tensor_root(g, id, NULL)] = i;
        }
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor(g, id)->alias_of != 0 || graph_is_output(g, id)) {
            s->last_reader[tensor_root(g, id, NULL)] = g->node_count;
        }
    }
}

static void find_gathers(Search *s)
{
    Graph *g = s->g;
    s->whole = NEW(&s->own, Call *, g->node_count + 1);
    s->gather = NEW(&s->own, Call *, g->node_count + 1);
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        s->whole[i] = n->calls;
        bool may = op_of(n)->gather_rows != NULL && g->feed != FEED_STEPS;
        s->gather[i] = may ? op_of(n)->gather_rows(g, n) : NULL;
    }
}

/* Node I reads an image that nodes FIRST .. I - 1 make, or the rows that the caller brings. */
static bool reads_segment(const Search *s, int32_t first, int32_t i)
{
    const Graph *g = s->g;
    for (int32_t k = 0; k < g->node[i].in_count; k++) {
        TensorId id = g->node[i].in[k];
        int32_t producer = id == 0 ? -1 : graph_producer(g, id);
        if ((producer >= first && producer < i) || (g->feed != FEED_WHOLE && first == 0 && graph_is_input(g, id))) {
            return true;
        }
    }
    return false;
}

/* All images between FIRST and LAST are read there alone, and the last layer reads one of them. */
static bool is_closed(const Search *s, int32_t first, int32_t last)
{
    const Graph *g = s->g;
    for (int32_t i = first; i < last; i++) {
        if (s->last_reader[g->node[i].out[0]] > last) {
            return false;
        }
    }
    bool is_fed_here = g->feed != FEED_WHOLE && first == 0;
    return reads_segment(s, first, last) && (!is_fed_here || s->last_reader[g->input[0]] <= last);
}

/* Marks nodes FIRST .. LAST, and gives each image between them as many rows as are needed at once. */
static void mark(Search *s, int32_t first, int32_t last)
{
    Graph *g = s->g;
    for (int32_t i = first; i <= last; i++) {
        g->node[i].segment = s->segment;
    }
    g->node[last].calls = s->gather[last] != NULL ? s->gather[last] : s->whole[last];
    RowWalk w = row_walk(g, first);
    if (g->feed == FEED_STEPS && w.node[0] < 0) {
        StepPlan p = step_plan(&w);
        for (int32_t i = 0; i + 1 < w.count; i++) {
            tensor(g, row_walk_output(g, &w, i))->ring = p.ring[i];
        }
        return;
    }
    int32_t ring[SEGMENT_LAYERS + 1] = {0};
    for (int32_t i = row_walk_next(&w); i >= 0; i = row_walk_next(&w)) {
        w.done[i]++;
        int32_t rows = w.done[i] - row_walk_first(&w, i);
        ring[i] = rows > ring[i] ? rows : ring[i];
    }
    for (int32_t i = 0; i + 1 < w.count; i++) {
        tensor(g, row_walk_output(g, &w, i))->ring = ring[i] > 0 ? ring[i] : 1;
    }
}

static void unmark(Search *s, int32_t first, int32_t last)
{
    Graph *g = s->g;
    for (int32_t i = first; i <= last; i++) {
        g->node[i].segment = 0;
        if (i < last) {
            tensor(g, g->node[i].out[0])->ring = 0;
        }
    }
    if (first == 0 && g->feed != FEED_WHOLE) {
        tensor(g, g->input[0])->ring = 0;
    }
    g->node[last].calls = s->whole[last];
}

/* The best segment to add, by the arena of a quick plan; false if none is below LIMIT bytes. One that takes the
 * input row by row begins with node 0. */
static bool find_segment(Search *s, int64_t limit, int32_t *best_first, int32_t *best_last)
{
    Graph *g = s->g;
    bool found = false;
    bool must_feed = g->feed != FEED_WHOLE && !is_fed(g);
    bool slides = must_feed && g->feed == FEED_STEPS; /* then as many layers as can */
    for (int32_t first = 0; first < (must_feed ? 1 : g->node_count); first++) {
        for (int32_t last = first; last < g->node_count && last - first < SEGMENT_LAYERS; last++) {
            RowLayer l;
            bool is_whole = g->node[last].segment == 0 && row_layer(g, &g->node[last], &l);
            bool ends = g->node[last].segment != 0 || !is_whole || (slides && !row_slides(&l));
            if (ends && (s->gather[last] == NULL || g->node[last].segment != 0)) {
                break;
            }
            if (is_closed(s, first, last)) {
                mark(s, first, last);
                int64_t bytes = slides ? -last : plan_peak(g);
                unmark(s, first, last);
                if (bytes < limit) {
                    limit = bytes;
                    *best_first = first;
                    *best_last = last;
                    found = true;
                }
            }
            if (ends || s->gather[last] != NULL) {
                break;
            }
        }
    }
    return found;
}

/* The calls of a segment's layers, for single rows. */
static void prepare(Graph *g, int32_t first, int32_t last)
{
    if (g->feed == FEED_STEPS && first == 0) {
        RowWalk w = row_walk(g, first);
        StepPlan p = step_plan(&w);
        step_prepare(g, &w, &p);
        return;
    }
    for (int32_t i = first; i <= last; i++) {
        Node *n = &g->node[i];
        RowLayer l;
        if (row_layer(g, n, &l)) {
            int32_t in = tensor(g, n->in[0])->ring, out = tensor(g, n->out[0])->ring;
            row_prepare(n, &l, in > 0 ? in : l.in_rows, out > 0 ? out : l.out_rows);
        }
    }
}

static void search(Search *s)
{
    Graph *g = s->g;
    int64_t peak = plan_final_peak(g);
    int32_t first = 0, last = 0;
    bool must_feed = g->feed != FEED_WHOLE;
    for (s->segment = 1; s->segment <= SEGMENTS; s->segment++) {
        if (!must_feed && (!g->may_fuse_rows || peak <= g->enough_bytes)) {
            break;
        }
        int64_t limit = must_feed ? INT64_MAX : peak - peak / WORTH;
        if (!find_segment(s, limit, &first, &last)) {
            break;
        }
        mark(s, first, last);
        peak = plan_final_peak(g);
        if (peak >= limit) { /* the quick plan had promised more */
            unmark(s, first, last);
            break;
        }
        prepare(g, first, last);
        must_feed = false;
    }
}

// needs: run order, aliases, calls   gives: Node.segment, Tensor.ring, calls for single rows there
// breaks: whatever takes such calls for whole layers; only if Graph.may_fuse_rows, or if the input comes row by row
Status pass_fuse_rows(Graph *g, Diag *d)
{
    bool is_wanted = g->may_fuse_rows || g->feed != FEED_WHOLE;
    if (is_wanted && g->node_count <= SEARCH_NODES && (g->feed == FEED_WHOLE || g->input_count == 1)) {
        Search s = {.g = g};
        find_readers(&s);
        find_gathers(&s);
        search(&s);
        arena_free(&s.own);
    }
    if (g->feed != FEED_WHOLE && !is_fed(g)) {
        const Node *n = g->node_count > 0 ? &g->node[0] : NULL;
        if (g->feed == FEED_STEPS) {
            return fail(d, ERR_UNSUPPORTED,
                        "the input's window cannot slide by rows: the first layer%s%s%s must be a convolution, pool or "
                        "elementwise layer over one image [1, steps, width, channels], without padding and with stride "
                        "1 along the steps",
                        n == NULL ? "" : " (", n == NULL ? "" : n->kind->name, n == NULL ? "" : ")");
        }
        return fail(d, ERR_UNSUPPORTED,
                    "the input cannot come row by row: the first layer%s%s%s and all that read the same image must "
                    "be convolutions, pools or elementwise layers over one image [1, height, width, channels]",
                    n == NULL ? "" : " (", n == NULL ? "" : n->kind->name, n == NULL ? "" : ")");
    }
    return OK;
}
