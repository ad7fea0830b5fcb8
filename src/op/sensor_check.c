/* SENSOR_CHECK: whether samples can be believed, see rt/shrinc_sensor_check_s16.h. x: s16 [1, samples,
 * channels]; state: variable s32 of two values a channel; y: s8 [1, 1], a sum of 1 (stuck), 2 (clipped), 4
 * (missing), 8 (out of range), scale 1. clip, low and high in real units; stuck and clips count samples, 0: not
 * asked.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_signal.h"

#include <float.h>
#include <math.h>

#include "shrinc_sensor_check_s16.h"

typedef struct Attr {
    int32_t stuck, clips;
    float clip, low, high;
    bool missing;
} Attr;
static const AttrDesc attrs[] = {
    {"stuck", ATTR_INT, offsetof(Attr, stuck), WIRE_NONE, 0, 0, 0, 1000000000, NULL, NULL},
    {"clips", ATTR_INT, offsetof(Attr, clips), WIRE_NONE, 0, 0, 0, 1000000000, NULL, NULL},
    {"clip", ATTR_FLOAT, offsetof(Attr, clip), WIRE_NONE, 0, 0.0, 0.0, (double)FLT_MAX, NULL, NULL},
    {"low", ATTR_FLOAT, offsetof(Attr, low), WIRE_NONE, 0, -(double)FLT_MAX, -(double)FLT_MAX, (double)FLT_MAX,
     NULL, NULL},
    {"high", ATTR_FLOAT, offsetof(Attr, high), WIRE_NONE, 0, (double)FLT_MAX, -(double)FLT_MAX, (double)FLT_MAX,
     NULL, NULL},
    {"missing", ATTR_BOOL, offsetof(Attr, missing), WIRE_NONE, 0, 0, 0, 1, NULL, NULL},
};

static Status infer(Graph *g, Node *n, Diag *d)
{
    SampleWindow w;
    TRY(sample_window(g, n, 1 << 20, &w, d));
    if (w.batches != 1) {
        return fail_node(g, n, d, ERR_INPUT, "%d batches; a stream has one", w.batches);
    }
    TRY(check_state(g, n, 1, TYPE_S32, 2LL * w.channels, d));
    return set_single(g, n, TYPE_BIT(TYPE_S8), d);
}

static Status lower(Graph *g, Node *n, Diag *d)
{
    const Attr *a = n->attr;
    SampleWindow w;
    TRY(sample_window(g, n, 1 << 20, &w, d));
    double scale = (double)node_in(g, n, 0)->q.scale[0];
    int32_t clip = (int32_t)fmin(ceil((double)a->clip / scale), 65536.0);
    Call *c = call_new(g, n, "shrinc_sensor_check_s16", sizeof(shrinc_sensor_check_s16_params));
    *(shrinc_sensor_check_s16_params *)c->params = (shrinc_sensor_check_s16_params){
        .count = w.count,
        .channels = w.channels,
        .stuck = a->stuck,
        .clips = a->clips,
        .clip_low = -clip,
        .clip_high = clip,
        .marks_missing = a->missing,
        .low = (int32_t)fmax(fmin(ceil((double)a->low / scale), 65536.0), -65536.0),
        .high = (int32_t)fmax(fmin(floor((double)a->high / scale), 65536.0), -65536.0),
    };
    call_tensor(c, n->in[0]);
    call_tensor(c, n->in[1]);
    call_tensor(c, n->out[0]);
    return OK;
}

const Op op_sensor_check = {
    .kind = {"sensor_check", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "shrinc_sensor_check",
    .tflite_code = TFLITE_CUSTOM,
    .traits = TRAIT_STATEFUL,
    .min_in = 2,
    .max_in = 2,
    .min_out = 1,
    .max_out = 1,
    .infer = infer,
    .lower = lower,
};
