/* GATHER: y[..][i][..] = x[..][index[i]][..] along AXIS; the first BATCH_DIMS dimensions of x and
 * index run together. x: any type; index: s32, any rank, constant (checked here) or computed (moved
 * into range on the device: the reference would stop). TFLite: GatherOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

#include "shrinc_gather.h"

typedef struct Attr {
    int32_t axis, batch_dims;
} Attr;
static const AttrDesc attrs[] = {
    {"axis", ATTR_INT, offsetof(Attr, axis), WIRE_I32, 0, 0, -MAX_RANK, MAX_RANK - 1, NULL, NULL},
    {"batch_dims", ATTR_INT, offsetof(Attr, batch_dims), WIRE_I32, 1, 0, -MAX_RANK, MAX_RANK - 1,
     NULL, NULL},
};

static Status axes(const Graph *g, const Node *n, int32_t *axis, int32_t *batch, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *x = node_in(g, n, 0);
    const Tensor *index = node_in(g, n, 1);
    TRY(check_axis(g, n, a->axis, x->shape.rank, axis, d));
    *batch = a->batch_dims < 0 ? a->batch_dims + index->shape.rank : a->batch_dims;
    if (*batch < 0 || *batch > *axis || *batch > index->shape.rank) {
        return fail_node(g, n, d, ERR_INPUT,
                         "batch_dims %d does not fit axis %d and indices of rank %d", a->batch_dims,
                         *axis, index->shape.rank);
    }
    for (int32_t k = 0; k < *batch; k++) {
        if (x->shape.dim[k] != index->shape.dim[k]) {
            return fail_node(g, n, d, ERR_INPUT,
                             "dimension %d is %d in the input but %d in the indices", k,
                             x->shape.dim[k], index->shape.dim[k]);
        }
    }
    return OK;
}

static Status check_indices(const Graph *g, const Node *n, const Tensor *index, int32_t limit,
                            Diag *d)
{
    for (int64_t i = 0; tensor_is_const(index) && i < shape_count(&index->shape); i++) {
        double v = const_value(index, i);
        if (v < 0.0 || v >= (double)limit) {
            return fail_node(g, n, d, ERR_INPUT, "index %jd is %.0f, outside 0 to %d", (intmax_t)i,
                             v, limit - 1);
        }
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *index = node_in(g, n, 1);
    Tensor *y = node_out(g, n, 0);
    int32_t axis = 0;
    int32_t batch = 0;
    TRY(check_moved(g, n, x, y, d));
    TRY(check_type(g, n, index, TYPE_BIT(TYPE_S32), "indices", d));
    TRY(check_rank(g, n, x, 1, MAX_RANK, "input", d));
    TRY(axes(g, n, &axis, &batch, d));
    TRY(check_indices(g, n, index, x->shape.dim[axis], d));
    int32_t rank = x->shape.rank - 1 + index->shape.rank - batch;
    if (rank > MAX_RANK) {
        return fail_node(g, n, d, ERR_LIMIT, "the output would have rank %d; at most %d", rank,
                         MAX_RANK);
    }
    Shape s = {.rank = rank};
    int32_t at = 0;
    for (int32_t k = 0; k < axis; k++) {
        s.dim[at++] = x->shape.dim[k];
    }
    for (int32_t k = batch; k < index->shape.rank; k++) {
        s.dim[at++] = index->shape.dim[k];
    }
    for (int32_t k = axis + 1; k < x->shape.rank; k++) {
        s.dim[at++] = x->shape.dim[k];
    }
    TRY(check_elements(g, n, &s, d));
    y->shape = s;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    const Tensor *index = node_in(g, n, 1);
    int32_t axis = 0;
    int32_t batch = 0;
    TRY(axes(g, n, &axis, &batch, d));
    int64_t index_batches = 1;
    int64_t outer = 1;
    int64_t inner = type_bytes(x->type);
    for (int32_t k = 0; k < axis; k++) {
        (void)(k < batch ? (index_batches *= x->shape.dim[k]) : (outer *= x->shape.dim[k]));
    }
    for (int32_t k = axis + 1; k < x->shape.rank; k++) {
        inner *= x->shape.dim[k];
    }
    Call *c = call_new(g, n, "shrinc_gather", sizeof(shrinc_gather_params));
    *(shrinc_gather_params *)c->params = (shrinc_gather_params){
        .index_batches = (int32_t)index_batches,
        .outer = (int32_t)outer,
        .count = (int32_t)(shape_count(&index->shape) / index_batches),
        .slices = x->shape.dim[axis],
        .bytes = (int32_t)inner,
    };
    call_tensor(c, n->in[0]);
    call_tensor(c, n->in[1]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_gather = {
    .kind = {"gather", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "GATHER",
    .tflite_code = 36,
    .tflite_options = 23,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "w-",
};
