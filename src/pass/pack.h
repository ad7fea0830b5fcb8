/* Packing items with lifetimes into the least memory: the solver behind plan_memory and schedule.
 * It knows sizes, steps and distances, nothing of graphs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PACK_H
#define SHRINC_PACK_H

#include "base/base.h"

/* An item takes BYTES from an offset that is a multiple of ALIGN, during the steps FIRST .. LAST
 * (both included). */
typedef struct PackItem {
    int64_t bytes;
    int64_t align; /* >= 1 */
    int32_t first, last;
} PackItem;

/* Two items that live at one step are disjoint, except such a pair: X may lie across Y as long as
 * offset[x] - offset[y] >= distance or offset[y] - offset[x] >= back. DISTANCE <= bytes of y and
 * BACK <= bytes of x, which is what it is where Y may not begin inside of X; both may be negative.
 */
typedef struct PackOverlap {
    int32_t x, y;
    int64_t distance, back;
} PackOverlap;

typedef struct PackProblem {
    const PackItem *item;
    int32_t item_count;
    const PackOverlap *overlap;
    int32_t overlap_count;
} PackProblem;

typedef struct PackResult {
    int64_t bytes;             /* max of offset + bytes; 0 without items */
    int64_t lower_bound_bytes; /* proven: no plan is smaller */
    bool is_optimal;           /* BYTES is proven to be the least */
} PackResult;

/* Finds offsets. EFFORT bounds the search (about 10 million pair checks a unit; 0: heuristics and
 * bound only); the result is the same on every machine. Exact search is tried for up to 160 items.
 */
PackResult pack_solve(const PackProblem *p, int32_t effort, int64_t *offset);
/* What TensorFlow Lite Micro's greedy planner does: largest first, lowest gap, no overlap. */
int64_t pack_greedy_bytes(const PackProblem *p);
/* True if OFFSET obeys every rule above; used by assertions and tests. */
bool pack_is_valid(const PackProblem *p, const int64_t *offset);

#endif
