/* Random numbers from a seed, by counting: SplitMix64 (Steele, Lea, Flood 2014) is a hash of its counter.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <math.h>

static const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15);

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

Random random_stream(uint64_t seed, uint64_t stream)
{
    return (Random){.key = mix(seed + mix(stream + golden)), .count = 0};
}

uint64_t random_bits(Random *r)
{
    return mix(r->key + ++r->count * golden);
}

double random_unit(Random *r)
{
    return (double)(random_bits(r) >> 11) * 0x1p-53;
}

int64_t random_below(Random *r, int64_t n)
{
    return (int64_t)(random_unit(r) * (double)n);
}

double random_normal(Random *r)
{
    double radius = sqrt(-2.0 * log(1.0 - random_unit(r)));
    return radius * cos(6.283185307179586 * random_unit(r));
}
