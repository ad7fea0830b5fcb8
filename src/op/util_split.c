/* Cutting a tensor along an axis.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_split.h"

Status split_axis(const Graph *g, const Node *n, int32_t i, const Tensor *x, int32_t *axis, Diag *d)
{
    IntList list;
    TRY(const_ints(g, n, i, "axis", &list, d));
    if (list.count != 1) {
        return fail_node(g, n, d, ERR_INPUT, "the axis has %d values; it must be one number", list.count);
    }
    return check_axis(g, n, list.value[0], x->shape.rank, axis, d);
}

void split_copies(Graph *g, Node *n, TensorId x, int32_t axis)
{
    const Shape *shape = &tensor(g, x)->shape;
    int64_t outer = 0;
    int64_t inner = 0;
    int64_t at = 0;
    shape_split(shape, axis, &outer, &inner);
    for (int32_t i = 0; i < n->out_count; i++) {
        int64_t run = node_out(g, n, i)->shape.dim[axis] * inner;
        Copy c = {.x_at = at};
        copy_loop(&c, (int32_t)outer, shape->dim[axis] * inner, run);
        copy_loop(&c, (int32_t)run, 1, 1);
        call_copy(g, n, x, n->out[i], &c);
        at += run;
    }
}
