/* Turns a PAD of zeros into the explicit padding of the window operator behind it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass_util.h"

enum { TOP, LEFT, BOTTOM, RIGHT, SIDES };
static const char *const side_names[SIDES] = {"pad_top", "pad_left", "pad_bottom", "pad_right"};

static bool same_quant(const Tensor *a, const Tensor *b)
{
    if (a->type != b->type || a->q.count != b->q.count || a->q.count > 1) {
        return false;
    }
    return a->q.count == 0 || (a->q.scale[0] == b->q.scale[0] && a->q.zero[0] == b->q.zero[0]);
}

/* The value that PAD writes is real zero. */
static bool pads_with_zero(const Graph *g, const Node *pad)
{
    const Tensor *x = node_in(g, pad, 0);
    const Tensor *value = node_in(g, pad, 2);
    if (value == NULL) {
        return true;
    }
    double zero = x->q.count == 0 ? 0.0 : (double)x->q.zero[0];
    return tensor_is_const(value) && value->type == x->type && shape_count(&value->shape) == 1 &&
           const_value(value, 0) == zero;
}

/* Counts of PAD around height and width; false if it does something else. */
static bool read_sides(const Graph *g, const Node *pad, int32_t side[SIDES])
{
    const Tensor *x = node_in(g, pad, 0);
    const Tensor *counts = node_in(g, pad, 1);
    if (x->shape.rank != 4 || counts == NULL || !tensor_is_const(counts) ||
        shape_count(&counts->shape) != 8) {
        return false;
    }
    double v[8];
    for (int32_t i = 0; i < 8; i++) {
        v[i] = const_value(counts, i);
        if (!(v[i] >= 0 && v[i] <= INT16_MAX)) {
            return false;
        }
    }
    side[TOP] = (int32_t)v[2];
    side[BOTTOM] = (int32_t)v[3];
    side[LEFT] = (int32_t)v[4];
    side[RIGHT] = (int32_t)v[5];
    return v[0] == 0 && v[1] == 0 && v[6] == 0 && v[7] == 0;
}

/* The only reader of ID, if it is a window operator that takes it as its image; else NULL. */
static Node *window_behind(Graph *g, TensorId id)
{
    if (graph_use_count(g, id) != 1) {
        return NULL;
    }
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *n = &g->node[i];
        if (!n->is_dead && (op_of(n)->traits & TRAIT_WINDOW) != 0 && n->in[0] == id) {
            return n;
        }
    }
    return NULL;
}

/* Gives the padding to the window; undone if its rule then refuses it or makes another shape. */
static bool hand_over(Graph *g, const Node *pad, Node *window, const int32_t side[SIDES])
{
    int32_t padding = attr_int(window, "padding", PAD_SAME);
    if (padding == PAD_SAME) {
        return false;
    }
    void *before = arena_memdup(&g->arena, window->attr, window->kind->attr_bytes);
    bool fits = attr_set_int(window, "padding", PAD_EXPLICIT);
    for (int32_t i = 0; i < SIDES; i++) {
        int32_t more = padding == PAD_EXPLICIT ? attr_int(window, side_names[i], 0) : 0;
        fits = attr_set_int(window, side_names[i], side[i] + more) && fits;
    }
    Tensor *y = node_out(g, window, 0);
    Shape shape = y->shape;
    window->in[0] = pad->in[0];
    Diag ignored = {0};
    fits = fits && attr_check(g, window, &ignored) == OK &&
           op_of(window)->infer(g, window, &ignored) == OK &&
           shape_equal(&node_out(g, window, 0)->shape, &shape);
    diag_clear(&ignored);
    if (!fits) {
        window->attr = before;
        window->in[0] = pad->out[0];
        node_out(g, window, 0)->shape = shape;
    }
    return fits;
}

// needs: shapes, constants folded   gives: fewer nodes   breaks: calls, plan
Status pass_fuse_pad(Graph *g, Diag *d)
{
    (void)d;
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *pad = &g->node[i];
        int32_t side[SIDES];
        if ((op_of(pad)->traits & TRAIT_PADS) == 0 ||
            !same_quant(node_in(g, pad, 0), node_out(g, pad, 0)) || !pads_with_zero(g, pad) ||
            !read_sides(g, pad, side)) {
            continue;
        }
        Node *window = window_behind(g, pad->out[0]);
        pad->is_dead = window != NULL && hand_over(g, pad, window, side);
    }
    graph_sweep(g);
    return OK;
}
