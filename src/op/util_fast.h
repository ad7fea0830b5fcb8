/* Inner loops of training: vectors, and code for the processor at hand.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_OP_UTIL_FAST_H
#define SHRINC_OP_UTIL_FAST_H

/* Loops over floats, compiled twice: for processors with AVX2, and for all. The same processor always
 * takes the same. (Lanes are split up before compilers make the copies: they need a caller that says
 * what it is for, see util_gemm.c.) */
#if defined(__x86_64__) && defined(__linux__) &&                                                   \
    !defined(__clang__) /* clang 14 names copies apart */
#define FAST __attribute__((target_clones("avx2", "default")))
#else
#define FAST
#endif
/* Becomes part of its caller, and so of what that is compiled for. */
#define ALWAYS static inline __attribute__((always_inline))

/* Eight floats: one register with AVX, two with SSE or NEON. At any address. */
enum { LANES = 8 };
typedef float Lane __attribute__((vector_size(32)));
typedef float LaneAt __attribute__((vector_size(32), aligned(4), may_alias));

#endif
