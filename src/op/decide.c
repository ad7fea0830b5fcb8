/* DECIDE: score and sensor faults become at most one event a run, see rt/shrinc_decide_s16.h. score: s16 of one
 * element; state: variable s32 [4]; faults: s8 of one element, or left out; y: s8 [1, 1], scale 1, an event.
 * threshold and release in the score's real units; release above threshold counts as threshold; refractory,
 * heartbeat and warmup in runs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include <math.h>

#include "shrinc_decide_s16.h"

enum { SCORE, STATE, FAULTS };

typedef struct Attr {
    float threshold, release;
    int32_t needed, window, refractory, heartbeat, warmup;
    bool announce;
} Attr;
static const AttrDesc attrs[] = {
    {"threshold", ATTR_FLOAT, offsetof(Attr, threshold), WIRE_NONE, 0, 0.0, -1e30, 1e30, NULL, NULL},
    {"release", ATTR_FLOAT, offsetof(Attr, release), WIRE_NONE, 0, 1e30, -1e30, 1e30, NULL, NULL},
    {"needed", ATTR_INT, offsetof(Attr, needed), WIRE_NONE, 0, 1, 1, 31, NULL, NULL},
    {"window", ATTR_INT, offsetof(Attr, window), WIRE_NONE, 0, 1, 1, 31, NULL, NULL},
    {"refractory", ATTR_INT, offsetof(Attr, refractory), WIRE_NONE, 0, 0, 0, 1000000000, NULL, NULL},
    {"heartbeat", ATTR_INT, offsetof(Attr, heartbeat), WIRE_NONE, 0, 0, 0, 1000000000, NULL, NULL},
    {"announce", ATTR_BOOL, offsetof(Attr, announce), WIRE_NONE, 0, 0, 0, 1, NULL, NULL},
    {"warmup", ATTR_INT, offsetof(Attr, warmup), WIRE_NONE, 0, 0, 0, 1000000000, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    const Tensor *faults = node_in(g, n, FAULTS);
    TRY(check_scaled(g, n, node_in(g, n, SCORE), TYPE_BIT(TYPE_S16), "score", d));
    TRY(check_state(g, n, STATE, TYPE_S32, 4, d));
    if (faults != NULL) {
        TRY(check_type(g, n, faults, TYPE_BIT(TYPE_S8), "faults", d));
    }
    if (shape_count(&node_in(g, n, SCORE)->shape) != 1 || (faults != NULL && shape_count(&faults->shape) != 1)) {
        return fail_node(g, n, d, ERR_INPUT, "takes one score and one sum of faults a run");
    }
    if (a->needed > a->window) {
        return fail_node(g, n, d, ERR_INPUT, "%d scores of the last %d cannot be", a->needed, a->window);
    }
    return set_single(g, n, TYPE_BIT(TYPE_S8), d);
}

/* The least number of steps that is at least REAL; beyond int16 none or all scores reach it. */
static int32_t steps(float real, double scale)
{
    return (int32_t)fmax(fmin(ceil((double)real / scale), 65536.0), -65536.0);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    (void)d;
    const Attr *a = n->attr;
    double scale = (double)node_in(g, n, SCORE)->q.scale[0];
    Call *c = call_new(g, n, "shrinc_decide_s16", sizeof(shrinc_decide_s16_params));
    *(shrinc_decide_s16_params *)c->params = (shrinc_decide_s16_params){
        .threshold = steps(a->threshold, scale),
        .release = steps(a->release < a->threshold ? a->release : a->threshold, scale),
        .needed = a->needed,
        .window = a->window,
        .refractory = a->refractory,
        .heartbeat = a->heartbeat,
        .warmup = a->warmup,
        .announces = a->announce,
    };
    call_tensor(c, n->in[SCORE]);
    if (node_in(g, n, FAULTS) != NULL) {
        call_tensor(c, n->in[FAULTS]);
    } else {
        call_none(c);
    }
    call_tensor(c, n->in[STATE]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_decide = {
    .kind = {"decide", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "shrinc_decide",
    .tflite_code = TFLITE_CUSTOM,
    .traits = TRAIT_STATEFUL,
    .min_in = 2,
    .max_in = 3,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
