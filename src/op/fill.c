/* FILL: a tensor of constant shape (input 0), every element the value of input 1. Exists only to be folded.
 * TFLite: FillOptions, empty.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/op.h"

#include "op/util_copy.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *value = node_in(g, n, 1);
    Tensor *y = node_out(g, n, 0);
    IntList dims;
    TRY(const_ints(g, n, 0, "shape", &dims, d));
    TRY(check_moved(g, n, value, y, d));
    if (shape_count(&value->shape) != 1 || dims.count > MAX_RANK) {
        return fail_node(g, n, d, ERR_INPUT, "needs one value and at most %d dimensions", MAX_RANK);
    }
    Shape s = {.rank = dims.count};
    for (int32_t k = 0; k < dims.count; k++) {
        if (dims.value[k] < 1 || dims.value[k] > 1 << 24) {
            return fail_node(g, n, d, ERR_INPUT, "dimension %d is %d", k, dims.value[k]);
        }
        s.dim[k] = dims.value[k];
    }
    TRY(check_elements(g, n, &s, d));
    y->shape = s;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    Copy all = {0};
    copy_loop(&all, (int32_t)shape_count(&node_out(g, n, 0)->shape), 0, 1);
    call_copy(g, n, n->in[1], n->out[0], &all);
    return OK;
}

const Op op_fill = {
    .kind = {"fill", NULL, 0, 0},
    .tflite_name = "FILL",
    .tflite_code = 94,
    .tflite_options = 68,
    .traits = TRAIT_CONST_ONLY | TRAIT_MOVES_DATA,
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
};
