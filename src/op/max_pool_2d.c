/* MAX_POOL_2D: y[b][i][j][c] = act(max of x[b][i*stride_h - pad_top + k][j*stride_w - pad_left + l][c]), k < filter_h,
 * l < filter_w, over the taps that lie on the image. x, y: [batch, height, width, channels] of the same scale.
 * TFLite: Pool2DOptions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_pool.h"

static Status lower(Graph *g, Node *n, Diag *d)
{
    return pool_lower(g, n, "max_pool_2d", d);
}

const Op op_max_pool_2d = {
    .kind = {"max_pool_2d", pool_attrs, POOL_ATTRS, sizeof(PoolAttr)},
    .tflite_name = "MAX_POOL_2D",
    .tflite_code = 17,
    .tflite_options = 5,
    .quant = {.rule = QUANT_SAME},
    .traits = TRAIT_FUSES_CLAMP | TRAIT_ROWS,
    .min_in = 1, .max_in = 1, .min_out = 1, .max_out = 1,
    .infer = pool_infer,
    .lower = lower,
    .overlap = pool_overlap,
    .channels = pool_channels,
    .forward = pool_train_max,
    .backward = pool_train_max_backward,
    .plan = pool_train_plan,
    .keep_count = pool_train_max_keep,
};
