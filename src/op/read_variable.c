/* READ_VARIABLE: y = what the state holds now. The importer has turned the resource into a state tensor.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_elementwise.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *state = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    if (!state->is_state) {
        return fail_node(g, n, d, ERR_INPUT, "\"%s\" is not a variable", state->name);
    }
    TRY(check_moved(g, n, state, y, d));
    y->shape = state->shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    Copy all = {0};
    copy_loop(&all, count_of(node_in(g, n, 0)), 1, 1);
    call_copy(g, n, n->in[0], n->out[0], &all);
    return OK;
}

const Op op_read_variable = {
    .kind = {"read_variable", NULL, 0, 0},
    .tflite_name = "READ_VARIABLE",
    .tflite_code = 143,
    .tflite_options = 112,
    .traits = TRAIT_STATEFUL,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
};
