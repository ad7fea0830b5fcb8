/* Which tensors must have one scale; private to this folder.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_QUANT_SLOTS_H
#define SHRINC_QUANT_SLOTS_H

#include "pass/quant.h"

/* A float tensor as numbers of one type. Slots that must have one scale form a set, named by its root. */
typedef struct Slot {
    int32_t parent;
    Range range;
    bool is_fixed; /* SCALE and ZERO are given by an operator's formula */
    float scale;
    int32_t zero;
} Slot;

typedef struct Slots {
    Slot *
        slot; /* 2 * id: tensor ID as s8, 2 * id + 1: as s16; then one for each input that is rescaled */
    int32_t count;
    int32_t **
        own; /* [node][input] the slot of an input that is rescaled for this node alone; 0: the tensor's */
} Slots;

Slots slots_make(Arena *a, const Graph *f, const QuantPlan *plan);
/* The slot through which NODE reads input J. */
int32_t slots_input(const Slots *s, const Graph *f, const QuantPlan *plan, int32_t node, int32_t j);
int32_t slots_of(TensorId id, Type type);
int32_t slots_root(const Slots *s, int32_t i);
void slots_scale(const Slots *s, int32_t slot, Type type, float *scale, int32_t *zero);

#endif
