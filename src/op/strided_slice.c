/* STRIDED_SLICE: y[.. i_k ..] = x[.. begin_k + i_k * stride_k ..] up to end_k (not included),
 * strides of either sign. Bit i of a mask is about entry i of begin, end and strides: begin_mask,
 * end_mask: that bound is the whole dimension's; ellipsis_mask: the entry stands for all dimensions
 * the others do not name; new_axis_mask: a dimension of 1 is put in; shrink_axis_mask: the one
 * element at begin is taken and the dimension dropped. offset: end counts from begin. x: any type;
 * begin, end, strides: constants of equal length. TFLite: StridedSliceOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_copy.h"
#include "op/util_train.h"

typedef struct Attr {
    int32_t begin_mask;
    int32_t end_mask;
    int32_t ellipsis_mask;
    int32_t new_axis_mask;
    int32_t shrink_axis_mask;
    bool offset;
} Attr;
static const AttrDesc attrs[] = {
    {"begin_mask", ATTR_INT, offsetof(Attr, begin_mask), WIRE_I32, 0, 0, 0, INT32_MAX, NULL, NULL},
    {"end_mask", ATTR_INT, offsetof(Attr, end_mask), WIRE_I32, 1, 0, 0, INT32_MAX, NULL, NULL},
    {"ellipsis_mask", ATTR_INT, offsetof(Attr, ellipsis_mask), WIRE_I32, 2, 0, 0, INT32_MAX, NULL,
     NULL},
    {"new_axis_mask", ATTR_INT, offsetof(Attr, new_axis_mask), WIRE_I32, 3, 0, 0, INT32_MAX, NULL,
     NULL},
    {"shrink_axis_mask", ATTR_INT, offsetof(Attr, shrink_axis_mask), WIRE_I32, 4, 0, 0, INT32_MAX,
     NULL, NULL},
    {"offset", ATTR_BOOL, offsetof(Attr, offset), WIRE_BOOL, 5, 0, 0, 1, NULL, NULL},
};

/* What the operator says, worked out: one range per dimension of x, and y's shape. */
typedef struct Plan {
    int32_t begin[MAX_RANK];
    int32_t count[MAX_RANK];
    int32_t stride[MAX_RANK];
    Shape shape;
} Plan;

static int64_t bounded(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

static bool bit(int32_t mask, int32_t i)
{
    return (mask >> i & 1) != 0;
}

/* Range of dimension AXIS (of SIZE elements) by entry I of the lists. */
static Status range(const Graph *g, const Node *n, const IntList list[3], int32_t i, int32_t axis,
                    int32_t size, Plan *p, Diag *d)
{
    const Attr *a = n->attr;
    int64_t stride = list[2].value[i];
    if (stride == 0) {
        return fail_node(g, n, d, ERR_INPUT, "the stride of dimension %d is 0", axis);
    }
    int64_t low = stride > 0 ? 0 : -1;
    int64_t high = stride > 0 ? size : size - 1;
    int64_t begin = list[0].value[i] < 0 ? (int64_t)list[0].value[i] + size : list[0].value[i];
    begin = bit(a->begin_mask, i) ? (stride > 0 ? low : high) : bounded(begin, low, high);
    int64_t end = list[1].value[i] + (a->offset ? begin : 0);
    end = bit(a->end_mask, i) ? (stride > 0 ? high : low)
                              : bounded(end < 0 ? end + size : end, low, high);
    int64_t count =
        stride > 0 ? (end - begin + stride - 1) / stride : (begin - end - stride - 1) / -stride;
    if (bit(a->shrink_axis_mask, i)) {
        count = stride > 0 && begin >= 0 && begin < size ? 1 : 0;
    }
    if (count < 1) {
        return fail_node(
            g, n, d, ERR_INPUT,
            "nothing is left of dimension %d (%d elements): begin %d, end %d, stride %d", axis,
            size, list[0].value[i], list[1].value[i], list[2].value[i]);
    }
    p->begin[axis] = (int32_t)begin;
    p->count[axis] = (int32_t)count;
    p->stride[axis] = (int32_t)stride;
    return OK;
}

static Status add_dim(const Graph *g, const Node *n, Plan *p, int32_t size, Diag *d)
{
    if (p->shape.rank == MAX_RANK) {
        return fail_node(g, n, d, ERR_UNSUPPORTED, "the output would have more than %d dimensions",
                         MAX_RANK);
    }
    p->shape.dim[p->shape.rank++] = size;
    return OK;
}

/* The next COUNT dimensions are taken whole. */
static Status whole(const Graph *g, const Node *n, int32_t *axis, int32_t count, Plan *p, Diag *d)
{
    for (int32_t k = 0; k < count; k++) {
        int32_t size = node_in(g, n, 0)->shape.dim[*axis];
        p->count[*axis] = size;
        p->stride[*axis] = 1;
        TRY(add_dim(g, n, p, size, d));
        ++*axis;
    }
    return OK;
}

static Status check_lists(const Graph *g, const Node *n, IntList list[3], int32_t *named, Diag *d)
{
    const Attr *a = n->attr;
    TRY(const_ints(g, n, 1, "begin", &list[0], d));
    TRY(const_ints(g, n, 2, "end", &list[1], d));
    TRY(const_ints(g, n, 3, "strides", &list[2], d));
    if (list[0].count != list[1].count || list[0].count != list[2].count) {
        return fail_node(
            g, n, d, ERR_INPUT,
            "begin, end and strides have %d, %d and %d entries; they must have as many",
            list[0].count, list[1].count, list[2].count);
    }
    int32_t ellipses = 0;
    *named = 0;
    for (int32_t i = 0; i < list[0].count; i++) {
        ellipses += bit(a->ellipsis_mask, i);
        *named += !bit(a->ellipsis_mask, i) && !bit(a->new_axis_mask, i);
    }
    if (ellipses > 1 || *named > node_in(g, n, 0)->shape.rank) {
        return fail_node(g, n, d, ERR_INPUT,
                         "%d entries and %d ellipses do not fit an input of rank %d", *named,
                         ellipses, node_in(g, n, 0)->shape.rank);
    }
    return OK;
}

static Status work_out(const Graph *g, const Node *n, Plan *p, Diag *d)
{
    const Attr *a = n->attr;
    const Shape *x = &node_in(g, n, 0)->shape;
    IntList list[3];
    int32_t named = 0;
    int32_t axis = 0;
    TRY(check_lists(g, n, list, &named, d));
    int32_t unnamed = x->rank - named;
    for (int32_t i = 0; i < list[0].count; i++) {
        if (bit(a->ellipsis_mask, i)) {
            TRY(whole(g, n, &axis, unnamed, p, d));
            unnamed = 0;
        } else if (bit(a->new_axis_mask, i)) {
            TRY(add_dim(g, n, p, 1, d));
        } else {
            TRY(range(g, n, list, i, axis, x->dim[axis], p, d));
            if (!bit(a->shrink_axis_mask, i)) {
                TRY(add_dim(g, n, p, p->count[axis], d));
            }
            axis++;
        }
    }
    return whole(g, n, &axis, unnamed, p, d);
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    Plan p = {0};
    TRY(check_moved(g, n, node_in(g, n, 0), node_out(g, n, 0), d));
    TRY(work_out(g, n, &p, d));
    node_out(g, n, 0)->shape = p.shape;
    return OK;
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Shape *x = &node_in(g, n, 0)->shape;
    Plan p = {0};
    Copy c = {0};
    int64_t x_step[MAX_RANK];
    int64_t y_step[MAX_RANK];
    TRY(work_out(g, n, &p, d));
    Shape kept = shape_of(
        x->rank, p.count); /* y with the dropped dimensions and without the new ones: same order */
    shape_steps(x, x_step);
    shape_steps(&kept, y_step);
    for (int32_t k = 0; k < x->rank; k++) {
        copy_loop(&c, p.count[k], p.stride[k] * x_step[k], y_step[k]);
        c.x_at += p.begin[k] * x_step[k];
    }
    call_copy(g, n, n->in[0], n->out[0], &c);
    return OK;
}

const Op op_strided_slice = {
    .kind = {"strided_slice", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "STRIDED_SLICE",
    .tflite_code = 45,
    .tflite_options = 32,
    .traits = TRAIT_MOVES_DATA,
    .min_in = 4,
    .max_in = 4,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .overlap = copy_overlap,
    .forward = train_move,
    .backward = train_move_backward,
    .plan = train_move_plan,
    .train_in = "x-",
};
