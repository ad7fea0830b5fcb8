/* Checks and numbers of the operators on samples.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include <math.h>

Status check_scaled(const Graph *g, const Node *n, const Tensor *t, uint32_t types, const char *role, Diag *d)
{
    TRY(check_type(g, n, t, types, role, d));
    return check_symmetric_s16(g, n, t, role, d);
}

Status sample_window(const Graph *g, const Node *n, int32_t most, SampleWindow *out, Diag *d)
{
    const Tensor *x = node_in(g, n, 0);
    TRY(check_scaled(g, n, x, TYPE_BIT(TYPE_S16), "input", d));
    TRY(check_rank(g, n, x, 3, 3, "input", d));
    *out = (SampleWindow){x->shape.dim[0], x->shape.dim[1], x->shape.dim[2]};
    if (out->channels > 4096 || out->batches > 65536) {
        return fail_node(g, n, d, ERR_LIMIT, "%d windows of %d channels; at most 65536 of 4096",
                         out->batches, out->channels);
    }
    if (out->count > most) {
        return fail_node(g, n, d, ERR_LIMIT, "a window of %d samples; at most %d keep its sums exact", out->count,
                         most);
    }
    return OK;
}

Status check_state(const Graph *g, const Node *n, int32_t in, Type type, int64_t count, Diag *d)
{
    const Tensor *t = node_in(g, n, in);
    char text[96];
    if (t == NULL || !t->is_state || t->type != type || shape_count(&t->shape) != count) {
        return fail_node(g, n, d, ERR_INPUT, "input %d must be a variable of %jd values of type %s, and is %s %s",
                         in, (intmax_t)count, type_name(type), t == NULL ? "left out" : type_name(t->type),
                         t == NULL ? "" : shape_text(&t->shape, text));
    }
    return OK;
}

Status check_numbers(const Graph *g, const Node *n, int32_t in, Type type, int64_t count, const char *role, Diag *d)
{
    const Tensor *t = node_in(g, n, in);
    char text[96];
    TRY(check_type(g, n, t, TYPE_BIT(type), role, d));
    if (!tensor_is_const(t) || shape_count(&t->shape) != count) {
        return fail_node(g, n, d, ERR_INPUT, "%s \"%s\" has shape %s; it must be a constant of %jd numbers", role,
                         t->name, shape_text(&t->shape, text), (intmax_t)count);
    }
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(const_value(t, i))) {
            return fail_node(g, n, d, ERR_INPUT, "%s \"%s\" holds a number that is not finite", role, t->name);
        }
    }
    return OK;
}

Status set_single(Graph *g, Node *n, uint32_t types, Diag *d)
{
    Tensor *y = node_out(g, n, 0);
    TRY(check_scaled(g, n, y, types, "output", d));
    y->shape = shape_of(2, (int32_t[]){1, 1});
    return OK;
}

int32_t to_integer(double real, double limit)
{
    double v = real < -limit ? -limit : real > limit ? limit : real;
    return (int32_t)(v < 0.0 ? ceil(v - 0.5) : floor(v + 0.5));
}

Status to_output(const Graph *g, const Node *n, double unit, int64_t reach, int32_t *multiplier, int32_t *shift,
                 Diag *d)
{
    return gain(g, n, unit / (double)node_out(g, n, 0)->q.scale[0], reach, multiplier, shift, d);
}
