/* DISTANCE: how far a point is from the nearest of K clusters: min over k of sqrt(|W_k (x - c_k)|^2 + bias_k) -
 * radius_k, all in real units of the file. x: s16 [1, d]; centres: constant f32 [K, d]; bias, radius: constants
 * f32 [K], at least 0; weights, f32: left out (W is 1), [K, d] (diagonal), [K, d (d + 1) / 2] (lower triangle,
 * row by row) or [K, rows, d]; y: s16 [1, 1]. The weights may be scaled as one likes: a Gaussian's are the
 * inverse of its Cholesky factor, a residual of principal components has rows that span what they leave. lower
 * makes int16 of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include <math.h>

#include "shrinc_distance_s16.h"

enum { X, CENTRES, BIAS, RADIUS, WEIGHTS, MOST = 1024 };
enum { UNIT, DIAGONAL, TRIANGLE, FULL };

typedef struct Form {
    int32_t clusters, count, form, rows;
    int64_t each; /* weights of a cluster */
} Form;

static Status form_of(const Graph *g, const Node *n, Form *f, Diag *d)
{
    const Tensor *w = node_in(g, n, WEIGHTS);
    const Shape *c = &node_in(g, n, CENTRES)->shape;
    int32_t k = c->dim[0];
    int32_t count = c->dim[1];
    int32_t triangle = count * (count + 1) / 2;
    *f = (Form){k, count, UNIT, count, 0};
    if (w == NULL) {
        return OK;
    }
    const Shape *s = &w->shape;
    bool fits = s->dim[0] == k;
    if (fits && s->rank == 2 && s->dim[1] == count) {
        *f = (Form){k, count, DIAGONAL, count, count};
    } else if (fits && s->rank == 2 && s->dim[1] == triangle) {
        *f = (Form){k, count, TRIANGLE, count, triangle};
    } else if (fits && s->rank == 3 && s->dim[1] <= MOST && s->dim[2] == count) {
        *f = (Form){k, count, FULL, s->dim[1], (int64_t)s->dim[1] * count};
    } else {
        char text[96];
        return fail_node(g, n, d, ERR_INPUT,
                         "weights %s for %d clusters of %d; [%d,%d], [%d,%d] or [%d,rows,%d]",
                         shape_text(s, text), k, count, k, count, k, triangle, k, count);
    }
    return OK;
}

static Status check_not_negative(const Graph *g, const Node *n, int32_t in, int32_t count, const char *role,
                                 Diag *d)
{
    TRY(check_numbers(g, n, in, TYPE_F32, count, role, d));
    for (int32_t i = 0; i < count; i++) {
        if (const_value(node_in(g, n, in), i) < 0.0) {
            return fail_node(g, n, d, ERR_INPUT, "%s %d is below 0", role, i);
        }
    }
    return OK;
}

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Tensor *x = node_in(g, n, X);
    const Tensor *c = node_in(g, n, CENTRES);
    Form f;
    TRY(check_scaled(g, n, x, TYPE_BIT(TYPE_S16), "input", d));
    TRY(check_rank(g, n, c, 2, 2, "centres", d));
    if (shape_count(&x->shape) != c->shape.dim[1] || c->shape.dim[1] > MOST || c->shape.dim[0] > MOST) {
        return fail_node(g, n, d, ERR_INPUT, "%jd numbers, %d centres of %d; as many, at most %d",
                         (intmax_t)shape_count(&x->shape), c->shape.dim[0], c->shape.dim[1], (int)MOST);
    }
    TRY(form_of(g, n, &f, d));
    TRY(check_numbers(g, n, CENTRES, TYPE_F32, (int64_t)f.clusters * f.count, "centres", d));
    TRY(check_not_negative(g, n, BIAS, f.clusters, "bias", d));
    TRY(check_not_negative(g, n, RADIUS, f.clusters, "radius", d));
    if (f.form != UNIT) {
        TRY(check_numbers(g, n, WEIGHTS, TYPE_F32, f.clusters * f.each, "weights", d));
    }
    return set_single(g, n, TYPE_BIT(TYPE_S16), d);
}

/* The weights of cluster K as int16 in 2^-DOWN of (2^-8 of a unit of W x for a step of x): as fine as they fit. */
static int8_t round_weights(const Tensor *w, int64_t first, int64_t count, double x_scale, int16_t *out)
{
    double most = 0.0;
    for (int64_t i = 0; i < count; i++) {
        most = fmax(most, fabs(const_value(w, first + i)) * x_scale * 256.0);
    }
    int32_t down = 0;
    (void)frexp(most, &down); /* most < 2^down */
    down = 15 - down;
    down = most == 0.0 ? 0 : down > 31 ? 31 : down < -30 ? -30 : down;
    for (int64_t i = 0; i < count; i++) {
        out[i] = (int16_t)to_integer(ldexp(const_value(w, first + i) * x_scale * 256.0, down), 32767.0);
    }
    return (int8_t)down;
}

static void add_weights(Graph *g, Call *c, const Node *n, const Form *f, double x_scale)
{
    int8_t *down = NEW(&g->arena, int8_t, f->clusters);
    int64_t count = f->form == UNIT ? 1 : f->clusters * f->each;
    int16_t *weight = NEW(&g->arena, int16_t, count);
    for (int32_t k = 0; k < f->clusters; k++) {
        if (f->form == UNIT) {
            const float one = 1.0f;
            Tensor unit = {.type = TYPE_F32, .data = (const uint8_t *)&one};
            down[k] = round_weights(&unit, 0, 1, x_scale, weight);
        } else {
            down[k] = round_weights(node_in(g, n, WEIGHTS), k * f->each, f->each, x_scale, weight + k * f->each);
        }
    }
    call_const(g, c, "weight", TYPE_S16, weight, (int32_t)count, 0);
    call_const(g, c, "down", TYPE_S8, down, f->clusters, 0);
}

static void add_integers(Graph *g, Call *c, const Tensor *t, double unit, const char *suffix)
{
    int32_t count = (int32_t)shape_count(&t->shape);
    int32_t *v = NEW(&g->arena, int32_t, count);
    for (int32_t i = 0; i < count; i++) {
        v[i] = to_integer(const_value(t, i) * unit, 1073741824.0);
    }
    call_const(g, c, suffix, TYPE_S32, v, count, 0);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    Form f;
    TRY(form_of(g, n, &f, d));
    double x_scale = (double)node_in(g, n, X)->q.scale[0];
    const Tensor *centres = node_in(g, n, CENTRES);
    int32_t count = f.clusters * f.count;
    int16_t *centre = NEW(&g->arena, int16_t, count);
    for (int32_t i = 0; i < count; i++) {
        centre[i] = (int16_t)to_integer(const_value(centres, i) / x_scale, 32767.0);
    }
    Call *c = call_new(g, n, "shrinc_distance_s16", sizeof(shrinc_distance_s16_params));
    shrinc_distance_s16_params *p = c->params;
    *p = (shrinc_distance_s16_params){f.clusters, f.count, f.form, f.rows, 0, 0, node_out(g, n, 0)->q.zero[0]};
    TRY(to_output(g, n, 1.0 / 256.0, 8388608, &p->multiplier, &p->shift, d));
    call_tensor(c, n->in[X]);
    call_const(g, c, "centre", TYPE_S16, centre, count, 0);
    add_weights(g, c, n, &f, x_scale);
    add_integers(g, c, node_in(g, n, BIAS), 65536.0, "bias");
    add_integers(g, c, node_in(g, n, RADIUS), 256.0, "radius");
    call_tensor(c, n->out[0]);
    return OK;
}

static int64_t macs(const Graph *g, const Node *n)
{
    Form f;
    return form_of(g, n, &f, NULL) != OK ? 0 : f.clusters * (f.each + f.rows);
}

const Op op_distance = {
    .kind = {"distance", NULL, 0, 0},
    .tflite_name = "shrinc_distance",
    .tflite_code = TFLITE_CUSTOM,
    .min_in = 4,
    .max_in = 5,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
    .macs = macs,
};
