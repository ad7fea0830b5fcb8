/* Space to batch and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_blocks.h"

Status blocks_read(const Graph *g, const Node *n, const char *edge_role, Blocks *b, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    IntList size;
    *b = (Blocks){.dims = x->shape.rank - 2, .count = 1};
    TRY(check_moved(g, n, x, node_out(g, n, 0), d));
    TRY(check_rank(g, n, x, 3, 4, "input", d));
    TRY(const_ints(g, n, 1, "block shape", &size, d));
    if (size.count != b->dims) {
        return fail_node(g, n, d, ERR_INPUT,
                         "the block shape has %d values for %d spatial dimensions", size.count,
                         b->dims);
    }
    for (int32_t k = 0; k < b->dims; k++) {
        if (size.value[k] < 1 || size.value[k] > MAX_BLOCKS) {
            return fail_node(g, n, d, ERR_INPUT, "block size %d must be from 1 to %d",
                             size.value[k], MAX_BLOCKS);
        }
        b->size[k] = size.value[k];
        b->count *= size.value[k];
    }
    if (b->count > MAX_BLOCKS) {
        return fail_node(g, n, d, ERR_LIMIT, "blocks of %d pixels; at most %d", b->count,
                         MAX_BLOCKS);
    }
    return const_pads(g, n, 2, edge_role, b->dims, &b->edge, d);
}

static int32_t ceil_div(int32_t a, int32_t b)
{
    return a <= 0 ? 0 : (a + b - 1) / b;
}

void blocks_lower(Graph *g, Node *n, const Blocks *b, bool to_batch)
{
    const Shape *image = &(to_batch ? node_in(g, n, 0) : node_out(g, n, 0))->shape;
    const Shape *dealt = &(to_batch ? node_out(g, n, 0) : node_in(g, n, 0))->shape;
    int64_t image_step[MAX_RANK];
    int64_t dealt_step[MAX_RANK];
    shape_steps(image, image_step);
    shape_steps(dealt, dealt_step);
    for (int32_t position = 0; position < b->count; position++) {
        int32_t offset[BLOCK_DIMS] = {b->dims == 2 ? position / b->size[1] : position,
                                      b->dims == 2 ? position % b->size[1] : 0};
        int64_t image_at = 0;
        int64_t dealt_at = position * (int64_t)image->dim[0] * dealt_step[0];
        bool is_empty = false;
        Copy c = {0};
        copy_loop(&c, image->dim[0], to_batch ? image_step[0] : dealt_step[0],
                  to_batch ? dealt_step[0] : image_step[0]);
        for (int32_t k = 0; k < b->dims; k++) {
            int32_t shift = b->edge.before[k] - offset[k];
            int32_t first = ceil_div(shift, b->size[k]);
            int32_t end = ceil_div(image->dim[k + 1] + shift, b->size[k]);
            end = end < dealt->dim[k + 1] ? end : dealt->dim[k + 1];
            is_empty = is_empty || end <= first;
            int64_t block_step = b->size[k] * image_step[k + 1];
            copy_loop(&c, end - first, to_batch ? block_step : dealt_step[k + 1],
                      to_batch ? dealt_step[k + 1] : block_step);
            image_at += ((int64_t)first * b->size[k] - shift) * image_step[k + 1];
            dealt_at += first * dealt_step[k + 1];
        }
        copy_loop(&c, image->dim[b->dims + 1], 1, 1);
        c.x_at = to_batch ? image_at : dealt_at;
        c.y_at = to_batch ? dealt_at : image_at;
        if (!is_empty) {
            call_copy(g, n, n->in[0], n->out[0], &c);
        }
    }
}
