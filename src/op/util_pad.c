/* The table of pads, the padded shape, fill and copy.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pad.h"

Status const_pads(const Graph *g, const Node *n, int32_t i, const char *role, int32_t rows,
                  Pads *out, Diag *d)
{
    const Tensor *t = node_in(g, n, i);
    if (t == NULL || !tensor_is_const(t)) {
        return fail_node(g, n, d, ERR_UNSUPPORTED,
                         "the %s must be a constant; export the model with fixed shapes", role);
    }
    TRY(check_type(g, n, t, TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64), role, d));
    if (t->shape.rank != 2 || t->shape.dim[0] != rows || t->shape.dim[1] != 2) {
        char text[96];
        return fail_node(g, n, d, ERR_INPUT, "the %s have shape %s; expected [%d,2]", role,
                         shape_text(&t->shape, text), rows);
    }
    for (int32_t k = 0; k < rows * 2; k++) {
        double v = const_value(t, k);
        if (v < 0.0 || v > (double)(1 << 24)) {
            return fail_node(g, n, d, ERR_INPUT, "entry %d of the %s is %.0f; it must be 0 or more",
                             k, role, v);
        }
        (k % 2 == 0 ? out->before : out->after)[k / 2] = (int32_t)v;
    }
    return OK;
}

Status pad_infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    Pads pads;
    TRY(check_moved(g, n, x, y, d));
    TRY(check_rank(g, n, x, 1, MAX_RANK, "input", d));
    TRY(const_pads(g, n, 1, "pads", x->shape.rank, &pads, d));
    Shape shape = {.rank = x->shape.rank};
    for (int32_t k = 0; k < shape.rank; k++) {
        int64_t dim = (int64_t)x->shape.dim[k] + pads.before[k] + pads.after[k];
        if (dim > 1 << 24) {
            return fail_node(g, n, d, ERR_LIMIT, "dimension %d would be %jd", k, (intmax_t)dim);
        }
        shape.dim[k] = (int32_t)dim;
    }
    TRY(check_elements(g, n, &shape, d));
    y->shape = shape;
    return OK;
}

Status pad_lower(Graph *g, Node *n, const void *value, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    Pads pads;
    Copy c = {0};
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    TRY(const_pads(g, n, 1, "pads", x->shape.rank, &pads, d));
    shape_steps(&x->shape, x_step);
    shape_steps(&y->shape, y_step);
    for (int32_t k = 0; k < x->shape.rank; k++) {
        copy_loop(&c, x->shape.dim[k], x_step[k], y_step[k]);
        c.y_at += pads.before[k] * y_step[k];
    }
    if (!shape_equal(&x->shape, &y->shape)) {
        TRY(call_fill(g, n, n->out[0], value, d));
    }
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

Channels pad_channels(const Graph *g, const Node *n)
{
    const Shape *x = &node_in(g, n, 0)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    bool keeps = x->rank > 0 && x->dim[x->rank - 1] == y->dim[y->rank - 1];
    return (Channels){.kind = keeps ? CHANNELS_EACH : CHANNELS_OPAQUE};
}
