/* Operators that move whole elements: shapes, joins, orders, copies.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

static const char *const no_act[] = {"act=relu", "act=relu_n1_to_1", "act=relu6", NULL};

/* --- generation --- */

/* Outputs (COUNT of them) with input K's scale; then the node. */
static void finish(Case *c, int32_t count, int32_t k)
{
    for (int32_t i = 0; i < count; i++) {
        TensorId y = add_output(c, c->type);
        copy_quant(c, y, c->in[k]);
    }
    make_node(c);
}

static Shape some_shape(Case *c, int32_t least, int32_t most)
{
    return rnd_shape(c, least, rnd_chance(c, 4) ? most : most < 4 ? most : 4, 80);
}

/* AXIS written from either end of RANK dimensions. */
static int32_t written(Case *c, int32_t axis, int32_t rank)
{
    return rnd_chance(c, 2) ? axis : axis - rank;
}

static void add_axis(Case *c, int32_t axis, int32_t rank)
{
    int64_t value = written(c, axis, rank);
    (void)add_values(c, TYPE_S32, (Shape){rnd_int(c, 0, 1), {1}}, &value);
}

static void reshape_generate(Case *c)
{
    Shape s = some_shape(c, 0, 6);
    int32_t dim[MAX_RANK];
    int32_t rank = 0;
    int64_t left = shape_count(&s);
    (void)add_input(c, c->type, s, FILL_ANY);
    while (rank < MAX_RANK && (left > 1 || rnd_chance(c, 3))) {
        int32_t d = rnd_int(c, 1, (int32_t)left);
        while (left % d != 0) {
            d++;
        }
        dim[rank] = rank == MAX_RANK - 1 ? (int32_t)left : d;
        left /= dim[rank++];
    }
    if (rank > 0 && rnd_chance(c, 3)) {
        dim[rnd_int(c, 0, rank - 1)] = -1;
        cover(c, "dimension=-1");
    }
    bool is_input = rank > 0 && rnd_chance(c, 2);
    if (is_input) {
        (void)add_list(c, rank, dim);
    }
    cover(c, is_input ? "shape=input" : "shape=attribute");
    finish(c, 1, 0);
    if (!is_input) {
        set_ints(c, "new_shape", rank, dim);
    }
}

static void squeeze_generate(Case *c)
{
    Shape s = some_shape(c, 1, 6);
    int32_t dims[MAX_RANK];
    int32_t count = 0;
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = rnd_chance(c, 2) ? 1 : s.dim[k];
        if (s.dim[k] == 1 && rnd_chance(c, 2)) {
            dims[count++] = written(c, k, s.rank);
        }
    }
    (void)add_input(c, c->type, s, FILL_ANY);
    finish(c, 1, 0);
    set_ints(c, "squeeze_dims", count, dims);
}

static void expand_generate(Case *c)
{
    Shape s = some_shape(c, 0, 5);
    (void)add_input(c, c->type, s, FILL_ANY);
    add_axis(c, rnd_int(c, 0, s.rank), s.rank + 1);
    finish(c, 1, 0);
}

static void transpose_generate(Case *c)
{
    Shape s = some_shape(c, 1, 6);
    int32_t perm[MAX_RANK];
    for (int32_t k = 0; k < s.rank; k++) {
        int32_t at = rnd_int(c, 0, k);
        perm[k] = perm[at];
        perm[at] = k;
    }
    (void)add_input(c, c->type, s, FILL_ANY);
    (void)add_list(c, s.rank, perm);
    finish(c, 1, 0);
}

static void concatenation_generate(Case *c)
{
    Shape s = some_shape(c, 1, 5);
    int32_t axis = rnd_int(c, 0, s.rank - 1);
    int32_t count = rnd_int(c, 1, 5);
    for (int32_t k = 0; k < count; k++) {
        s.dim[axis] = rnd_size(c, 4);
        bool is_const = k > 0 && rnd_chance(c, 4);
        TensorId x =
            is_const ? add_const(c, c->type, s, FILL_ANY) : add_input(c, c->type, s, FILL_ANY);
        copy_quant(c, x, c->in[0]);
    }
    finish(c, 1, 0);
    set_int(c, "axis", written(c, axis, s.rank));
}

static void pack_generate(Case *c)
{
    Shape s = some_shape(c, 0, 4);
    int32_t count = rnd_int(c, 1, 5);
    for (int32_t k = 0; k < count; k++) {
        TensorId x = add_input(c, c->type, s, FILL_ANY);
        copy_quant(c, x, c->in[0]);
    }
    finish(c, 1, 0);
    set_int(c, "values_count", count);
    set_int(c, "axis", written(c, rnd_int(c, 0, s.rank), s.rank + 1));
}

static void unpack_generate(Case *c)
{
    Shape s = some_shape(c, 1, 5);
    int32_t axis = rnd_int(c, 0, s.rank - 1);
    s.dim[axis] = rnd_int(c, 1, 5);
    (void)add_input(c, c->type, s, FILL_ANY);
    finish(c, s.dim[axis], 0);
    set_int(c, "num", s.dim[axis]);
    set_int(c, "axis", written(c, axis, s.rank));
}

static void split_generate(Case *c)
{
    Shape s = some_shape(c, 1, 5);
    int32_t axis = rnd_int(c, 0, s.rank - 1);
    int32_t count = rnd_int(c, 1, 5);
    s.dim[axis] = count * rnd_size(c, 4);
    add_axis(c, axis, s.rank);
    (void)add_input(c, c->type, s, FILL_ANY);
    finish(c, count, 1);
    set_int(c, "num_splits", count);
}

static void split_v_generate(Case *c)
{
    Shape s = some_shape(c, 1, 5);
    int32_t axis = rnd_int(c, 0, s.rank - 1);
    int32_t count = rnd_int(c, 1, 5);
    int32_t size[5];
    s.dim[axis] = 0;
    for (int32_t k = 0; k < count; k++) {
        size[k] = rnd_size(c, 4);
        s.dim[axis] += size[k];
    }
    if (rnd_chance(c, 2)) {
        size[rnd_int(c, 0, count - 1)] = -1;
        cover(c, "size=-1");
    }
    (void)add_input(c, c->type, s, FILL_ANY);
    (void)add_list(c, count, size);
    add_axis(c, axis, s.rank);
    finish(c, count, 0);
    set_int(c, "num_splits", count);
}

static void gather_generate(Case *c)
{
    Shape s = some_shape(c, 1, 4);
    int32_t axis = rnd_int(c, 0, s.rank - 1);
    int32_t batch = rnd_chance(c, 2) ? 0 : rnd_int(c, 0, axis);
    Shape index = {.rank = batch + rnd_int(c, 0, 2)};
    for (int32_t k = 0; k < index.rank; k++) {
        index.dim[k] = k < batch ? s.dim[k] : rnd_size(c, 4);
    }
    (void)add_input(c, c->type, s, FILL_ANY);
    if (rnd_chance(c, 2)) {
        (void)add_range(c, TYPE_S32, index, 0, s.dim[axis] - 1);
        cover(c, "indices=input");
    } else {
        int64_t *value = NEW(&c->g->arena, int64_t, shape_count(&index));
        for (int64_t k = 0; k < shape_count(&index); k++) {
            value[k] = rnd_int(c, 0, s.dim[axis] - 1);
        }
        (void)add_values(c, TYPE_S32, index, value);
        cover(c, "indices=constant");
    }
    finish(c, 1, 0);
    set_int(c, "axis", written(c, axis, s.rank));
    set_int(c, "batch_dims", index.rank == 0 || rnd_chance(c, 2) ? batch : batch - index.rank);
}

/* An input that broadcasts to S. */
static Shape part_of(Case *c, const Shape *s)
{
    Shape x = {.rank = rnd_int(c, 0, s->rank)};
    for (int32_t k = 0; k < x.rank; k++) {
        x.dim[k] = rnd_chance(c, 2) ? 1 : s->dim[s->rank - x.rank + k];
    }
    return x;
}

static void broadcast_generate(Case *c)
{
    Shape y = some_shape(c, 1, 6);
    (void)add_input(c, c->type, part_of(c, &y), FILL_ANY);
    (void)add_list(c, y.rank, y.dim);
    finish(c, 1, 0);
}

static void tile_generate(Case *c)
{
    Shape s = rnd_shape(c, 1, rnd_chance(c, 4) ? 6 : 4, 30);
    int32_t times[MAX_RANK];
    for (int32_t k = 0; k < s.rank; k++) {
        times[k] = s.rank > 4 ? rnd_int(c, 1, 2) : rnd_size(c, 3);
    }
    (void)add_input(c, c->type, s, FILL_ANY);
    (void)add_list(c, s.rank, times);
    finish(c, 1, 0);
}

static void read_generate(Case *c)
{
    bool is_given = rnd_chance(c, 2);
    (void)add_state(c, c->type, some_shape(c, 1, 4), is_given);
    cover(c, is_given ? "start=given" : "start=none");
    finish(c, 1, 0);
}

static void assign_generate(Case *c)
{
    Shape s = some_shape(c, 1, 4);
    TensorId x = add_input(c, c->type, s, FILL_ANY);
    TensorId state = add_state(c, c->type, s, rnd_chance(c, 2));
    copy_quant(c, state, x);
    c->runs = 2;
    make_node(c);
}

/* --- reference --- */

static void same_elements(Case *c, Shape s)
{
    View x = in(c, 0);
    View y = out(c, 0, s);
    for (int64_t i = 0; i < x.count; i++) {
        y.v[i] = x.v[i];
    }
}

static int32_t from_front(int64_t axis, int32_t rank)
{
    return (int32_t)(axis < 0 ? axis + rank : axis);
}

static void reshape_reference(Case *c)
{
    IntList wish = get_ints(c, "new_shape");
    View list = in(c, 1);
    Shape s = {.rank = list.is_given ? (int32_t)list.count : wish.count};
    int64_t known = 1;
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = list.is_given ? (int32_t)list.v[k].i : wish.value[k];
        known *= s.dim[k] > 0 ? s.dim[k] : 1;
    }
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = s.dim[k] > 0 ? s.dim[k] : (int32_t)(in(c, 0).count / known);
    }
    same_elements(c, s);
}

static void squeeze_reference(Case *c)
{
    View x = in(c, 0);
    IntList dims = get_ints(c, "squeeze_dims");
    Shape s = {0};
    for (int32_t k = 0; k < x.s.rank; k++) {
        bool goes = dims.count == 0 && x.s.dim[k] == 1;
        for (int32_t i = 0; i < dims.count; i++) {
            goes = goes || from_front(dims.value[i], x.s.rank) == k;
        }
        if (!goes) {
            s.dim[s.rank++] = x.s.dim[k];
        }
    }
    same_elements(c, s);
}

/* S with a dimension of SIZE put in before dimension AXIS. */
static Shape widened(Shape s, int32_t axis, int32_t size)
{
    for (int32_t k = s.rank; k > axis; k--) {
        s.dim[k] = s.dim[k - 1];
    }
    s.dim[axis] = size;
    s.rank++;
    return s;
}

static void expand_reference(Case *c)
{
    Shape s = in(c, 0).s;
    same_elements(c, widened(s, from_front(list_at(c, 1, 0), s.rank + 1), 1));
}

static void transpose_reference(Case *c)
{
    View x = in(c, 0);
    Shape s = x.s;
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = x.s.dim[list_at(c, 1, k)];
    }
    View y = out(c, 0, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        for (int32_t k = 0; k < s.rank; k++) {
            at[list_at(c, 1, k)] = i[k];
        }
        y.v[place(&s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&s, i));
}

static void concatenation_reference(Case *c)
{
    Shape s = in(c, 0).s;
    int32_t axis = from_front(get_int(c, "axis"), s.rank);
    s.dim[axis] = 0;
    for (int32_t k = 0; k < c->in_count; k++) {
        s.dim[axis] += in(c, k).s.dim[axis];
    }
    View y = out(c, 0, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        memcpy(at, i, sizeof at);
        int32_t k = 0;
        for (; at[axis] >= in(c, k).s.dim[axis]; k++) {
            at[axis] -= in(c, k).s.dim[axis];
        }
        View x = in(c, k);
        y.v[place(&s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&s, i));
}

static void pack_reference(Case *c)
{
    Shape s = in(c, 0).s;
    int32_t axis = from_front(get_int(c, "axis"), s.rank + 1);
    s = widened(s, axis, c->in_count);
    View y = out(c, 0, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        for (int32_t k = 0; k < s.rank - 1; k++) {
            at[k] = i[k < axis ? k : k + 1];
        }
        View x = in(c, i[axis]);
        y.v[place(&s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&s, i));
}

/* Output K is X from START (SIZE elements) along AXIS. */
static void cut(Case *c, int32_t k, const View *x, int32_t axis, int32_t start, int32_t size)
{
    Shape s = x->s;
    s.dim[axis] = size;
    View y = out(c, k, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        memcpy(at, i, sizeof at);
        at[axis] += start;
        y.v[place(&s, i)] = x->v[place(&x->s, at)];
    } while (next_index(&s, i));
}

static void unpack_reference(Case *c)
{
    View x = in(c, 0);
    int32_t axis = from_front(get_int(c, "axis"), x.s.rank);
    for (int32_t k = 0; k < c->out_count; k++) {
        cut(c, k, &x, axis, k, 1);
        Shape *s = &c->want_shape[k];
        s->rank--;
        for (int32_t d = axis; d < s->rank; d++) {
            s->dim[d] = x.s.dim[d + 1];
        }
    }
}

static void split_reference(Case *c)
{
    View x = in(c, 1);
    int32_t axis = from_front(list_at(c, 0, 0), x.s.rank);
    int32_t size = x.s.dim[axis] / c->out_count;
    for (int32_t k = 0; k < c->out_count; k++) {
        cut(c, k, &x, axis, k * size, size);
    }
}

static void split_v_reference(Case *c)
{
    View x = in(c, 0);
    int32_t axis = from_front(list_at(c, 2, 0), x.s.rank);
    int32_t left = x.s.dim[axis];
    int32_t start = 0;
    for (int32_t k = 0; k < c->out_count; k++) {
        left -= list_at(c, 1, k) > 0 ? (int32_t)list_at(c, 1, k) : 0;
    }
    for (int32_t k = 0; k < c->out_count; k++) {
        int32_t size = list_at(c, 1, k) > 0 ? (int32_t)list_at(c, 1, k) : left;
        cut(c, k, &x, axis, start, size);
        start += size;
    }
}

static Shape gathered(const Shape *x, const Shape *index, int32_t axis, int32_t batch)
{
    Shape s = {0};
    for (int32_t k = 0; k < axis; k++) {
        s.dim[s.rank++] = x->dim[k];
    }
    for (int32_t k = batch; k < index->rank; k++) {
        s.dim[s.rank++] = index->dim[k];
    }
    for (int32_t k = axis + 1; k < x->rank; k++) {
        s.dim[s.rank++] = x->dim[k];
    }
    return s;
}

/* y[before axis][index beyond the batch][behind axis]. */
static void gather_reference(Case *c)
{
    View x = in(c, 0);
    View index = in(c, 1);
    int32_t axis = from_front(get_int(c, "axis"), x.s.rank);
    int32_t batch = from_front(get_int(c, "batch_dims"), index.s.rank);
    View y = out(c, 0, gathered(&x.s, &index.s, axis, batch));
    int32_t more = index.s.rank - batch - 1; /* dimensions that y has more than x */
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        int32_t from[MAX_RANK];
        for (int32_t k = 0; k < index.s.rank; k++) {
            from[k] = k < batch ? i[k] : i[axis + k - batch];
        }
        for (int32_t k = 0; k < x.s.rank; k++) {
            at[k] =
                k == axis ? (int32_t)index.v[place(&index.s, from)].i : i[k < axis ? k : k + more];
        }
        y.v[place(&y.s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&y.s, i));
}

static void broadcast_reference(Case *c)
{
    View x = in(c, 0);
    Shape s = {.rank = (int32_t)in(c, 1).count};
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] = (int32_t)list_at(c, 1, k);
    }
    View y = out(c, 0, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        for (int32_t k = 0; k < x.s.rank; k++) {
            at[k] = x.s.dim[k] == 1 ? 0 : i[s.rank - x.s.rank + k];
        }
        y.v[place(&s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&s, i));
}

static void tile_reference(Case *c)
{
    View x = in(c, 0);
    Shape s = x.s;
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] *= (int32_t)list_at(c, 1, k);
    }
    View y = out(c, 0, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        for (int32_t k = 0; k < s.rank; k++) {
            at[k] = i[k] % x.s.dim[k];
        }
        y.v[place(&s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&s, i));
}

static void read_reference(Case *c)
{
    same_elements(c, in(c, 0).s);
}

static void assign_reference(Case *c)
{
    View x = in(c, 0);
    View state = in(c, 1);
    for (int64_t i = 0; i < x.count; i++) {
        state.v[i] = x.v[i];
    }
}

extern const RefOp ref_movement[];
const RefOp ref_movement[] = {
    {"reshape", REF_EVERY_TYPE, reshape_generate, reshape_reference, NULL},
    {"squeeze", REF_EVERY_TYPE, squeeze_generate, squeeze_reference, NULL},
    {"expand_dims", REF_EVERY_TYPE, expand_generate, expand_reference, NULL},
    {"transpose", REF_EVERY_TYPE, transpose_generate, transpose_reference, NULL},
    {"concatenation", REF_EVERY_TYPE, concatenation_generate, concatenation_reference, no_act},
    {"pack", REF_EVERY_TYPE, pack_generate, pack_reference, NULL},
    {"unpack", REF_EVERY_TYPE, unpack_generate, unpack_reference, NULL},
    {"split", REF_EVERY_TYPE, split_generate, split_reference, NULL},
    {"split_v", REF_EVERY_TYPE, split_v_generate, split_v_reference, NULL},
    {"gather", REF_EVERY_TYPE, gather_generate, gather_reference, NULL},
    {"broadcast_to", REF_EVERY_TYPE, broadcast_generate, broadcast_reference, NULL},
    {"tile", REF_EVERY_TYPE, tile_generate, tile_reference, NULL},
    {"read_variable", REF_EVERY_TYPE, read_generate, read_reference, NULL},
    {"assign_variable", REF_EVERY_TYPE, assign_generate, assign_reference, NULL},
    {0},
};
