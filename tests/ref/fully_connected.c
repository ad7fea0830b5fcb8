/* Products of matrices.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <math.h>
#include <stdlib.h>

/* Products of two inputs, or with weights that have a zero point: all that is known of the bytes is their range. */
static void product_scales(Case *c, TensorId a, TensorId b, TensorId y, int32_t depth, int64_t bias)
{
    View p = see(c, a);
    View q = see(c, b);
    bool is_wide = c->type == TYPE_S16;
    double most_a = (is_wide ? 32768.0 : 128.0) + (double)llabs(p.zero);
    double most_b = (q.t->type == TYPE_S16 ? 32768.0 : 128.0) + (double)llabs(q.zero);
    double bound = most_a * most_b * depth + (double)bias;
    double usual = (is_wide ? 32768.0 : 128.0) / bound * rnd_log(c, 0.0, 3.0);
    double wish = rnd_chance(c, c->is_corner ? 2 : 4) ? (double)rnd_scale(c, -16.0, 1.0) : usual;
    while (quantise(wish).e >= 0 && ldexp(bound, quantise(wish).e) > 2147418000.0) {
        wish /= 2.0;
    }
    cover(c, wish < 1.0 / 1024.0 ? "multiplier<2^-10" : "multiplier>=2^-10");
    set_quant(c, y, p.scale * q.scale / wish, rnd_zero(c, c->type));
}

/* --- FULLY_CONNECTED ------------------------------------------------------------------------------------------ */

static void add_rows(Case *c, FillKind kind, int32_t depth, bool keep_dims)
{
    Shape s = rnd_shape(c, 1, 3, 6);
    if (keep_dims || rnd_chance(c, 2)) {
        s.dim[s.rank++] = depth;
    } else {
        s.dim[rnd_int(c, 0, s.rank - 1)] *= depth;
    }
    (void)add_input(c, c->type, s, kind);
}

/* Weights with a zero point, or computed at run time. */
static void plain_product(Case *c, TensorId w, int32_t depth, int32_t outputs)
{
    int32_t zero = c->type == TYPE_S8 ? rnd_zero(c, TYPE_S8) : 0;
    if (c->type != TYPE_F32) {
        set_quant(c, w, (double)rnd_scale(c, -9.0, 0.0), zero);
    }
    int64_t largest = 0;
    if (rnd_chance(c, 2)) {
        Type type = c->type == TYPE_F32 ? TYPE_F32 : TYPE_S32;
        TensorId b = add_const(c, type, shape_of(1, &outputs), FILL_EXACT);
        for (int32_t o = 0; o < outputs && type == TYPE_S32; o++) {
            int64_t v = rnd_int(c, -100000, 100000);
            largest = llabs(v) > largest ? llabs(v) : largest;
            c->value[b][o] = num(v);
        }
        const_again(c, b);
        cover(c, type == TYPE_F32 ? "bias=f32" : "bias=s32");
    } else {
        cover(c, "bias=none");
    }
    TensorId y = add_output(c, c->type);
    make_node(c);
    if (c->type != TYPE_F32) {
        product_scales(c, c->in[0], w, y, depth, largest);
    }
}

static void fully_connected_generate(Case *c)
{
    FillKind kind = mac_fill(c);
    int32_t depth = rnd_chance(c, 4) ? rnd_size(c, 40) : rnd_size(c, 9);
    int32_t outputs = rnd_size(c, rnd_chance(c, 4) ? 17 : 6);
    bool keep_dims = rnd_chance(c, 2);
    int32_t how = c->type == TYPE_S16 ? 2 : rnd_int(c, 0, 5);
    add_rows(c, kind, depth, keep_dims);
    Shape s = {2, {outputs, depth}};
    bool is_hybrid = how > 1 && hybrid_drawn(c);
    Type type = c->type == TYPE_F32 && !is_hybrid ? TYPE_F32 : TYPE_S8;
    TensorId w = how == 0 ? add_input(c, type, s, kind) : add_const(c, type, s, kind);
    if (how <= 1 && (how == 0 || type == TYPE_S8)) {
        cover(c, how == 0 ? "weights=input" : "weights=zero point");
        plain_product(c, w, depth, outputs);
    } else if (is_hybrid) {
        hybrid_finish(c, w, (Taps){outputs, 0, depth, depth, 1});
    } else {
        mac_finish(c, c->in[0], w, (Taps){outputs, 0, depth, depth, 1}, true);
    }
    set_bool(c, "keep_num_dims", keep_dims);
    set_bool(c, "asymmetric_quantize_inputs", rnd_chance(c, 2)); /* of a hybrid layer alone */
    (void)rnd_act(c);
}

static void fully_connected_reference(Case *c)
{
    View x = in(c, 0);
    View w = in(c, 1);
    int32_t depth = w.s.dim[1];
    int32_t outputs = w.s.dim[0];
    Shape s = {2, {(int32_t)(x.count / depth), outputs}};
    if (get_bool(c, "keep_num_dims")) {
        s = x.s;
        s.dim[s.rank - 1] = outputs;
    }
    View y = out(c, 0, s);
    View bias = in(c, 2);
    float *scale = !hybrid_is(c, 1) ? NULL : hybrid_see(c, &x, x.count / depth, get_bool(c, "asymmetric_quantize_inputs"));
    for (int64_t i = 0; i < y.count; i++) {
        int64_t o = i % outputs;
        Num sum = {0};
        for (int32_t k = 0; k < depth; k++) {
            const Num *a = &x.v[i / outputs * depth + k];
            const Num *b = &w.v[o * depth + k];
            sum.i += (a->i - x.zero) * (b->i - (w.t->q.count == 1 ? w.zero : 0));
            sum.r += a->r * b->r;
        }
        y.v[i] = scale != NULL ? hybrid_end(sum, scale[i / outputs], &w, &bias, o, get_int(c, "act"))
                               : mac_end(c, sum, 0, 1, 2, o, &y, get_int(c, "act"));
    }
}

/* --- BATCH_MATMUL ------------------------------------------------------------------------------------------------ */

static Shape matrix_shape(Case *c, Shape batch, int32_t rank, int32_t rows, int32_t cols)
{
    Shape s = {.rank = rank + 2};
    for (int32_t k = 0; k < rank; k++) {
        s.dim[k] = rnd_chance(c, 4) ? 1 : batch.dim[batch.rank - rank + k];
    }
    s.dim[rank] = rows;
    s.dim[rank + 1] = cols;
    return s;
}

static void batch_matmul_generate(Case *c)
{
    bool adj_x = rnd_chance(c, 2);
    bool adj_y = rnd_chance(c, 2);
    FillKind kind = mac_fill(c);
    int32_t rows = rnd_size(c, 4);
    int32_t cols = rnd_size(c, 5);
    int32_t depth = rnd_size(c, rnd_chance(c, 4) ? 20 : 6);
    Shape batch = rnd_shape(c, 0, 3, 6);
    int32_t other = rnd_int(c, 0, batch.rank);
    bool is_first_whole = rnd_chance(c, 2);
    Shape a = matrix_shape(c, batch, is_first_whole ? batch.rank : other, adj_x ? depth : rows,
                           adj_x ? rows : depth);
    Shape b = matrix_shape(c, batch, is_first_whole ? other : batch.rank, adj_y ? cols : depth,
                           adj_y ? depth : cols);
    TensorId p = add_input(c, c->type, a, kind);
    TensorId q = rnd_chance(c, 3) ? add_const(c, c->type, b, kind) : add_input(c, c->type, b, kind);
    TensorId y = add_output(c, c->type);
    make_node(c);
    set_bool(c, "adj_x", adj_x);
    set_bool(c, "adj_y", adj_y);
    if (c->type != TYPE_F32) {
        product_scales(c, p, q, y, depth, 0);
    }
}

/* Element (R, C) of the matrix that output index I sees. */
static const Num *matrix_at(const View *m, const int32_t *i, int32_t rank, int32_t r, int32_t k)
{
    int32_t at[MAX_RANK] = {0};
    for (int32_t d = 0; d < m->s.rank - 2; d++) {
        int32_t seen = i[d + rank - m->s.rank];
        at[d] = m->s.dim[d] == 1 ? 0 : seen;
    }
    at[m->s.rank - 2] = r;
    at[m->s.rank - 1] = k;
    return &m->v[place(&m->s, at)];
}

static Shape product_shape(const View *a, const View *b, int32_t rows, int32_t cols)
{
    Shape s = {.rank = a->s.rank > b->s.rank ? a->s.rank : b->s.rank};
    for (int32_t k = 0; k < s.rank - 2; k++) {
        int32_t p = k + a->s.rank - s.rank;
        int32_t q = k + b->s.rank - s.rank;
        int32_t from_a = p < 0 ? 1 : a->s.dim[p];
        int32_t from_b = q < 0 ? 1 : b->s.dim[q];
        s.dim[k] = from_a > from_b ? from_a : from_b;
    }
    s.dim[s.rank - 2] = rows;
    s.dim[s.rank - 1] = cols;
    return s;
}

static void batch_matmul_reference(Case *c)
{
    View a = in(c, 0);
    View b = in(c, 1);
    bool adj_x = get_bool(c, "adj_x");
    bool adj_y = get_bool(c, "adj_y");
    int32_t depth = a.s.dim[a.s.rank - (adj_x ? 2 : 1)];
    View y = out(c, 0,
                 product_shape(&a, &b, a.s.dim[a.s.rank - (adj_x ? 1 : 2)],
                               b.s.dim[b.s.rank - (adj_y ? 2 : 1)]));
    Fixed f = quantise(a.scale * b.scale / y.scale);
    int32_t i[MAX_RANK] = {0};
    do {
        int32_t r = i[y.s.rank - 2];
        int32_t o = i[y.s.rank - 1];
        Num sum = {0};
        for (int32_t k = 0; k < depth; k++) {
            const Num *p = matrix_at(&a, i, y.s.rank, adj_x ? k : r, adj_x ? r : k);
            const Num *q = matrix_at(&b, i, y.s.rank, adj_y ? o : k, adj_y ? k : o);
            sum.i += (p->i - a.zero) * (q->i - b.zero);
            sum.r += p->r * q->r;
        }
        int64_t scaled = c->type == TYPE_S16 ? mul64(sum.i, f) : mul(c, sum.i, f);
        y.v[place(&y.s, i)] =
            c->type == TYPE_F32 ? sum : num(clamp(scaled + y.zero, y.low, y.high));
    } while (next_index(&y.s, i));
}

extern const RefOp ref_fully_connected[];
const RefOp ref_fully_connected[] = {
    {"fully_connected",
     {TYPE_S8, TYPE_S16, TYPE_F32},
     fully_connected_generate,
     fully_connected_reference,
     NULL},
    {"batch_matmul",
     {TYPE_S8, TYPE_S16, TYPE_F32},
     batch_matmul_generate,
     batch_matmul_reference,
     NULL},
    {0},
};
