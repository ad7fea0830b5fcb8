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

/* Pixels of the padded image along one dimension that lie in whole blocks, or in a part of one
 * block: rows of blocks from ROW on, pixels from FIRST on in each. */
typedef struct Piece {
    int32_t row, rows;
    int32_t first, count;
} Piece;

/* Cuts the pixels FROM .. END - 1 into at most three pieces: the end of a block, whole blocks, the
 * start of a block. Returns their number. */
static int32_t cut(int32_t from, int32_t end, int32_t size, Piece piece[3])
{
    int32_t count = 0;
    while (from < end) {
        Piece *p = &piece[count++];
        bool is_whole = from % size == 0 && end - from >= size;
        *p = (Piece){.row = from / size, .rows = 1, .first = from % size, .count = size};
        if (is_whole) {
            p->rows = (end - from) / size;
        } else {
            p->count = size - p->first < end - from ? size - p->first : end - from;
        }
        from += p->rows * p->count;
    }
    return count;
}

/* Both sides of the copy: the image, and the batches its pixels are dealt to. */
typedef struct Sides {
    int64_t image_step[MAX_RANK], dealt_step[MAX_RANK];
    int64_t position_step[BLOCK_DIMS]; /* in the batches, from one pixel of a block to the next */
    bool to_batch;
} Sides;

static void side_loop(Copy *c, const Sides *s, int32_t count, int64_t image_step,
                      int64_t dealt_step)
{
    copy_loop(c, count, s->to_batch ? image_step : dealt_step,
              s->to_batch ? dealt_step : image_step);
}

/* The copy of one piece of each dimension; loops in the order of the output's elements. */
static Copy piece_copy(const Blocks *b, const Sides *s, const Shape *image, const Piece *piece)
{
    Copy c = {0};
    int64_t image_at = 0;
    int64_t dealt_at = 0;
    for (int32_t k = 0; k < b->dims; k++) {
        const Piece *p = &piece[k];
        image_at +=
            ((int64_t)p->row * b->size[k] + p->first - b->edge.before[k]) * s->image_step[k + 1];
        dealt_at += p->row * s->dealt_step[k + 1] + p->first * s->position_step[k];
        if (s->to_batch) {
            side_loop(&c, s, p->count, s->image_step[k + 1], s->position_step[k]);
        }
    }
    side_loop(&c, s, image->dim[0], s->image_step[0], s->dealt_step[0]);
    for (int32_t k = 0; k < b->dims; k++) {
        const Piece *p = &piece[k];
        side_loop(&c, s, p->rows, b->size[k] * s->image_step[k + 1], s->dealt_step[k + 1]);
        if (!s->to_batch) {
            side_loop(&c, s, p->count, s->image_step[k + 1], s->position_step[k]);
        }
    }
    side_loop(&c, s, image->dim[b->dims + 1], 1, 1);
    c.x_at = s->to_batch ? image_at : dealt_at;
    c.y_at = s->to_batch ? dealt_at : image_at;
    return c;
}

void blocks_lower(Graph *g, Node *n, const Blocks *b, bool to_batch)
{
    const Shape *image = &(to_batch ? node_in(g, n, 0) : node_out(g, n, 0))->shape;
    const Shape *dealt = &(to_batch ? node_out(g, n, 0) : node_in(g, n, 0))->shape;
    Sides s = {.to_batch = to_batch};
    Piece piece[BLOCK_DIMS][3] = {{{0}}};
    int32_t pieces[BLOCK_DIMS] = {1, 1};
    shape_steps(image, s.image_step);
    shape_steps(dealt, s.dealt_step);
    int64_t position = image->dim[0] * s.dealt_step[0];
    for (int32_t k = b->dims - 1; k >= 0; k--) {
        s.position_step[k] = position;
        position *= b->size[k];
        int32_t before = b->edge.before[k];
        pieces[k] = cut(before, before + image->dim[k + 1], b->size[k], piece[k]);
    }
    for (int32_t i = 0; i < pieces[0] * pieces[1]; i++) {
        const Piece chosen[BLOCK_DIMS] = {piece[0][i / pieces[1]], piece[1][i % pieces[1]]};
        Copy c = piece_copy(b, &s, image, chosen);
        call_copy(g, n, n->in[0], n->out[0], &c);
    }
}
