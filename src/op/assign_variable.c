/* ASSIGN_VARIABLE: the state holds x from now on. Inputs: x, the state tensor that the importer made of the resource.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_elementwise.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *state = node_in(g, n, 1);
    if (!state->is_state) {
        return fail_node(g, n, d, ERR_INPUT, "\"%s\" is not a variable", state->name);
    }
    if (shape_count(&x->shape) != shape_count(&state->shape)) {
        char a[96];
        char b[96];
        return fail_node(g, n, d, ERR_INPUT, "shape %s is assigned to a variable of shape %s", shape_text(&x->shape, a),
                         shape_text(&state->shape, b));
    }
    return check_moved(g, n, x, state, d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    Copy all = {0};
    copy_loop(&all, count_of(node_in(g, n, 0)), 1, 1);
    call_copy(g, n, n->in[0], n->in[1], &all);
    return OK;
}

const Op op_assign_variable = {
    .kind = {"assign_variable", NULL, 0, 0},
    .tflite_name = "ASSIGN_VARIABLE",
    .tflite_code = 144,
    .tflite_options = 113,
    .traits = TRAIT_STATEFUL,
    .min_in = 2, .max_in = 2, .min_out = 0, .max_out = 0,
    .infer = infer,
    .lower = lower,
};
