/* ARG_MAX and ARG_MIN: axis, shape, call.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_arg.h"

#include "op/util_copy.h"

#include "shrinc_arg.h"

const AttrDesc arg_attrs[ARG_ATTRS] = {
    {"output_type", ATTR_INT, offsetof(ArgAttr, output_type), WIRE_I8, 0, 0, 0, 127, NULL, NULL},
};

static Status axis_of(const Graph *g, const Node *n, int32_t *axis, Diag *d)
{
    IntList list;
    TRY(const_ints(g, n, 1, "axis", &list, d));
    if (list.count != 1) {
        return fail_node(g, n, d, ERR_INPUT, "the axis has %d values; it must be one", list.count);
    }
    return check_axis(g, n, list.value[0], node_in(g, n, 0)->shape.rank, axis, d);
}

Status arg_infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    int32_t axis = 0;
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), "input", d));
    TRY(check_type(g, n, y, TYPE_BIT(TYPE_S32) | TYPE_BIT(TYPE_S64), "output", d));
    TRY(check_rank(g, n, x, 1, MAX_RANK, "input", d));
    TRY(axis_of(g, n, &axis, d));
    Shape s = {.rank = x->shape.rank - 1};
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = x->shape.dim[k < axis ? k : k + 1];
    }
    y->shape = s;
    return OK;
}

Status arg_lower(Graph *g, Node *n, int32_t sign, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    int32_t axis = 0;
    int64_t outer = 1;
    int64_t inner = 1;
    TRY(axis_of(g, n, &axis, d));
    shape_split(&x->shape, axis, &outer, &inner);
    Call *c = call_new(g, n, x->type == TYPE_S8 ? "shrinc_arg_s8" : "shrinc_arg_f32", sizeof(shrinc_arg_params));
    *(shrinc_arg_params *)c->params = (shrinc_arg_params){
        .outer = (int32_t)outer, .count = x->shape.dim[axis], .inner = (int32_t)inner, .sign = sign,
        .y_bytes = type_bytes(node_out(g, n, 0)->type),
    };
    call_tensor(c, n->in[0]);
    call_tensor(c, n->out[0]);
    return OK;
}
