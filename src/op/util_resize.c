/* Resizing: types, sizes, shape.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_resize.h"

#include "op/util_copy.h"

Status resize_infer(Graph *g, Node *n, Diag *d)
{
    const ResizeAttr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    Tensor *y = node_out(g, n, 0);
    IntList size;
    TRY(check_type(g, n, x, TYPE_BIT(TYPE_F32) | TYPE_BIT(TYPE_S8), "input", d));
    TRY(check_moved(g, n, x, y, d));
    TRY(check_rank(g, n, x, 4, 4, "input", d));
    TRY(const_ints(g, n, 1, "new size", &size, d));
    if (size.count != 2 || size.value[0] < 1 || size.value[1] < 1 || size.value[0] > 1 << 16 ||
        size.value[1] > 1 << 16) {
        return fail_node(g, n, d, ERR_INPUT,
                         "the new size must be two numbers from 1 to 65536 (height, width)");
    }
    if (a->align_corners && a->half_pixel_centers) {
        return fail_node(g, n, d, ERR_INPUT,
                         "align_corners and half_pixel_centers exclude each other");
    }
    if (x->shape.dim[1] > 1 << 16 || x->shape.dim[2] > 1 << 16) {
        return fail_node(g, n, d, ERR_LIMIT, "an image of %dx%d; at most 65536 each way",
                         x->shape.dim[1], x->shape.dim[2]);
    }
    Shape s = {4, {x->shape.dim[0], size.value[0], size.value[1], x->shape.dim[3]}};
    TRY(check_elements(g, n, &s, d));
    y->shape = s;
    return OK;
}

Channels resize_channels(const Graph *g, const Node *n)
{
    (void)g;
    (void)n;
    return (Channels){.kind = CHANNELS_EACH};
}
