/* SLIDING_WINDOW: the last samples of a stream. x: [1, hop, channels], those that are new; state: [1, window -
 * hop, channels] or as many elements of any shape, those before; y: [1, window, channels]. All s16
 * of one scale.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include "shrinc_sliding_window_s16.h"

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *state = node_in(g, n, 1);
    Tensor *y = node_out(g, n, 0);
    TRY(infer_unary(g, n, TYPE_BIT(TYPE_S16), d));
    TRY(check_same_quant(g, n, x, y, d));
    TRY(check_rank(g, n, x, 3, 3, "input", d));
    int32_t channels = x->shape.dim[2];
    int64_t old = state == NULL ? 0 : shape_count(&state->shape);
    if (x->shape.dim[0] != 1 || old == 0 || old % channels != 0) {
        return fail_node(g, n, d, ERR_INPUT, "takes one batch, and a variable of whole samples of %d channels",
                         channels);
    }
    TRY(check_state(g, n, 1, x->type, old, d));
    TRY(check_same_quant(g, n, x, state, d));
    y->shape.dim[1] = x->shape.dim[1] + (int32_t)(old / channels);
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    Call *c = call_new(g, n, "shrinc_sliding_window_s16", sizeof(shrinc_sliding_window_s16_params));
    *(shrinc_sliding_window_s16_params *)c->params = (shrinc_sliding_window_s16_params){
        count_of(node_in(g, n, 0)), count_of(node_in(g, n, 1))};
    call_tensor(c, n->in[0]);
    call_tensor(c, n->in[1]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_sliding_window = {
    .kind = {"sliding_window", NULL, 0, 0},
    .tflite_name = "shrinc_sliding_window",
    .tflite_code = TFLITE_CUSTOM,
    .traits = TRAIT_STATEFUL,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
