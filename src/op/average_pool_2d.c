/* AVERAGE_POOL_2D: y[b][i][j][c] = act(mean of x[b][i*stride_h - pad_top + k][j*stride_w - pad_left
 * + l][c]), k < filter_h, l < filter_w, over the taps that lie on the image. x, y: [batch, height,
 * width, channels] of the same scale. TFLite: Pool2DOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pool.h"

static Status lower(Graph *g, Node *n, Diag *d)
{
    return pool_lower(g, n, "average_pool_2d", d);
}

const Op op_average_pool_2d = {
    .kind = {"average_pool_2d", pool_attrs, POOL_ATTRS, sizeof(PoolAttr)},
    .tflite_name = "AVERAGE_POOL_2D",
    .tflite_code = 1,
    .tflite_options = 5,
    .quant = {.rule = QUANT_SAME},
    .traits = TRAIT_FUSES_CLAMP,
    .min_in = 1,
    .max_in = 1,
    .min_out = 1,
    .max_out = 1,
    .infer = pool_infer,
    .lower = lower,
    .overlap = pool_overlap,
    .channels = pool_channels,
    .forward = pool_train_ave,
    .backward = pool_train_ave_backward,
    .plan = pool_train_plan,
};
