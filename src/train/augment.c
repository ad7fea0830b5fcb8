/* Augmentation: samples as they might also have been.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"

bool augment_any(const AugmentOptions *o)
{
    return o->shift > 0 || o->flip || o->jitter > 0.0 || o->scale > 0.0;
}

static int32_t clamp(int32_t i, int32_t count)
{
    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

/* Moves by DOWN rows and RIGHT columns, after turning left and right over where FLIP is set. */
static void move(const float *from, float *to, int32_t height, int32_t width, int32_t channels,
                 int32_t down, int32_t right, bool flip)
{
    for (int32_t r = 0; r < height; r++) {
        for (int32_t c = 0; c < width; c++) {
            int32_t column = clamp(c - right, width);
            column = flip ? width - 1 - column : column;
            const float *pixel =
                from + ((int64_t)clamp(r - down, height) * width + column) * channels;
            memcpy(to + ((int64_t)r * width + c) * channels, pixel,
                   sizeof(float) * (size_t)channels);
        }
    }
}

void augment_sample(const AugmentOptions *o, const Shape *shape, Random random, float *x,
                    float *work)
{
    int64_t count = shape_count(shape);
    bool image = shape->rank == 3;
    int32_t down = (int32_t)random_below(&random, 2 * (int64_t)o->shift + 1) - o->shift;
    int32_t right =
        image ? (int32_t)random_below(&random, 2 * (int64_t)o->shift + 1) - o->shift : 0;
    bool flip = image && o->flip && random_below(&random, 2) == 1;
    if (down != 0 || right != 0 || flip) {
        int32_t height = shape->dim[0];
        int32_t width = image ? shape->dim[1] : 1;
        memcpy(work, x, sizeof(float) * (size_t)count);
        move(work, x, height, width, (int32_t)(count / height / width), down, right, flip);
    }
    float gain = (float)(1.0 + o->scale * (2.0 * random_unit(&random) - 1.0));
    for (int64_t i = 0; i < count && (o->scale > 0.0 || o->jitter > 0.0); i++) {
        x[i] *= gain;
        if (o->jitter > 0.0) {
            x[i] += (float)(o->jitter * random_normal(&random));
        }
    }
}
