/* How weights start.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net.h"

#include <math.h>

const char *const init_names[] = {"auto", "glorot", "he", NULL};

void init_uniform(InitKind kind, int64_t fan_in, int64_t fan_out, Random random, float *weight,
                  int64_t count)
{
    double fan = kind == INIT_HE ? (double)fan_in : (double)(fan_in + fan_out);
    double limit = sqrt(6.0 / fan);
    for (int64_t i = 0; i < count; i++) {
        weight[i] = (float)(limit * (2.0 * random_unit(&random) - 1.0));
    }
}
