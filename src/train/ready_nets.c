/* Ready nets, as texts of the same language: MLPerf Tiny's four (Banbury et al. 2021).
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net_builder.h"

static Status ds_cnn(const NetOptions *o, const double *argument, int32_t count, Out *text, Diag *d)
{
    (void)argument;
    (void)count;
    (void)d;
    bool image = o->input.rank >= 2;
    out_text(text, image ? "conv 64 10x4 stride 2 batchnorm relu, "
                         : "conv 64 10 stride 2 batchnorm relu, ");
    out_text(text,
             "dropout 0.2, repeat 4 { separable 64 3 batchnorm relu }, dropout 0.4, globalavgpool, "
             "dense classes softmax");
    return OK;
}

static Status resnet8(const NetOptions *o, const double *argument, int32_t count, Out *text,
                      Diag *d)
{
    (void)o;
    (void)argument;
    (void)count;
    (void)d;
    out_text(text, "conv 16 3 batchnorm relu, "
                   "residual { conv 16 3 batchnorm relu, conv 16 3 batchnorm } relu, "
                   "residual { conv 32 3 stride 2 batchnorm relu, conv 32 3 batchnorm } relu, "
                   "residual { conv 64 3 stride 2 batchnorm relu, conv 64 3 batchnorm } relu, "
                   "globalavgpool, dense classes softmax");
    return OK;
}

/* Howard et al. 2017, table 1; ALPHA scales all widths. */
static Status mobilenet_v1(const NetOptions *o, const double *argument, int32_t count, Out *text,
                           Diag *d)
{
    static const struct Block {
        int32_t filters, stride;
    } blocks[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                  {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
    (void)o;
    double alpha = count > 0 ? argument[0] : 1.0;
    if (!(alpha >= 0.05 && alpha <= 4.0)) {
        return fail(d, ERR_INPUT, "mobilenet_v1(%g): the width must be from 0.05 to 4", alpha);
    }
    out_printf(text, "conv %d 3 stride 2 batchnorm relu", (int)(32.0 * alpha));
    for (size_t i = 0; i < COUNT(blocks); i++) {
        out_printf(text, ", separable %d 3 stride %d batchnorm relu",
                   (int)(blocks[i].filters * alpha), blocks[i].stride);
    }
    out_text(text, ", globalavgpool, dense classes softmax");
    return OK;
}

/* The arguments are the widths down to the narrowest layer; the way back mirrors them. */
static Status autoencoder(const NetOptions *o, const double *argument, int32_t count, Out *text,
                          Diag *d)
{
    static const double mlperf[] = {128, 128, 128, 128, 8};
    (void)d;
    const double *width = count > 0 ? argument : mlperf;
    int32_t widths = count > 0 ? count : (int32_t)COUNT(mlperf);
    for (int32_t i = 0; i < widths; i++) {
        out_printf(text, "dense %.9g batchnorm relu, ", width[i]);
    }
    for (int32_t i = widths - 2; i >= 0; i--) {
        out_printf(text, "dense %.9g batchnorm relu, ", width[i]);
    }
    out_printf(text, "dense %jd", (intmax_t)shape_count(&o->input));
    return OK;
}

const ReadyNet ready_nets[] = {
    {"ds_cnn", "",
     "MLPerf Tiny's keyword spotter: depthwise separable, for 49x10 features and the like", 0,
     ds_cnn},
    {"resnet8", "",
     "MLPerf Tiny's image classifier: three residual blocks, for 32x32 images and the like", 0,
     resnet8},
    {"mobilenet_v1", "(alpha)",
     "MLPerf Tiny's person detector at alpha 0.25, for images of 96x96 and more", 1, mobilenet_v1},
    {"autoencoder", "(N, N, ...)",
     "widths down to the narrowest layer and back; 128 x 4, 8 unless said otherwise",
     LAYER_ARGUMENTS, autoencoder},
    {NULL, NULL, NULL, 0, NULL},
};
