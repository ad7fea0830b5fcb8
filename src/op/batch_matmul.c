/* BATCH_MATMUL: y[..][r][c] = sum_k x1[..][r][k] * x2[..][k][c].
 * x1: [.., R, K], or [.., K, R] with adj_x; x2: [.., K, C], or [.., C, K] with adj_y; y: [.., R, C]. The leading
 * dimensions broadcast. TFLite: BatchMatMulOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_gemm.h"
#include "op/util_mac.h"
#include "op/util_matmul.h"
#include "op/util_train.h"

enum { A, B, LAST_RANK = 5 };

typedef struct Attr {
    bool adj_x, adj_y;
} Attr;
static const AttrDesc attrs[] = {
    {"adj_x", ATTR_BOOL, offsetof(Attr, adj_x), WIRE_BOOL, 0, 0, 0, 1, NULL, NULL},
    {"adj_y", ATTR_BOOL, offsetof(Attr, adj_y), WIRE_BOOL, 1, 0, 0, 1, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *at = n->attr;
    const Tensor *a = node_in(g, n, A);
    const Tensor *b = node_in(g, n, B);
    Tensor *y = node_out(g, n, 0);
    TRY(mac_check_activation(g, n, a, "first matrix", d));
    TRY(check_type(g, n, b, TYPE_BIT(a->type), "second matrix", d));
    TRY(mac_check_activation(g, n, b, "second matrix", d));
    TRY(check_type(g, n, y, TYPE_BIT(a->type), "output", d));
    TRY(mac_check_activation(g, n, y, "output", d));
    TRY(check_rank(g, n, a, 2, LAST_RANK, "first matrix", d));
    TRY(check_rank(g, n, b, 2, LAST_RANK, "second matrix", d));
    int32_t a_depth = shape_dim_back(&a->shape, at->adj_x ? 1 : 0);
    int32_t b_depth = shape_dim_back(&b->shape, at->adj_y ? 0 : 1);
    if (a_depth != b_depth) {
        char p[96];
        char q[96];
        return fail_node(g, n, d, ERR_INPUT, "matrices of shapes %s%s and %s%s do not multiply: %d against %d",
                         shape_text(&a->shape, p), at->adj_x ? " (transposed)" : "", shape_text(&b->shape, q),
                         at->adj_y ? " (transposed)" : "", a_depth, b_depth);
    }
    Shape a_batch = shape_of(a->shape.rank - 2, a->shape.dim);
    Shape b_batch = shape_of(b->shape.rank - 2, b->shape.dim);
    Shape s;
    TRY(broadcast_shape(g, n, &a_batch, &b_batch, &s, d));
    s.dim[s.rank++] = shape_dim_back(&a->shape, at->adj_x ? 0 : 1);
    s.dim[s.rank++] = shape_dim_back(&b->shape, at->adj_y ? 1 : 0);
    y->shape = s;
    return OK;
}

/* Steps along the three batch dimensions, 0 where S has only one matrix. */
static void batch_steps(const Shape *s, int32_t step[3])
{
    int32_t size = shape_dim_back(s, 0) * shape_dim_back(s, 1);
    for (int32_t i = 0; i < 3; i++) {
        int32_t dim = shape_dim_back(s, 2 + i);
        step[2 - i] = dim > 1 ? size : 0;
        size *= dim;
    }
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *at = n->attr;
    const Shape *a = &node_in(g, n, A)->shape;
    const Shape *b = &node_in(g, n, B)->shape;
    const Shape *y = &node_out(g, n, 0)->shape;
    Matmul m = {.a = A, .b = B, .bias = -1, .act = ACT_NONE};
    m.rows = shape_dim_back(y, 1);
    m.cols = shape_dim_back(y, 0);
    m.depth = shape_dim_back(a, at->adj_x ? 1 : 0);
    m.a_row = at->adj_x ? 1 : m.depth;
    m.a_step = at->adj_x ? m.rows : 1;
    m.b_col = at->adj_y ? m.depth : 1;
    m.b_step = at->adj_y ? 1 : m.cols;
    for (int32_t i = 0; i < 3; i++) {
        m.batch[2 - i] = shape_dim_back(y, 2 + i);
    }
    batch_steps(a, m.a_batch);
    batch_steps(b, m.b_batch);
    return matmul_lower(g, n, &m, d);
}

static int64_t macs(const Graph *g, const Node *n)
{
    const Attr *at = n->attr;
    return shape_count(&node_out(g, n, 0)->shape) * shape_dim_back(&node_in(g, n, A)->shape, at->adj_x ? 1 : 0);
}

/* The product of two matrices as the attributes say: AT, BT transpose them. */
static void train_product_one(Gemm *p, bool at, bool bt)
{
    p->form = at ? (bt ? GEMM_TT : GEMM_TN) : (bt ? GEMM_NT : GEMM_NN);
    p->a_row = at ? p->m : p->k;
    p->b_row = bt ? p->k : p->n;
    p->c_row = p->n;
    gemm(p);
}

/* Which matrices of one sample go together: floats from their starts. */
typedef struct TrainPair {
    int64_t a, b, y;
} TrainPair;

static TrainPair train_pair_at(const Shard *s, int64_t index)
{
    const Shape *a = &node_in(s->g, s->n, A)->shape;
    const Shape *b = &node_in(s->g, s->n, B)->shape;
    const Shape *y = &node_out(s->g, s->n, 0)->shape;
    const int64_t size = (int64_t)shape_dim_back(y, 0) * shape_dim_back(y, 1);
    const int64_t matrices = shape_count(y) / size;
    int32_t a_step[3];
    int32_t b_step[3];
    batch_steps(a, a_step);
    batch_steps(b, b_step);
    int64_t sample = index / matrices;
    TrainPair p = {.a = shard_in_is_const(s, A) ? 0 : sample * shape_count(a),
                   .b = shard_in_is_const(s, B) ? 0 : sample * shape_count(b),
                   .y = index * size};
    int64_t rest = index % matrices;
    for (int32_t i = 0; i < 3; i++) {
        p.a += rest % shape_dim_back(y, 2 + i) * a_step[2 - i];
        p.b += rest % shape_dim_back(y, 2 + i) * b_step[2 - i];
        rest /= shape_dim_back(y, 2 + i);
    }
    return p;
}

static int64_t train_matrices(const Shard *s)
{
    const Shape *y = &node_out(s->g, s->n, 0)->shape;
    return s->batch * shape_count(y) / ((int64_t)shape_dim_back(y, 0) * shape_dim_back(y, 1));
}

static void train_forward(const Shard *s)
{
    const Attr *at = s->n->attr;
    const Shape *y = &node_out(s->g, s->n, 0)->shape;
    for (int64_t i = 0; i < train_matrices(s); i++) {
        TrainPair p = train_pair_at(s, i);
        Gemm m = {.m = shape_dim_back(y, 1), .n = shape_dim_back(y, 0),
                  .k = shape_dim_back(&node_in(s->g, s->n, A)->shape, at->adj_x ? 1 : 0),
                  .a = s->in[A] + p.a, .b = s->in[B] + p.b, .c = s->out[0] + p.y};
        train_product_one(&m, at->adj_x, at->adj_y);
    }
}

/* With y = a b: da = dy b^T, db = a^T dy; each transposed where the input is. */
static void train_backward(const Shard *s)
{
    const Attr *at = s->n->attr;
    const Shape *y = &node_out(s->g, s->n, 0)->shape;
    const int32_t rows = shape_dim_back(y, 1);
    const int32_t cols = shape_dim_back(y, 0);
    const int32_t depth = shape_dim_back(&node_in(s->g, s->n, A)->shape, at->adj_x ? 1 : 0);
    for (int64_t i = 0; i < train_matrices(s); i++) {
        TrainPair p = train_pair_at(s, i);
        const float *dy = s->d_out[0] + p.y;
        if (s->d_in[A] != NULL) {
            Gemm m = at->adj_x ? (Gemm){.m = depth, .n = rows, .k = cols, .a = s->in[B] + p.b, .b = dy}
                               : (Gemm){.m = rows, .n = depth, .k = cols, .a = dy, .b = s->in[B] + p.b};
            m.c = s->d_in[A] + p.a;
            m.add = true;
            train_product_one(&m, at->adj_x && at->adj_y, at->adj_x || !at->adj_y);
        }
        if (s->d_in[B] != NULL) {
            Gemm m = at->adj_y ? (Gemm){.m = cols, .n = depth, .k = rows, .a = dy, .b = s->in[A] + p.a}
                               : (Gemm){.m = depth, .n = cols, .k = rows, .a = s->in[A] + p.a, .b = dy};
            m.c = s->d_in[B] + p.b;
            m.add = true;
            train_product_one(&m, at->adj_y || !at->adj_x, at->adj_x && at->adj_y);
        }
    }
}

const Op op_batch_matmul = {
    .kind = {"batch_matmul", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "BATCH_MATMUL",
    .tflite_code = 126,
    .tflite_options = 101,
    .quant = {.rule = QUANT_FREE},
    .min_in = 2, .max_in = 2, .min_out = 1, .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
    .forward = train_forward,
    .backward = train_backward,
    .train_in = "w",
};
