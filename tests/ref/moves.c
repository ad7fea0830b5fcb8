/* Reference of operators that move elements: where each element of y comes from, one at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

typedef struct Place {
    int32_t at[MAX_RANK];
} Place;

static Place place_of(const Shape *s, int64_t i)
{
    Place p = {{0}};
    for (int32_t k = s->rank; k-- > 0;) {
        p.at[k] = (int32_t)(i % s->dim[k]);
        i /= s->dim[k];
    }
    return p;
}

static int64_t index_of(const Shape *s, const Place *p)
{
    int64_t i = 0;
    for (int32_t k = 0; k < s->rank; k++) {
        i = i * s->dim[k] + p->at[k];
    }
    return i;
}

static Shape random_shape(Trial *t, int32_t least, int32_t most)
{
    Shape s = {.rank = draw(t, least, most)};
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = draw(t, 1, s.rank > 4 ? 3 : 5);
    }
    return s;
}

static TensorId ints(Trial *t, const char *name, int32_t count, const int32_t *value)
{
    return graph_add_const(t->g, name, TYPE_S32, shape_of(1, &count), value);
}

/* The node with its first input and its output, of one scale. */
static void start(Trial *t, const RefOp *r, int32_t inputs, Shape s)
{
    int32_t zero = r->type == TYPE_S8 ? trial_zero(t) : 0;
    trial_node(t, r->name, inputs);
    t->node->in[0] = trial_input(t, r->type, s, 0.1, zero);
    trial_output(t, r->type, 0.1, zero);
    note(t, "rank", s.rank < 4 ? s.rank : 4); /* 4: or more */
}

typedef int64_t (*Source)(const Trial *t, const Shape *x, const Shape *y, Place at); /* index into x, -1: padding */

static void fetch(Trial *t, Source source, double padding)
{
    const Shape x = trial_in(t, 0)->shape;
    const Shape y = trial_out(t)->shape;
    for (int64_t i = 0; i < shape_count(&y); i++) {
        int64_t from = source(t, &x, &y, place_of(&y, i));
        t->real[i] = from < 0 ? padding : trial_at(t, 0, from);
    }
}

static int32_t attribute(const Trial *t, const char *name)
{
    const Kind *k = t->node->kind;
    int32_t v = 0;
    for (int32_t i = 0; i < k->attr_count; i++) {
        if (strcmp(k->attrs[i].name, name) == 0) {
            memcpy(&v, (const char *)t->node->attr + k->attrs[i].offset, sizeof v);
        }
    }
    return v;
}

static int32_t value(const Trial *t, int32_t input, int32_t i)
{
    return (int32_t)trial_at(t, input, i);
}

/* --- slice, strided_slice --------------------------------------------------------------------------- */

static void generate_slice(Trial *t, const RefOp *r)
{
    Shape s = random_shape(t, 1, 6);
    int32_t begin[MAX_RANK];
    int32_t size[MAX_RANK];
    start(t, r, 3, s);
    for (int32_t k = 0; k < s.rank; k++) {
        begin[k] = draw(t, 0, s.dim[k] - 1);
        size[k] = draw(t, 0, 3) == 0 ? -1 : draw(t, 1, s.dim[k] - begin[k]);
    }
    t->node->in[1] = ints(t, "begin", s.rank, begin);
    t->node->in[2] = ints(t, "size", s.rank, size);
}

static int64_t source_slice(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)y;
    for (int32_t k = 0; k < x->rank; k++) {
        p.at[k] += value(t, 1, k);
    }
    return index_of(x, &p);
}

static void reference_slice(Trial *t)
{
    fetch(t, source_slice, 0.0);
}

static void generate_strided(Trial *t, const RefOp *r)
{
    Shape s = random_shape(t, 1, 6);
    int32_t list[3][MAX_RANK];
    int32_t shrink = 0;
    start(t, r, 4, s);
    for (int32_t k = 0; k < s.rank; k++) {
        int32_t first = draw(t, 0, s.dim[k] - 1);
        int32_t last = draw(t, 0, s.dim[k] - 1);
        list[0][k] = draw(t, 0, 1) == 0 ? first : first - s.dim[k];
        list[1][k] = last < first ? (last == 0 ? -s.dim[k] - 1 : last - 1) : last + 1;
        list[2][k] = last < first ? -draw(t, 1, 3) : draw(t, 1, 3);
        shrink |= (last >= first && draw(t, 0, 3) == 0) << k;
    }
    trial_put(t, "shrink_axis_mask", shrink);
    note(t, "shrinks", shrink != 0);
    t->node->in[1] = ints(t, "begin", s.rank, list[0]);
    t->node->in[2] = ints(t, "end", s.rank, list[1]);
    t->node->in[3] = ints(t, "strides", s.rank, list[2]);
}

static int64_t source_strided(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)y;
    Place q = {{0}};
    for (int32_t k = 0, from = 0; k < x->rank; k++) {
        int32_t begin = value(t, 1, k) < 0 ? value(t, 1, k) + x->dim[k] : value(t, 1, k);
        bool dropped = (attribute(t, "shrink_axis_mask") >> k & 1) != 0;
        q.at[k] = begin + (dropped ? 0 : p.at[from++] * value(t, 3, k));
    }
    return index_of(x, &q);
}

static void reference_strided(Trial *t)
{
    fetch(t, source_strided, 0.0);
}

/* --- tile, broadcast_to ------------------------------------------------------------------------------- */

static void generate_tile(Trial *t, const RefOp *r)
{
    Shape s = random_shape(t, 1, 6);
    int32_t times[MAX_RANK];
    start(t, r, 2, s);
    for (int32_t k = 0; k < s.rank; k++) {
        times[k] = draw(t, 1, s.rank > 4 ? 2 : 3);
    }
    t->node->in[1] = ints(t, "times", s.rank, times);
}

/* Also broadcasting: dimensions in front and of 1 repeat. */
static int64_t source_modulo(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)t;
    Place q = {{0}};
    for (int32_t k = 0; k < x->rank; k++) {
        q.at[k] = p.at[y->rank - x->rank + k] % x->dim[k];
    }
    return index_of(x, &q);
}

static void reference_modulo(Trial *t)
{
    fetch(t, source_modulo, 0.0);
}

static void generate_broadcast(Trial *t, const RefOp *r)
{
    Shape big = random_shape(t, 1, 6);
    Shape s = {.rank = draw(t, 1, big.rank)};
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = draw(t, 0, 1) == 0 ? 1 : big.dim[big.rank - s.rank + k];
    }
    start(t, r, 2, s);
    t->node->in[1] = ints(t, "shape", big.rank, big.dim);
}

/* --- blocks ---------------------------------------------------------------------------------------------- */

static void generate_depth(Trial *t, const RefOp *r)
{
    int32_t n = draw(t, 1, 3);
    bool splits = strcmp(r->name, "space_to_depth") == 0;
    Shape s = {4, {draw(t, 1, 2), draw(t, 1, 3), draw(t, 1, 3), draw(t, 1, 3)}};
    s.dim[1] *= splits ? n : 1;
    s.dim[2] *= splits ? n : 1;
    s.dim[3] *= splits ? 1 : n * n;
    start(t, r, 1, s);
    trial_set(t, "block_size", n);
}

static int64_t source_space_to_depth(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)y;
    int32_t n = attribute(t, "block_size");
    int32_t position = p.at[3] / x->dim[3];
    Place q = {{p.at[0], p.at[1] * n + position / n, p.at[2] * n + position % n, p.at[3] % x->dim[3]}};
    return index_of(x, &q);
}

static int64_t source_depth_to_space(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    int32_t n = attribute(t, "block_size");
    Place q = {{p.at[0], p.at[1] / n, p.at[2] / n, (p.at[1] % n * n + p.at[2] % n) * y->dim[3] + p.at[3]}};
    return index_of(x, &q);
}

static void reference_depth(Trial *t)
{
    fetch(t, strcmp(t->node->kind->name, "space_to_depth") == 0 ? source_space_to_depth : source_depth_to_space, 0.0);
}

static void generate_batch(Trial *t, const RefOp *r)
{
    int32_t dims = draw(t, 1, 2);
    bool to_batch = strcmp(r->name, "space_to_batch_nd") == 0;
    int32_t block[2];
    int32_t edge[4];
    Shape s = {.rank = dims + 2};
    int32_t product = 1;
    for (int32_t k = 0; k < dims; k++) {
        block[k] = draw(t, 1, 4);
        product *= block[k];
        edge[2 * k] = draw(t, 0, 5);
        edge[2 * k + 1] = draw(t, 0, 2);
        s.dim[k + 1] = draw(t, 1, 9);
        if (to_batch) {
            int32_t total = s.dim[k + 1] + edge[2 * k] + edge[2 * k + 1];
            edge[2 * k + 1] += (block[k] - total % block[k]) % block[k];
        } else {
            s.dim[k + 1] += (edge[2 * k] + edge[2 * k + 1]) / block[k];
        }
    }
    s.dim[0] = draw(t, 1, 2) * (to_batch ? 1 : product);
    s.dim[dims + 1] = draw(t, 1, 3);
    start(t, r, 3, s);
    t->node->in[1] = ints(t, "block", dims, block);
    t->node->in[2] = graph_add_const(t->g, "edge", TYPE_S32, shape_of(2, (int32_t[]){dims, 2}), edge);
}

static int64_t source_to_batch(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)y;
    int32_t dims = x->rank - 2;
    int32_t position = p.at[0] / x->dim[0];
    Place q = {{p.at[0] % x->dim[0]}};
    for (int32_t k = dims; k-- > 0;) {
        int32_t n = value(t, 1, k);
        q.at[k + 1] = p.at[k + 1] * n + position % n - value(t, 2, 2 * k);
        position /= n;
        if (q.at[k + 1] < 0 || q.at[k + 1] >= x->dim[k + 1]) {
            return -1;
        }
    }
    q.at[dims + 1] = p.at[dims + 1];
    return index_of(x, &q);
}

static int64_t source_to_space(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    int32_t dims = x->rank - 2;
    int32_t position = 0;
    Place q = {{0}};
    for (int32_t k = 0; k < dims; k++) {
        int32_t n = value(t, 1, k);
        int32_t at = p.at[k + 1] + value(t, 2, 2 * k);
        position = position * n + at % n;
        q.at[k + 1] = at / n;
    }
    q.at[0] = position * y->dim[0] + p.at[0];
    q.at[dims + 1] = p.at[dims + 1];
    return index_of(x, &q);
}

static void reference_to_batch(Trial *t)
{
    fetch(t, source_to_batch, 0.0);
}

static void reference_to_space(Trial *t)
{
    fetch(t, source_to_space, 0.0);
}

/* --- pads ------------------------------------------------------------------------------------------------ */

static void generate_mirror(Trial *t, const RefOp *r)
{
    Shape s = random_shape(t, 1, 5);
    int32_t mode = draw(t, 0, 1);
    int32_t pads[2 * MAX_RANK];
    start(t, r, 2, s);
    trial_set(t, "mode", mode);
    for (int32_t i = 0; i < 2 * s.rank; i++) {
        int32_t most = s.dim[i / 2] - (mode == 0 ? 1 : 0);
        pads[i] = draw(t, 0, most < 2 ? most : 2);
    }
    t->node->in[1] = graph_add_const(t->g, "pads", TYPE_S32, shape_of(2, (int32_t[]){s.rank, 2}), pads);
}

static int64_t source_mirror(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)y;
    int32_t edge = attribute(t, "mode") == 0 ? 1 : 0;
    for (int32_t k = 0; k < x->rank; k++) {
        int32_t at = p.at[k] - value(t, 1, 2 * k);
        at = at < 0 ? -1 - at + edge : at;
        p.at[k] = at >= x->dim[k] ? 2 * x->dim[k] - 1 - at - edge : at;
    }
    return index_of(x, &p);
}

static void reference_mirror(Trial *t)
{
    fetch(t, source_mirror, 0.0);
}

static void generate_padv2(Trial *t, const RefOp *r)
{
    Shape s = random_shape(t, 1, 6);
    int32_t pads[2 * MAX_RANK];
    start(t, r, 3, s);
    for (int32_t i = 0; i < 2 * s.rank; i++) {
        pads[i] = draw(t, 0, 2);
    }
    t->node->in[1] = graph_add_const(t->g, "pads", TYPE_S32, shape_of(2, (int32_t[]){s.rank, 2}), pads);
    t->node->in[2] = trial_const(t, r->type, (Shape){0}, 0.1, r->type == TYPE_S8 ? trial_out(t)->q.zero[0] : 0, -128, 127);
}

static int64_t source_padded(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)y;
    for (int32_t k = 0; k < x->rank; k++) {
        p.at[k] -= value(t, 1, 2 * k);
        if (p.at[k] < 0 || p.at[k] >= x->dim[k]) {
            return -1;
        }
    }
    return index_of(x, &p);
}

static void reference_padv2(Trial *t)
{
    fetch(t, source_padded, trial_at(t, 2, 0));
}

/* --- gather ------------------------------------------------------------------------------------------------ */

static void generate_gather(Trial *t, const RefOp *r)
{
    Shape s = random_shape(t, 1, 4);
    int32_t axis = draw(t, 0, s.rank - 1);
    int32_t batch = draw(t, 0, axis);
    Shape list = {.rank = batch + draw(t, 0, 2)};
    start(t, r, 2, s);
    for (int32_t k = 0; k < list.rank; k++) {
        list.dim[k] = k < batch ? s.dim[k] : draw(t, 1, 3);
    }
    trial_put(t, "axis", draw(t, 0, 1) == 0 ? axis : axis - s.rank);
    trial_put(t, "batch_dims", batch);
    note(t, "batches", batch > 0);
    t->node->in[1] = trial_const(t, TYPE_S32, list, 0.0, 0, 0, s.dim[axis] - 1);
}

static int64_t source_gather(const Trial *t, const Shape *x, const Shape *y, Place p)
{
    (void)y;
    const Shape *list = &trial_in(t, 1)->shape;
    int32_t axis = attribute(t, "axis");
    int32_t batch = attribute(t, "batch_dims");
    axis += axis < 0 ? x->rank : 0;
    Place index = {{0}};
    Place q = {{0}};
    for (int32_t k = 0; k < list->rank; k++) {
        index.at[k] = k < batch ? p.at[k] : p.at[axis + k - batch];
    }
    for (int32_t k = 0; k < x->rank; k++) {
        q.at[k] = k < axis ? p.at[k] : p.at[k - 1 + list->rank - batch];
    }
    q.at[axis] = value(t, 1, (int32_t)index_of(list, &index));
    return index_of(x, &q);
}

static void reference_gather(Trial *t)
{
    fetch(t, source_gather, 0.0);
}

/* --- concatenation, pack -------------------------------------------------------------------------------------- */

static void generate_join(Trial *t, const RefOp *r)
{
    bool packs = strcmp(r->name, "pack") == 0;
    int32_t parts = draw(t, 1, 3);
    Shape s = random_shape(t, 1, packs ? 5 : 6);
    int32_t axis = draw(t, 0, packs ? s.rank : s.rank - 1);
    start(t, r, parts, s);
    for (int32_t i = 1; i < parts; i++) {
        if (!packs) {
            s.dim[axis] = draw(t, 1, 4);
        }
        t->node->in[i] = trial_input(t, r->type, s, 0.1, r->type == TYPE_S8 ? trial_out(t)->q.zero[0] : 0);
    }
    bool from_back = draw(t, 0, 1) == 1;
    trial_put(t, "axis", from_back ? axis - s.rank - (packs ? 1 : 0) : axis);
    note(t, "from_back", from_back);
    note(t, "parts", parts);
}

static void reference_join(Trial *t)
{
    bool packs = strcmp(t->node->kind->name, "pack") == 0;
    const Shape y = trial_out(t)->shape;
    int32_t axis = attribute(t, "axis");
    axis += axis < 0 ? y.rank : 0;
    for (int64_t i = 0; i < shape_count(&y); i++) {
        Place p = place_of(&y, i);
        int32_t part = packs ? p.at[axis] : 0;
        while (!packs && p.at[axis] >= trial_in(t, part)->shape.dim[axis]) {
            p.at[axis] -= trial_in(t, part)->shape.dim[axis];
            part++;
        }
        for (int32_t k = axis; packs && k + 1 < y.rank; k++) {
            p.at[k] = p.at[k + 1];
        }
        t->real[i] = trial_at(t, part, index_of(&trial_in(t, part)->shape, &p));
    }
}

const RefOp ref_moves[] = {
    {"slice", TYPE_S8, TYPE_S8, generate_slice, reference_slice},
    {"slice", TYPE_F32, TYPE_F32, generate_slice, reference_slice},
    {"strided_slice", TYPE_S8, TYPE_S8, generate_strided, reference_strided},
    {"strided_slice", TYPE_S16, TYPE_S16, generate_strided, reference_strided},
    {"strided_slice", TYPE_F32, TYPE_F32, generate_strided, reference_strided},
    {"tile", TYPE_S8, TYPE_S8, generate_tile, reference_modulo},
    {"tile", TYPE_S32, TYPE_S32, generate_tile, reference_modulo},
    {"broadcast_to", TYPE_S8, TYPE_S8, generate_broadcast, reference_modulo},
    {"broadcast_to", TYPE_F32, TYPE_F32, generate_broadcast, reference_modulo},
    {"space_to_depth", TYPE_S8, TYPE_S8, generate_depth, reference_depth},
    {"space_to_depth", TYPE_F32, TYPE_F32, generate_depth, reference_depth},
    {"depth_to_space", TYPE_S8, TYPE_S8, generate_depth, reference_depth},
    {"depth_to_space", TYPE_S16, TYPE_S16, generate_depth, reference_depth},
    {"space_to_batch_nd", TYPE_S8, TYPE_S8, generate_batch, reference_to_batch},
    {"space_to_batch_nd", TYPE_F32, TYPE_F32, generate_batch, reference_to_batch},
    {"batch_to_space_nd", TYPE_S8, TYPE_S8, generate_batch, reference_to_space},
    {"batch_to_space_nd", TYPE_F32, TYPE_F32, generate_batch, reference_to_space},
    {"mirror_pad", TYPE_S8, TYPE_S8, generate_mirror, reference_mirror},
    {"mirror_pad", TYPE_F32, TYPE_F32, generate_mirror, reference_mirror},
    {"padv2", TYPE_S8, TYPE_S8, generate_padv2, reference_padv2},
    {"padv2", TYPE_S16, TYPE_S16, generate_padv2, reference_padv2},
    {"padv2", TYPE_F32, TYPE_F32, generate_padv2, reference_padv2},
    {"gather", TYPE_S8, TYPE_S8, generate_gather, reference_gather},
    {"gather", TYPE_F32, TYPE_F32, generate_gather, reference_gather},
    {"concatenation", TYPE_S8, TYPE_S8, generate_join, reference_join},
    {"concatenation", TYPE_F32, TYPE_F32, generate_join, reference_join},
    {"pack", TYPE_S8, TYPE_S8, generate_join, reference_join},
    {"pack", TYPE_S32, TYPE_S32, generate_join, reference_join},
    {NULL, TYPE_NONE, TYPE_NONE, NULL, NULL},
};
