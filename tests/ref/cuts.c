/* Operators that cut, pad and regroup elements.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

static void finish(Case *c)
{
    TensorId y = add_output(c, c->type);
    make_node(c);
    copy_quant(c, y, c->in[0]);
}

static Shape some_shape(Case *c, int32_t least, int32_t most)
{
    return rnd_shape(c, least, rnd_chance(c, 4) ? most : 4, 60);
}

/* Pairs (before, after) of ROWS dimensions. */
static void add_pairs(Case *c, int32_t rows, const int64_t *pair)
{
    (void)add_values(c, rnd_chance(c, 6) ? TYPE_S64 : TYPE_S32, (Shape){2, {rows, 2}}, pair);
}

/* --- SLICE --- */

static void slice_generate(Case *c)
{
    Shape s = some_shape(c, 1, 6);
    int32_t begin[MAX_RANK];
    int32_t size[MAX_RANK];
    for (int32_t k = 0; k < s.rank; k++) {
        begin[k] = rnd_int(c, 0, s.dim[k] - 1);
        size[k] = rnd_chance(c, 3) ? -1 : rnd_int(c, 1, s.dim[k] - begin[k]);
    }
    (void)add_input(c, c->type, s, FILL_ANY);
    (void)add_list(c, s.rank, begin);
    (void)add_list(c, s.rank, size);
    finish(c);
}

static void slice_reference(Case *c)
{
    View x = in(c, 0);
    Shape s = x.s;
    for (int32_t k = 0; k < s.rank; k++) {
        int64_t size = list_at(c, 2, k);
        s.dim[k] = (int32_t)(size < 0 ? x.s.dim[k] - list_at(c, 1, k) : size);
    }
    View y = out(c, 0, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        for (int32_t k = 0; k < s.rank; k++) {
            at[k] = i[k] + (int32_t)list_at(c, 1, k);
        }
        y.v[place(&s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&s, i));
}

/* --- STRIDED_SLICE --- */

typedef struct Entries {
    int32_t count, begin[MAX_INTS], end[MAX_INTS], stride[MAX_INTS];
    int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
} Entries;

/* An entry whose numbers do not matter. */
static int32_t blank(Case *c, Entries *e)
{
    e->begin[e->count] = rnd_int(c, -9, 9);
    e->end[e->count] = rnd_int(c, -9, 9);
    e->stride[e->count] = 1;
    return 1 << e->count++;
}

/* One element, and the dimension goes. */
static void single(Case *c, Entries *e, int32_t size)
{
    int32_t i = e->count++;
    int32_t first = rnd_int(c, 0, size - 1);
    e->begin[i] = rnd_chance(c, 2) ? first : first - size;
    e->end[i] = rnd_int(c, -9, 9);
    e->stride[i] = 1;
    e->shrink_mask |= 1 << i;
}

/* An entry for a dimension of SIZE elements that leaves something of it. */
static void range(Case *c, Entries *e, int32_t size, bool is_relative)
{
    int32_t i = e->count++;
    int32_t stride = rnd_chance(c, 3) ? -rnd_int(c, 1, 3) : rnd_int(c, 1, 3);
    int32_t first = rnd_int(c, 0, size - 1);
    e->stride[i] = stride;
    e->begin[i] = rnd_chance(c, 2) ? first : first - size;
    if (rnd_chance(c, 3)) {
        e->begin_mask |= 1 << i;
        e->begin[i] = rnd_int(c, -9, 9);
        first = stride > 0 ? 0 : size - 1;
    } else if (rnd_chance(c, 4) && stride > 0) { /* beyond the front */
        e->begin[i] = -size - rnd_int(c, 1, 3);
        first = 0;
    }
    int32_t past = stride > 0 ? rnd_int(c, first + 1, size + 2) : rnd_int(c, -1, first - 1);
    if (is_relative) { /* END counts from the position; what would lie before the front needs the mask */
        past = stride > 0 ? past : -1;
        e->end[i] = past - first;
        e->end_mask |= past < 0 ? 1 << i : 0;
        return;
    }
    e->end[i] = past < size && rnd_chance(c, 2) ? past - size : past;
    e->end[i] = past < 0 ? -size - rnd_int(c, 1, 3) : e->end[i];
    if (rnd_chance(c, 4)) {
        e->end_mask |= 1 << i;
        e->end[i] = rnd_int(c, -9, 9);
    }
}

static Entries random_entries(Case *c, const Shape *s, bool is_relative)
{
    int32_t ellipsis = rnd_chance(c, 2) ? rnd_int(c, 0, s->rank) : -1;
    int32_t swallowed = ellipsis < 0 ? 0 : rnd_int(c, 0, s->rank - ellipsis);
    int32_t unnamed = rnd_chance(c, 3) && ellipsis < 0 ? rnd_int(c, 0, s->rank - 1) : 0;
    Entries e = {0};
    int32_t k = 0;
    int32_t rank = s->rank;
    while (k < s->rank - unnamed || k == ellipsis) {
        if (rank < MAX_RANK && e.count < 3 && rnd_chance(c, 6)) {
            e.new_axis_mask |= blank(c, &e);
            rank++;
        } else if (k == ellipsis) {
            e.ellipsis_mask |= blank(c, &e);
            k += swallowed;
            ellipsis = -1;
        } else if (rnd_chance(c, 5)) {
            single(c, &e, s->dim[k++]);
        } else {
            range(c, &e, s->dim[k++], is_relative);
        }
    }
    return e;
}

static void strided_generate(Case *c)
{
    Shape s = some_shape(c, 1, 6);
    bool is_relative = rnd_chance(c, 3);
    Entries e = random_entries(c, &s, is_relative);
    (void)add_input(c, c->type, s, FILL_ANY);
    (void)add_list(c, e.count, e.begin);
    (void)add_list(c, e.count, e.end);
    (void)add_list(c, e.count, e.stride);
    finish(c);
    set_int(c, "begin_mask", e.begin_mask);
    set_int(c, "end_mask", e.end_mask);
    set_int(c, "ellipsis_mask", e.ellipsis_mask);
    set_int(c, "new_axis_mask", e.new_axis_mask);
    set_int(c, "shrink_axis_mask", e.shrink_mask);
    set_bool(c, "offset", is_relative);
}

static bool has(const Case *c, const char *mask, int32_t i)
{
    return get_int(c, mask) / (1 << i) % 2 != 0;
}

/* Where the output's elements lie along one dimension of x. */
typedef struct Line {
    int64_t first, step, count;
    bool is_new, is_dropped;
} Line;

static Line line(const Case *c, int32_t i, int32_t size)
{
    Line l = {.step = list_at(c, 3, i), .is_dropped = has(c, "shrink_axis_mask", i)};
    int64_t lowest = l.step > 0 ? 0 : -1;
    int64_t highest = l.step > 0 ? size : size - 1;
    int64_t begin = list_at(c, 1, i);
    begin = clamp(begin < 0 ? begin + size : begin, lowest, highest);
    begin = !has(c, "begin_mask", i) ? begin : l.step > 0 ? 0 : size - 1;
    int64_t end = list_at(c, 2, i) + (get_bool(c, "offset") ? begin : 0);
    end = clamp(end < 0 ? end + size : end, lowest, highest);
    end = !has(c, "end_mask", i) ? end : l.step > 0 ? size : -1;
    l.first = begin;
    for (int64_t at = begin; l.step > 0 ? at < end : at > end; at += l.step) {
        l.count++;
    }
    l.count = l.is_dropped ? 1 : l.count;
    return l;
}

static int32_t read_lines(const Case *c, const Shape *x, Line *l)
{
    int32_t entries = (int32_t)in(c, 1).count;
    int32_t named = 0;
    for (int32_t i = 0; i < entries; i++) {
        named += !has(c, "ellipsis_mask", i) && !has(c, "new_axis_mask", i);
    }
    int32_t axis = 0;
    int32_t count = 0;
    for (int32_t i = 0; i < entries; i++) {
        if (has(c, "ellipsis_mask", i)) {
            for (int32_t k = x->rank - named; k > 0; k--) {
                l[count++] = (Line){0, 1, x->dim[axis++], false, false};
            }
        } else if (has(c, "new_axis_mask", i)) {
            l[count++] = (Line){.count = 1, .is_new = true};
        } else {
            l[count++] = line(c, i, x->dim[axis++]);
        }
    }
    while (axis < x->rank) {
        l[count++] = (Line){0, 1, x->dim[axis++], false, false};
    }
    return count;
}

static void strided_reference(Case *c)
{
    View x = in(c, 0);
    Line l[2 * MAX_INTS];
    int32_t count = read_lines(c, &x.s, l);
    Shape s = {0};
    for (int32_t k = 0; k < count; k++) {
        if (!l[k].is_dropped) {
            s.dim[s.rank++] = (int32_t)l[k].count;
        }
    }
    View y = out(c, 0, s);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        int32_t from = 0;
        int32_t to = 0;
        for (int32_t k = 0; k < count; k++) {
            int32_t step = l[k].is_dropped ? 0 : i[to++];
            if (!l[k].is_new) {
                at[from++] = (int32_t)(l[k].first + step * l[k].step);
            }
        }
        y.v[place(&s, i)] = x.v[place(&x.s, at)];
    } while (next_index(&s, i));
}

/* --- PAD, PADV2, MIRROR_PAD --- */

static void pad_generate(Case *c)
{
    bool is_mirror = c->op->name[0] == 'm';
    bool is_reflect = rnd_chance(c, 2);
    Shape s = some_shape(c, 1, is_mirror ? 5 : 6);
    int64_t pair[2 * MAX_RANK];
    for (int32_t k = 0; k < 2 * s.rank; k++) {
        int32_t most = is_mirror ? s.dim[k / 2] - (is_reflect ? 1 : 0) : 2;
        pair[k] = rnd_chance(c, 2) ? 0 : rnd_int(c, 0, most > 3 ? 3 : most);
    }
    TensorId x = add_input(c, c->type, s, FILL_ANY);
    add_pairs(c, s.rank, pair);
    if (strcmp(c->op->name, "padv2") == 0) {
        TensorId value = add_const(c, c->type, (Shape){rnd_int(c, 0, 1), {1}}, FILL_ANY);
        copy_quant(c, value, x);
    }
    finish(c);
    if (is_mirror) {
        set_int(c, "mode", is_reflect ? 0 : 1);
    }
}

static int32_t mirrored(int32_t at, int32_t size, bool is_reflect)
{
    if (at < 0) {
        return is_reflect ? -at : -at - 1;
    }
    return at < size ? at : 2 * size - at - (is_reflect ? 2 : 1);
}

static void pad_reference(Case *c)
{
    View x = in(c, 0);
    View value = in(c, 2);
    bool is_mirror = c->op->name[0] == 'm';
    bool is_reflect = is_mirror && get_int(c, "mode") == 0;
    Shape s = x.s;
    for (int32_t k = 0; k < s.rank; k++) {
        s.dim[k] += (int32_t)(list_at(c, 1, 2 * k) + list_at(c, 1, 2 * k + 1));
    }
    View y = out(c, 0, s);
    Num filler = value.is_given ? value.v[0] : num(y.zero);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        bool is_inside = true;
        for (int32_t k = 0; k < s.rank; k++) {
            at[k] = i[k] - (int32_t)list_at(c, 1, 2 * k);
            at[k] = is_mirror ? mirrored(at[k], x.s.dim[k], is_reflect) : at[k];
            is_inside = is_inside && at[k] >= 0 && at[k] < x.s.dim[k];
        }
        y.v[place(&s, i)] = is_inside ? x.v[place(&x.s, at)] : filler;
    } while (next_index(&s, i));
}

/* --- SPACE_TO_DEPTH, DEPTH_TO_SPACE --- */

static void depth_generate(Case *c)
{
    bool to_depth = c->op->name[0] == 's';
    int32_t block = rnd_int(c, 1, 3);
    Shape s = {4, {rnd_size(c, 2), rnd_size(c, 4), rnd_size(c, 4), rnd_size(c, 4)}};
    if (to_depth) {
        s.dim[1] *= block;
        s.dim[2] *= block;
    } else {
        s.dim[3] *= block * block;
    }
    (void)add_input(c, c->type, s, FILL_ANY);
    finish(c);
    set_int(c, "block_size", block);
}

static void depth_reference(Case *c)
{
    View x = in(c, 0);
    bool to_depth = c->op->name[0] == 's';
    int32_t b = get_int(c, "block_size");
    Shape s = x.s;
    s.dim[1] = to_depth ? s.dim[1] / b : s.dim[1] * b;
    s.dim[2] = to_depth ? s.dim[2] / b : s.dim[2] * b;
    s.dim[3] = to_depth ? s.dim[3] * b * b : s.dim[3] / (b * b);
    View y = out(c, 0, s);
    const View *image = to_depth ? &x : &y;
    const View *deep = to_depth ? &y : &x;
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t k = (i[1] % b * b + i[2] % b) * image->s.dim[3] + i[3];
        int64_t there = at4(&deep->s, i[0], i[1] / b, i[2] / b, k);
        int64_t here = place(&image->s, i);
        y.v[to_depth ? there : here] = x.v[to_depth ? here : there];
    } while (next_index(&image->s, i));
}

/* --- SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND --- */

static void batch_generate(Case *c)
{
    bool to_batch = c->op->name[0] == 's';
    int32_t dims = rnd_int(c, 1, 2);
    int32_t block[2];
    int64_t pair[4];
    Shape s = {.rank = dims + 2, .dim = {rnd_size(c, 2)}};
    for (int32_t k = 0; k < dims; k++) {
        block[k] = rnd_int(c, 1, 3);
        int32_t blocks = rnd_int(c, 1, 4);
        int32_t whole = blocks * block[k];
        pair[2 * k] = rnd_int(c, 0, whole - 1 < 3 ? whole - 1 : 3);
        int32_t left = whole - 1 - (int32_t)pair[2 * k];
        pair[2 * k + 1] = rnd_int(c, 0, left < 3 ? left : 3);
        s.dim[k + 1] = to_batch ? whole - (int32_t)(pair[2 * k] + pair[2 * k + 1]) : blocks;
        s.dim[0] *= to_batch ? 1 : block[k];
    }
    s.dim[dims + 1] = rnd_size(c, 4);
    (void)add_input(c, c->type, s, FILL_ANY);
    (void)add_list(c, dims, block);
    add_pairs(c, dims, pair);
    finish(c);
    cover(c, dims == 1 ? "rank=3" : "rank=4");
}

static Shape dealt_shape(const Case *c, const View *x, bool to_batch)
{
    Shape s = x->s;
    for (int32_t k = 0; k < s.rank - 2; k++) {
        int32_t b = (int32_t)list_at(c, 1, k);
        int32_t edges = (int32_t)(list_at(c, 2, 2 * k) + list_at(c, 2, 2 * k + 1));
        s.dim[k + 1] = to_batch ? (s.dim[k + 1] + edges) / b : s.dim[k + 1] * b - edges;
        s.dim[0] = to_batch ? s.dim[0] * b : s.dim[0] / b;
    }
    return s;
}

static void batch_reference(Case *c)
{
    View x = in(c, 0);
    bool to_batch = c->op->name[0] == 's';
    int32_t dims = x.s.rank - 2;
    View y = out(
        c, 0,
        dealt_shape(c, &x, to_batch)); /* padding is 0, not the zero point, like TFLite Micro's */
    const View *image = to_batch ? &x : &y;
    const View *dealt = to_batch ? &y : &x;
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t at[MAX_RANK];
        int32_t position = 0;
        for (int32_t k = 0; k < dims; k++) {
            int32_t b = (int32_t)list_at(c, 1, k);
            int32_t padded = i[k + 1] + (int32_t)list_at(c, 2, 2 * k);
            at[k + 1] = padded / b;
            position = position * b + padded % b;
        }
        at[0] = position * image->s.dim[0] + i[0];
        at[dims + 1] = i[dims + 1];
        int64_t there = place(&dealt->s, at);
        int64_t here = place(&image->s, i);
        y.v[to_batch ? there : here] = x.v[to_batch ? here : there];
    } while (next_index(&image->s, i));
}

extern const RefOp ref_cuts[];
const RefOp ref_cuts[] = {
    {"slice", REF_EVERY_TYPE, slice_generate, slice_reference, NULL},
    {"strided_slice", REF_EVERY_TYPE, strided_generate, strided_reference, NULL},
    {"pad", REF_EVERY_TYPE, pad_generate, pad_reference, NULL},
    /* a 64-bit filler has no kernel */
    {"padv2",
     {TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32, TYPE_U8, TYPE_BOOL},
     pad_generate,
     pad_reference,
     NULL},
    {"mirror_pad", REF_EVERY_TYPE, pad_generate, pad_reference, NULL},
    {"space_to_depth", REF_EVERY_TYPE, depth_generate, depth_reference, NULL},
    {"depth_to_space", REF_EVERY_TYPE, depth_generate, depth_reference, NULL},
    {"space_to_batch_nd", REF_EVERY_TYPE, batch_generate, batch_reference, NULL},
    {"batch_to_space_nd", REF_EVERY_TYPE, batch_generate, batch_reference, NULL},
    {0},
};
