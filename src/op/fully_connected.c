/* FULLY_CONNECTED: y[b][o] = act(bias[o] + sum_k w[o][k] * x[b][k]).
 * x: any shape, its elements taken as rows of K; w: [N, K]; bias: [N] or left out; y: [B, N], or the shape of x
 * with the last dimension replaced by N (keep_num_dims). TFLite: FullyConnectedOptions. */
#include "op/op.h"

typedef struct Attr {
    int32_t act;
    bool keep_num_dims;
} Attr;
static const AttrDesc attrs[] = {
    {"act", ATTR_ENUM, offsetof(Attr, act), WIRE_I8, 0, ACT_NONE, 0, 0, act_names, NULL},
    {"keep_num_dims", ATTR_BOOL, offsetof(Attr, keep_num_dims), WIRE_BOOL, 2, 0, 0, 1, NULL, NULL},
};

const Op op_fully_connected = {
    .kind = {"fully_connected", attrs, COUNT(attrs), sizeof(Attr)},
    .tflite_name = "FULLY_CONNECTED",
    .tflite_code = 9,
    .tflite_options = 8,
    .traits = TRAIT_FUSES_CLAMP,
    .min_in = 2, .max_in = 3, .min_out = 1, .max_out = 1,
};
