/* Changes of scale and clamps: what QUANTIZE and the ReLU family share.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_elementwise.h"

#include "shrinc_relu_f32.h"
#include "shrinc_relu_s8.h"
#include "shrinc_rescale.h"

Status lower_rescale(Graph *g, Node *n, const char *kernel, double real, int32_t y_min, int32_t y_max, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    Call *c = call_new(g, n, kernel, sizeof(shrinc_rescale_params));
    shrinc_rescale_params *p = c->params;
    *p = (shrinc_rescale_params){
        .count = count_of(y), .x_zero = x->q.zero[0], .y_zero = y->q.zero[0], .y_min = y_min, .y_max = y_max,
    };
    int64_t reach = x->type == TYPE_S8 ? 255 : 65535;
    if (x->type == TYPE_S32) {
        reach = 1; /* any number: the products wrap around, as in the reference */
    }
    TRY(gain(g, n, real, reach, &p->multiplier, &p->shift, d));
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

double scale_ratio(const Graph *g, const Node *n)
{
    const Quant *x = &node_in(g, n, 0)->q;
    const Quant *y = &node_out(g, n, 0)->q;
    return x->count == 0 || y->count == 0 ? 1.0 : (double)x->scale[0] / (double)y->scale[0];
}

Status lower_clamp(Graph *g, Node *n, int32_t act, const Tensor *scale_of, Diag *d)
{
    const Tensor *y = node_out(g, n, 0);
    Call *c = NULL;
    if (y->type == TYPE_F32) {
        c = call_new(g, n, "shrinc_relu_f32", sizeof(shrinc_relu_f32_params));
        shrinc_relu_f32_params *p = c->params;
        p->count = count_of(y);
        act_range_f32(act, &p->y_min, &p->y_max);
    } else if (y->type == TYPE_S8 || y->type == TYPE_S16) {
        c = call_new(g, n, y->type == TYPE_S8 ? "shrinc_relu_s8" : "shrinc_relu_s16", sizeof(shrinc_relu_s8_params));
        shrinc_relu_s8_params *p = c->params;
        p->count = count_of(y);
        act_range_quant(act, scale_of, &p->y_min, &p->y_max);
    } else {
        return fail_no_kernel(g, n, d);
    }
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}

Status lower_relu(Graph *g, Node *n, int32_t act, double real, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *y = node_out(g, n, 0);
    if (x->type == TYPE_F32 || (x->q.scale[0] == y->q.scale[0] && x->q.zero[0] == y->q.zero[0])) {
        return lower_clamp(g, n, act, y, d);
    }
    int32_t y_min = 0;
    int32_t y_max = 0;
    act_range_quant(act, y, &y_min, &y_max);
    const char *kernel = y->type == TYPE_S8 ? "shrinc_rescale_s8_s8" : "shrinc_rescale_s16_s16";
    return lower_rescale(g, n, kernel, real, y_min, y_max, d);
}
