/* A signal whose time runs along the width of an image of height 1 becomes one whose time runs along the height: the
 * same bytes, and now each step is a row, which can come by itself (Graph.feed).
 * SPDX-License-Identifier: Apache-2.0 */
#include "pass/pass.h"

static bool is_flat(const Shape *s)
{
    return s->rank == 4 && s->dim[0] == 1 && s->dim[1] == 1 && s->dim[2] > 1;
}

static void turn_shape(Shape *s)
{
    int32_t height = s->dim[1];
    s->dim[1] = s->dim[2];
    s->dim[2] = height;
}

/* Constants of the same bytes when turned: one scalar or number a channel stays as it is, a kernel has one row or
 * column and no other reader. */
static bool turns_const(const Graph *g, TensorId id)
{
    const Shape *s = &tensor(g, id)->shape;
    bool is_plain = shape_count(s) == shape_dim_back(s, 0);
    return is_plain || (s->rank == 4 && (s->dim[1] == 1 || s->dim[2] == 1) && graph_use_count(g, id) == 1);
}

static bool turns(const Graph *g, const Node *n, const bool *is_turned)
{
    uint32_t traits = op_of(n)->traits;
    bool takes_rows = (traits & (TRAIT_WINDOW | TRAIT_ROWS)) != 0 && is_turned[n->in[0]];
    if ((!takes_rows && (traits & TRAIT_ELEMENTWISE) == 0) || n->out_count != 1 ||
        !is_flat(&tensor(g, n->out[0])->shape)) {
        return false;
    }
    for (int32_t k = 0; k < n->in_count; k++) {
        TensorId id = n->in[k];
        if (id != 0 && !is_turned[id] && (!tensor_is_const(tensor(g, id)) || !turns_const(g, id))) {
            return false;
        }
    }
    return true;
}

static void turn_attrs(Node *n)
{
    static const char *const pairs[][2] = {{"stride_h", "stride_w"}, {"dilation_h", "dilation_w"},
                                           {"filter_h", "filter_w"}, {"pad_top", "pad_left"},
                                           {"pad_bottom", "pad_right"}};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        int32_t high = attr_int(n, pairs[i][0], 1), wide = attr_int(n, pairs[i][1], 1);
        (void)attr_set_int(n, pairs[i][0], wide);
        (void)attr_set_int(n, pairs[i][1], high);
    }
}

/* Marks what reads the input and its like, up to views; false if a node among them knows rows from columns. */
static bool mark(const Graph *g, bool *is_turned)
{
    is_turned[g->input[0]] = true;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        bool reads = false;
        for (int32_t k = 0; k < n->in_count; k++) {
            reads = reads || is_turned[n->in[k]];
        }
        if (!reads || (op_of(n)->traits & TRAIT_VIEW) != 0) {
            continue;
        }
        if (!turns(g, n, is_turned)) {
            return false;
        }
        is_turned[n->out[0]] = true;
    }
    return true;
}

// needs: shapes   gives: images of height 1 as images of width 1; only if the input comes row by row or by steps
// breaks: nothing; the bytes of inputs and outputs stay
Status pass_turn_rows(Graph *g, Diag *d)
{
    if (g->feed == FEED_WHOLE || g->input_count != 1 || !is_flat(&tensor(g, g->input[0])->shape)) {
        return OK;
    }
    Arena own = {0};
    bool *is_turned = NEW(&own, bool, g->tensor_count);
    Status status = OK;
    if (mark(g, is_turned)) {
        turn_shape(&tensor(g, g->input[0])->shape);
        for (int32_t i = 0; i < g->node_count && status == OK; i++) {
            Node *n = &g->node[i];
            if (n->out_count != 1 || !is_turned[n->out[0]]) {
                continue;
            }
            for (int32_t k = 0; k < n->in_count; k++) {
                Tensor *t = n->in[k] == 0 ? NULL : tensor(g, n->in[k]);
                bool is_kernel = t != NULL && tensor_is_const(t) && t->shape.rank == 4;
                if (is_kernel && (t->shape.dim[1] > 1 || t->shape.dim[2] > 1)) {
                    turn_shape(&t->shape);
                }
            }
            turn_attrs(n);
            status = op_of(n)->infer(g, n, d);
        }
    }
    arena_free(&own);
    return status;
}
