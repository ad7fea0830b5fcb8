/* Random words of the net language: never a crash, always a graph that verifies or a sentence. Usage: net_fuzz COUNT.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net.h"

#include <stdlib.h>

static const char *const words[] = {
    "dense",
    "conv",
    "depthwise",
    "separable",
    "transposed",
    "batchnorm",
    "maxpool",
    "avgpool",
    "globalavgpool",
    "globalmaxpool",
    "flatten",
    "dropout",
    "upsample",
    "gru",
    "lstm",
    "relu",
    "relu6",
    "leakyrelu",
    "sigmoid",
    "tanh",
    "softmax",
    "repeat",
    "residual",
    "save",
    "add",
    "ds_cnn",
    "resnet8",
    "mobilenet_v1(0.25)",
    "autoencoder(4, 2)",
    "{",
    "}",
    ",",
    ",",
    ",",
    ",",
    "\n",
    "1",
    "2",
    "3",
    "3x3",
    "1x5",
    "5",
    "0",
    "0.2",
    "-1",
    "99999999999",
    "4096x4096",
    "classes",
    "stride",
    "dilation",
    "valid",
    "same",
    "multiplier",
    "bilinear",
    "sequences",
    "#",
    "(",
    ")",
    "x",
    "a",
    "\x80",
    "0x",
    "1e9",
    "dense 4",
    "conv 2 3",
    "conv 2 3 stride 2",
    "save a",
    "add a",
    "residual {",
    "repeat 2 {",
    "gru 2",
    "maxpool",
};

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    int graphs = 0;
    for (long i = 0; i < count; i++) {
        Random r = random_stream(7, (uint64_t)i);
        Out text = {0};
        out_text(&text, "");
        int64_t length = random_below(&r, 14);
        for (int64_t k = 0; k < length; k++) {
            out_printf(&text, "%s ", words[random_below(&r, (int64_t)COUNT(words))]);
            if (random_below(&r, 3) == 0) {
                out_text(&text, ",");
            }
        }
        NetOptions o = {.name = "n", .outputs = (int32_t)random_below(&r, 4), .seed = (uint64_t)i};
        o.input.rank = 1 + (int32_t)random_below(&r, 3);
        for (int32_t k = 0; k < o.input.rank; k++) {
            o.input.dim[k] = 1 + (int32_t)random_below(&r, 12);
        }
        Diag d = {0};
        Graph *g = NULL;
        Status s = net_build(text.text, &o, &g, &d);
        if ((s == OK) != (g != NULL) || (s != OK && d.text[0] == '\0')) {
            printf("FAIL %s\n0 passed, 1 failed\n", text.text);
            return 1;
        }
        graphs += s == OK;
        graph_free(g);
        diag_clear(&d);
        out_free(&text);
    }
    printf("%d passed, %d failed\n", graphs > count / 50, graphs <= count / 50);
    return 0;
}
