/* THE table of what a training can be told, by flags and recipes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/train.h"

#include "train/detector.h"

#include <math.h>

static const char *const header_names[] = {"auto", "yes", "no", NULL};
static const char *const split_names[] = {"auto", "hash", "count", NULL};
static const char *const per_names[] = {"auto", "whole", "channel", "feature", NULL};
static const char *const keep_names[] = {"auto", "last", "best", NULL};
const char *const qat_names[] = {"none", "int8", "int4", "ternary", NULL};
static const char *const loss_choices[] = {"auto",         "mse", "mae",           "huber",
                                           "crossentropy", "bce", "squared_hinge", NULL};

const Setting train_settings[] = {
    {"data", "data", 'd', "FILE", SETTING_TEXT, offsetof(TrainSettings, data), 0, 0, NULL,
     "samples: CSV, NPY, NPZ, IDX (.gz too), or a folder of WAV, PNG or JPEG files"},
    {"data", "labels", 0, "FILE", SETTING_TEXT, offsetof(TrainSettings, labels), 0, 0, NULL,
     "labels of an NPY or IDX file; the labels' array in an NPZ file"},
    {"data", "array", 0, "NAME", SETTING_TEXT, offsetof(TrainSettings, array), 0, 0, NULL,
     "array of an NPZ file that holds the samples"},
    {"data", "label-column", 0, "COLUMN", SETTING_TEXT, offsetof(TrainSettings, label_column), 0, 0,
     NULL, "CSV column of the class: name or number, -1 is the last"},
    {"data", "target-columns", 0, "LIST", SETTING_TEXT, offsetof(TrainSettings, target_columns), 0,
     0, NULL, "CSV columns to predict, by commas; x: the input itself (autoencoder)"},
    {"data", "skip-columns", 0, "LIST", SETTING_TEXT, offsetof(TrainSettings, skip_columns), 0, 0,
     NULL, "CSV columns to pass over"},
    {"data", "header", 0, "WHEN", SETTING_CHOICE, offsetof(TrainSettings, header), 0, 0,
     header_names, "CSV: whether the first line holds names: auto, yes, no"},
    {"data", "label-from", 0, "WHERE", SETTING_TEXT, offsetof(TrainSettings, label_from), 0, 0,
     NULL, "folders: class from folder, name (text before the first _), file (whole name) or none"},
    {"data", "window", 0, "N", SETTING_INT, offsetof(TrainSettings, window), 0, 1 << 24, NULL,
     "signals: steps of a sample"},
    {"data", "stride", 0, "N", SETTING_INT, offsetof(TrainSettings, stride), 0, 1 << 24, NULL,
     "signals: steps from one sample to the next"},
    {"data", "window-seconds", 0, "S", SETTING_REAL, offsetof(TrainSettings, window_seconds), 0,
     3600, NULL, "signals: the same in seconds"},
    {"data", "stride-seconds", 0, "S", SETTING_REAL, offsetof(TrainSettings, stride_seconds), 0,
     3600, NULL, "signals: the same in seconds"},
    {"data", "sampling-rate", 0, "HZ", SETTING_REAL, offsetof(TrainSettings, sampling_rate), 0, 1e9,
     NULL, "of signals in tables; sound tells its own"},
    {"data", "features", 0, "TEXT", SETTING_TEXT, offsetof(TrainSettings, features), 0, 0, NULL,
     "features of signals: \"mfcc frame=32ms hop=20ms bands=40 coefficients=10\""},
    {"data", "shape", 0, "HxWxC", SETTING_TEXT, offsetof(TrainSettings, shape), 0, 0, NULL,
     "shape of a sample, as 28x28x1 or 100x3"},
    {"data", "image", 0, "WxH", SETTING_TEXT, offsetof(TrainSettings, image), 0, 0, NULL,
     "images are resized to it"},
    {"data", "channels", 0, "N", SETTING_INT, offsetof(TrainSettings, channels), 0, 16, NULL,
     "images: 1 grey, 3 colour; sound: 1 mixes"},
    {"data", "split", 0, "A/B/C", SETTING_TEXT, offsetof(TrainSettings, split), 0, 0, NULL,
     "shares of training, validation and test, default 80/10/10; 0 leaves a part out"},
    {"data", "split-by", 0, "HOW", SETTING_CHOICE, offsetof(TrainSettings, split_by), 0, 0,
     split_names,
     "hash: samples stay in their part when data are added; count: exact shares; auto: count below "
     "5,000"},
    {"data", "test-data", 0, "FILE", SETTING_TEXT, offsetof(TrainSettings, test_data), 0, 0, NULL,
     "test samples in a file of their own; --split then shares the rest: 90/10"},
    {"data", "test-labels", 0, "FILE", SETTING_TEXT, offsetof(TrainSettings, test_labels), 0, 0,
     NULL, "their labels"},
    {"data", "test-files", 0, "PATTERN", SETTING_TEXT, offsetof(TrainSettings, test_files), 0, 0,
     NULL, "folders: files whose name fits are the test part, as *_[0-4].wav"},
    {"data", "normalize", 0, "HOW", SETTING_CHOICE, offsetof(TrainSettings, normalize), 0, 0,
     normalization_names,
     "none, standard (mean 0, deviation 1), minmax, scale; fitted on the training part, stored in "
     "the model"},
    {"data", "normalize-per", 0, "WHAT", SETTING_CHOICE, offsetof(TrainSettings, normalize_per), 0,
     0, per_names, "whole, channel or feature; auto: feature for rows, else channel"},
    {"net", "net", 0, "TEXT", SETTING_LINES, offsetof(TrainSettings, net), 0, 0, NULL,
     "layers by commas: \"dense 16 relu, dense classes softmax\""},
    {"net", "model", 0, "FILE", SETTING_TEXT, offsetof(TrainSettings, model), 0, 0, NULL,
     "a float .tflite to train further instead"},
    {"net", "init", 0, "HOW", SETTING_CHOICE, offsetof(TrainSettings, init), 0, 0, init_names,
     "start of weights: auto, glorot, he"},
    {"train", "epochs", 'e', "N", SETTING_INT, offsetof(TrainSettings, epochs), 1, 1000000, NULL,
     "passes over the training part, default 20"},
    {"train", "batch", 'b', "N", SETTING_INT, offsetof(TrainSettings, batch), 1, 65536, NULL,
     "samples of a step, default 32"},
    {"train", "optimizer", 0, "NAME", SETTING_CHOICE, offsetof(TrainSettings, optimizer), 0, 0,
     optimizer_names, "adam (default), adamw, sgd, rmsprop"},
    {"train", "rate", 'r', "X", SETTING_REAL, offsetof(TrainSettings, rate), 1e-12, 100, NULL,
     "learning rate, default 0.001 (sgd: 0.01)"},
    {"train", "momentum", 0, "X", SETTING_REAL, offsetof(TrainSettings, momentum), 0, 0.9999, NULL,
     "of sgd and rmsprop, default 0"},
    {"train", "nesterov", 0, NULL, SETTING_SWITCH, offsetof(TrainSettings, nesterov), 0, 0, NULL,
     "sgd looks ahead"},
    {"train", "rho", 0, "X", SETTING_REAL, offsetof(TrainSettings, rho), 0, 0.99999, NULL,
     "of rmsprop, default 0.9"},
    {"train", "beta-1", 0, "X", SETTING_REAL, offsetof(TrainSettings, beta_1), 0, 0.99999, NULL,
     "of adam, default 0.9"},
    {"train", "beta-2", 0, "X", SETTING_REAL, offsetof(TrainSettings, beta_2), 0, 0.9999999, NULL,
     "of adam, default 0.999"},
    {"train", "epsilon", 0, "X", SETTING_REAL, offsetof(TrainSettings, epsilon), 1e-30, 1, NULL,
     "of adam and rmsprop, default 1e-7"},
    {"train", "weight-decay", 0, "X", SETTING_REAL, offsetof(TrainSettings, weight_decay), 0, 10,
     NULL, "of adamw, default 0.004"},
    {"train", "schedule", 0, "NAME", SETTING_CHOICE, offsetof(TrainSettings, schedule), 0, 0,
     schedule_names, "of the rate: constant (default), step, exponential, cosine, plateau"},
    {"train", "min-rate", 0, "X", SETTING_REAL, offsetof(TrainSettings, min_rate), 0, 100, NULL,
     "where schedules end, default 0"},
    {"train", "factor", 0, "X", SETTING_REAL, offsetof(TrainSettings, factor), 1e-6, 1, NULL,
     "of step, exponential, plateau; default 0.5"},
    {"train", "every", 0, "EPOCHS", SETTING_REAL, offsetof(TrainSettings, every), 0.01, 1e6, NULL,
     "of step, exponential; default 10"},
    {"train", "warmup", 0, "EPOCHS", SETTING_REAL, offsetof(TrainSettings, warmup), 0, 1e6, NULL,
     "the rate grows from 0 over these"},
    {"train", "plateau-patience", 0, "EPOCHS", SETTING_INT,
     offsetof(TrainSettings, plateau_patience), 1, 1000000, NULL,
     "epochs without a better validation loss before plateau lowers the rate, default 10"},
    {"train", "loss", 0, "NAME", SETTING_CHOICE, offsetof(TrainSettings, loss), 0, 0, loss_choices,
     "mse, mae, huber, crossentropy, bce, squared_hinge; auto: by the data"},
    {"train", "huber-delta", 0, "X", SETTING_REAL, offsetof(TrainSettings, huber_delta), 1e-9, 1e9,
     NULL, "where huber turns straight: 1"},
    {"train", "label-smoothing", 0, "X", SETTING_REAL, offsetof(TrainSettings, label_smoothing), 0,
     0.999, NULL, "of the cross-entropies"},
    {"train", "keep-zeros", 0, NULL, SETTING_SWITCH, offsetof(TrainSettings, keep_zeros), 0, 0, NULL,
     "weights that begin as zero stay so: for a model of prune --zeros"},
    {"train", "teacher", 0, "FILE", SETTING_TEXT, offsetof(TrainSettings, teacher), 0, 0, NULL,
     "a float .tflite for the same data and classes, whose outputs are learnt too (distillation; also with qat)"},
    {"train", "distill", 0, "X", SETTING_REAL, offsetof(TrainSettings, distill), 0, 1, NULL,
     "share of the teacher in the loss, default 0.5; the labels have the rest"},
    {"train", "temperature", 0, "T", SETTING_REAL, offsetof(TrainSettings, temperature), 0.01, 1000, NULL,
     "of the softmax through which the teacher is compared, default 1"},
    {"train", "l1", 0, "X", SETTING_REAL, offsetof(TrainSettings, l1), 0, 1e6, NULL,
     "adds X * sum |w| to the loss"},
    {"train", "l2", 0, "X", SETTING_REAL, offsetof(TrainSettings, l2), 0, 1e6, NULL,
     "adds X * sum w^2 to the loss"},
    {"train", "clip", 0, "X", SETTING_REAL, offsetof(TrainSettings, clip), 0, 1e9, NULL,
     "longest gradient; 0: any"},
    {"train", "class-weights", 0, "LIST", SETTING_TEXT, offsetof(TrainSettings, class_weights), 0,
     0, NULL, "balanced, or a number for each class, by commas"},
    {"train", "augment-shift", 0, "N", SETTING_INT, offsetof(TrainSettings, augment_shift), 0, 4096,
     NULL, "moves samples by up to N pixels or steps"},
    {"train", "augment-flip", 0, NULL, SETTING_SWITCH, offsetof(TrainSettings, augment_flip), 0, 0,
     NULL, "turns images left to right"},
    {"train", "augment-jitter", 0, "X", SETTING_REAL, offsetof(TrainSettings, augment_jitter), 0,
     1e6, NULL, "adds noise of deviation X"},
    {"train", "augment-scale", 0, "X", SETTING_REAL, offsetof(TrainSettings, augment_scale), 0, 1,
     NULL, "multiplies by 1-X to 1+X"},
    {"train", "norm-momentum", 0, "X", SETTING_REAL, offsetof(TrainSettings, norm_momentum), 0,
     0.99999, NULL, "of batch norm's running statistics, default 0.9"},
    {"train", "ema", 0, "X", SETTING_REAL, offsetof(TrainSettings, ema), 0, 0.999999, NULL,
     "uses averaged weights of this decay; 0: none"},
    {"train", "early-stop", 0, "EPOCHS", SETTING_INT, offsetof(TrainSettings, early_stop), 0,
     1000000, NULL,
     "ends after so many epochs without a better validation loss, and keeps the best"},
    {"train", "min-delta", 0, "X", SETTING_REAL, offsetof(TrainSettings, min_delta), 0, 1e9, NULL,
     "what counts as better, default 0"},
    {"train", "keep", 0, "WHICH", SETTING_CHOICE, offsetof(TrainSettings, keep), 0, 0, keep_names,
     "the last epoch's weights or the best ones; auto: last, with early-stop best"},
    {"train", "top-k", 0, "K", SETTING_INT, offsetof(TrainSettings, top_k), 1, 1000, NULL,
     "of the table at the end, default 3"},
    {"train", "seed", 's', "S", SETTING_INT, offsetof(TrainSettings, seed), 0, 9e15, NULL,
     "of split, weights, order and noise; default 1"},
    {"train", "threads", 0, "N", SETTING_INT, offsetof(TrainSettings, threads), 0, 256, NULL,
     "0 (default): one for each processor; the result is the same with any number"},
    {"quantize", "qat", 0, "TYPE", SETTING_CHOICE, offsetof(TrainSettings, qat), 0, 0, qat_names,
     "int8, or int8 with weights of int4 or ternary: train the last epochs with that rounding"},
    {"quantize", "qat-epochs", 0, "N", SETTING_INT, offsetof(TrainSettings, qat_epochs), 0, 1000000,
     NULL, "default: a quarter of the epochs, at a tenth of the rate"},
    {"quantize", "widths", 0, "LIST", SETTING_TEXT, offsetof(TrainSettings, widths), 0, 0, NULL,
     "bits of the weights of layers, others as qat says: dense_1=4,dense_2=ternary, or a .tflite of quantize --flash"},
    {"sensor", "signal", 0, "TEXT", SETTING_LINES, offsetof(TrainSettings, signal), 0, 0, NULL,
     "filters and features of a window: \"remove_mean rms kurtosis; highpass(5) spectrum(fft=64)\""},
    {"sensor", "detector", 0, "NAME", SETTING_CHOICE, offsetof(TrainSettings, detector), 0, 0,
     detector_names, "kmeans, gaussian, gmm, pca, autoencoder (with --net and --qat int8); none: a net"},
    {"sensor", "normal", 0, "CLASS", SETTING_TEXT, offsetof(TrainSettings, normal), 0, 0, NULL,
     "the class that is usual, where the data have classes"},
    {"sensor", "clusters", 0, "N", SETTING_INT, offsetof(TrainSettings, clusters), 1, 256, NULL,
     "of kmeans and gmm, default 4"},
    {"sensor", "components", 0, "N", SETTING_INT, offsetof(TrainSettings, components), 0, 1024, NULL,
     "of pca; 0 (default): those that explain 90 % of the variance"},
    {"sensor", "ridge", 0, "X", SETTING_REAL, offsetof(TrainSettings, ridge), 0, 1e6, NULL,
     "added to the variances of standardised features, default 0.02"},
    {"sensor", "full-scale", 0, "X", SETTING_REAL, offsetof(TrainSettings, full_scale), 0, 1e30, NULL,
     "value of the largest int16 sample, after --normalize; 0 (default): twice the largest seen while training"},
    {"sensor", "threshold", 0, "RULE", SETTING_TEXT, offsetof(TrainSettings, threshold), 0, 0, NULL,
     "of the score, from usual validation windows: std:K (mean + K deviations, default std:4), quantile:Q, "
     "max:F (F times the largest), or a number"},
    {"sensor", "memory", 0, "RULE", SETTING_TEXT, offsetof(TrainSettings, memory), 0, 0, NULL,
     "of the score from run to run: ewma:A (s += A * (score - s)) or cusum:K (sum of what is above mean + K deviations "
     "of usual scores)"},
    {"sensor", "release", 0, "SHARE", SETTING_REAL, offsetof(TrainSettings, release), 0, 1, NULL,
     "of the threshold, below which an alarm calms down, default 0.9"},
    {"sensor", "needed", 0, "M", SETTING_INT, offsetof(TrainSettings, needed), 1, 31, NULL,
     "scores above the threshold that make an alarm, default 1"},
    {"sensor", "of", 0, "N", SETTING_INT, offsetof(TrainSettings, of), 1, 31, NULL,
     "among how many of the last ones, default 1"},
    {"sensor", "refractory", 0, "RUNS", SETTING_INT, offsetof(TrainSettings, refractory), 0,
     1000000000, NULL, "after an alarm's end none begins for so long, default 0"},
    {"sensor", "heartbeat", 0, "RUNS", SETTING_INT, offsetof(TrainSettings, heartbeat), 0, 1000000000,
     NULL, "an event says that all is well after so many runs without one; 0 (default): never"},
    {"sensor", "stuck", 0, "N", SETTING_INT, offsetof(TrainSettings, stuck), 0, 1000000000, NULL,
     "a sensor that gives the same number so often in a row is at fault; 0 (default): not asked"},
    {"sensor", "clips", 0, "N", SETTING_INT, offsetof(TrainSettings, clips), 0, 1000000000, NULL,
     "one with so many samples of full scale in a run likewise"},
    {"output", "out", 'o', "FILE", SETTING_TEXT, offsetof(TrainSettings, out), 0, 0, NULL,
     "where the .tflite goes"},
    {"output", "input-units", 0, "TEXT", SETTING_TEXT, offsetof(TrainSettings, input_units), 0, 0,
     NULL, "units of the samples' numbers, stored in the model: g, degC"},
    {"output", "output-units", 0, "TEXT", SETTING_TEXT, offsetof(TrainSettings, output_units), 0, 0,
     NULL, "units of what is predicted, likewise"},
    {"output", "log", 0, "FILE", SETTING_TEXT, offsetof(TrainSettings, log), 0, 0, NULL,
     "a CSV row for each epoch"},
    {"output", "checkpoint", 0, "FILE", SETTING_TEXT, offsetof(TrainSettings, checkpoint), 0, 0,
     NULL, "keeps the state here after epochs, a second apart"},
    {"output", "resume", 0, NULL, SETTING_SWITCH, offsetof(TrainSettings, resume), 0, 0, NULL,
     "goes on from the checkpoint, if it is there, as if never interrupted"},
    {NULL, NULL, 0, NULL, SETTING_TEXT, 0, 0, 0, NULL, NULL},
};

enum { MOST_SETTINGS = 48 };

/* Those of [data] and the seed, and those that MORE names (ends with NULL), into TABLE, which begins with zeros: a NULL
 * name ends it. */
static const Setting *choose_settings(Setting table[MOST_SETTINGS + 1], const char *const *more)
{
    int32_t n = 0;
    for (const Setting *s = train_settings; s->name != NULL && n < MOST_SETTINGS; s++) {
        bool chosen = strcmp(s->section, "data") == 0 || strcmp(s->name, "seed") == 0;
        for (int32_t i = 0; more[i] != NULL && !chosen; i++) {
            chosen = strcmp(s->name, more[i]) == 0;
        }
        if (chosen) {
            table[n++] = *s;
        }
    }
    return table;
}

const Setting *data_settings(void)
{
    static Setting table[MOST_SETTINGS + 1];
    static const char *const more[] = {NULL};
    return choose_settings(table, more);
}

const Setting *eval_settings(void)
{
    static Setting table[MOST_SETTINGS + 1];
    static const char *const more[] = {"top-k", "threads", NULL};
    return choose_settings(table, more);
}

const Setting *stream_settings(void)
{
    static Setting table[MOST_SETTINGS + 1];
    static const char *const more[] = {"normal", NULL};
    return choose_settings(table, more);
}

TrainSettings train_defaults(void)
{
    return (TrainSettings){
        .epochs = 20,
        .batch = 32,
        .seed = 1,
        .optimizer = OPTIMIZER_ADAM,
        .rate = NAN,
        .momentum = NAN,
        .rho = NAN,
        .beta_1 = NAN,
        .beta_2 = NAN,
        .epsilon = NAN,
        .weight_decay = NAN,
        .factor = 0.5,
        .every = 10.0,
        .plateau_patience = 10,
        .huber_delta = 1.0,
        .temperature = 1.0,
        .distill = 0.5,
        .norm_momentum = 0.9,
        .top_k = 3,
        .clusters = 4,
        .ridge = 0.02,
        .release = 0.9,
        .needed = 1,
        .of = 1,
    };
}
