/* Lets layers run together row by row, so that of an image between two of them only those rows are in
 * memory that the next layer still reads (line buffers, as in fused-layer CNN accelerators, Alwani
 * et al. 2016; no row is computed twice). Which layers: those whose arena comes out smallest.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

/* A segment must make the arena smaller by this part, because calls for single rows cost time. */
enum { WORTH = 32, SEARCH_NODES = 256, SEGMENTS = 8 };

/* Node I hands its output to node I + 1 and to nobody else. */
static bool is_link(const Graph *g, int32_t i)
{
    RowLayer a, b;
    const Node *n = &g->node[i], *next = &g->node[i + 1];
    if (n->segment != 0 || next->segment != 0 || !row_layer(g, n, &a) || !row_layer(g, next, &b) ||
        next->in[0] != n->out[0] || graph_use_count(g, n->out[0]) != 1) {
        return false;
    }
    for (TensorId id = 1; id < g->tensor_count; id++) {
        if (tensor(g, id)->alias_of == n->out[0]) {
            return false;
        }
    }
    return true;
}

/* Marks nodes FIRST .. LAST, and gives each image between them as many rows as are needed at once. */
static void mark(Graph *g, int32_t first, int32_t last, int32_t segment)
{
    for (int32_t i = first; i <= last; i++) {
        g->node[i].segment = segment;
    }
    RowWalk w = row_walk(g, first);
    int32_t ring[SEGMENT_LAYERS] = {0};
    for (int32_t i = row_walk_next(&w); i >= 0; i = row_walk_next(&w)) {
        w.done[i]++;
        if (i + 1 < w.count) {
            int32_t rows = w.done[i] - row_first(&w.layer[i + 1], w.done[i + 1]);
            ring[i] = rows > ring[i] ? rows : ring[i];
        }
    }
    for (int32_t i = 0; i + 1 < w.count; i++) {
        tensor(g, g->node[first + i].out[0])->ring = ring[i];
    }
}

static void unmark(Graph *g, int32_t first, int32_t last)
{
    for (int32_t i = first; i <= last; i++) {
        g->node[i].segment = 0;
        if (i < last) {
            tensor(g, g->node[i].out[0])->ring = 0;
        }
    }
}

/* The best segment to add, by the arena of a quick plan; false if none is below LIMIT bytes. */
static bool find_segment(Graph *g, int64_t limit, int32_t segment, int32_t *best_first, int32_t *best_last)
{
    bool found = false;
    for (int32_t first = 0; first + 1 < g->node_count; first++) {
        int32_t last = first;
        while (last + 1 < g->node_count && last + 1 - first < SEGMENT_LAYERS && is_link(g, last)) {
            last++;
            mark(g, first, last, segment);
            int64_t bytes = plan_peak(g);
            unmark(g, first, last);
            if (bytes < limit) {
                limit = bytes;
                *best_first = first;
                *best_last = last;
                found = true;
            }
        }
    }
    return found;
}

/* The calls of a segment's layers, for single rows. */
static void prepare(Graph *g, int32_t first, int32_t last)
{
    for (int32_t i = first; i <= last; i++) {
        Node *n = &g->node[i];
        RowLayer l;
        if (row_layer(g, n, &l)) {
            int32_t in = tensor(g, n->in[0])->ring, out = tensor(g, n->out[0])->ring;
            row_prepare(n, &l, in > 0 ? in : l.in_rows, out > 0 ? out : l.out_rows);
        }
    }
}

// needs: run order, aliases, calls   gives: Node.segment, Tensor.ring, calls for single rows there
// breaks: whatever takes such calls for whole layers; only if Graph.may_fuse_rows
Status pass_fuse_rows(Graph *g, Diag *d)
{
    (void)d;
    if (!g->may_fuse_rows || g->node_count > SEARCH_NODES) {
        return OK;
    }
    int64_t peak = plan_final_peak(g);
    int32_t first = 0, last = 0;
    for (int32_t segment = 1; segment <= SEGMENTS && peak > g->enough_bytes; segment++) {
        int64_t limit = peak - peak / WORTH;
        if (!find_segment(g, limit, segment, &first, &last)) {
            break;
        }
        mark(g, first, last, segment);
        peak = plan_final_peak(g);
        if (peak >= limit) { /* the quick plan had promised more */
            unmark(g, first, last);
            break;
        }
        prepare(g, first, last);
    }
    return OK;
}
