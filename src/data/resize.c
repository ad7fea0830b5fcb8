/* Pictures to another size, by weights per axis.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/resize.h"

#include <math.h>

/* An output pixel is the sum of COUNT input pixels from FIRST on, each by its WEIGHT. */
typedef struct Taps {
    int32_t first, count;
    double *weight;
} Taps;

static void area_taps(Arena *a, double scale, int32_t i, int32_t size, Taps *out)
{
    double from = i * scale;
    double to = from + scale;
    int32_t last = (int32_t)ceil(to - 1e-9) - 1;
    out->first = (int32_t)from;
    last = last < size ? last : size - 1;
    out->count = last - out->first + 1;
    out->weight = NEW(a, double, out->count);
    for (int32_t k = 0; k < out->count; k++) {
        double low = out->first + k > from ? out->first + k : from;
        double high = out->first + k + 1 < to ? out->first + k + 1 : to;
        out->weight[k] = (high - low) / scale;
    }
}

static void linear_taps(Arena *a, double scale, int32_t i, int32_t size, Taps *out)
{
    double at = (i + 0.5) * scale - 0.5;
    at = at < 0.0 ? 0.0 : at > size - 1 ? size - 1 : at;
    out->first = (int32_t)at;
    double part = at - out->first;
    out->count = part > 0.0 ? 2 : 1;
    out->weight = NEW(a, double, 2);
    out->weight[0] = 1.0 - part;
    out->weight[1] = part;
}

static Taps *make_taps(Arena *a, int32_t size, int32_t out_size)
{
    Taps *taps = NEW(a, Taps, out_size);
    double scale = (double)size / out_size;
    for (int32_t i = 0; i < out_size; i++) {
        if (scale > 1.0) {
            area_taps(a, scale, i, size, &taps[i]);
        } else {
            linear_taps(a, scale, i, size, &taps[i]);
        }
    }
    return taps;
}

void resize(Arena *a, const float *in, int32_t height, int32_t width, int32_t channels, float *out,
            int32_t out_height, int32_t out_width)
{
    Taps *across = make_taps(a, width, out_width);
    Taps *down = make_taps(a, height, out_height);
    int64_t row = (int64_t)out_width * channels;
    double *rows = NEW(a, double, height *row);
    for (int32_t y = 0; y < height; y++) {
        for (int32_t x = 0; x < out_width; x++) {
            for (int32_t c = 0; c < channels; c++) {
                double sum = 0.0;
                for (int32_t k = 0; k < across[x].count; k++) {
                    sum += across[x].weight[k] *
                           (double)in[((int64_t)y * width + across[x].first + k) * channels + c];
                }
                rows[y * row + (int64_t)x * channels + c] = sum;
            }
        }
    }
    for (int32_t y = 0; y < out_height; y++) {
        for (int64_t i = 0; i < row; i++) {
            double sum = 0.0;
            for (int32_t k = 0; k < down[y].count; k++) {
                sum += down[y].weight[k] * rows[(down[y].first + k) * row + i];
            }
            out[y * row + i] = (float)sum;
        }
    }
}
