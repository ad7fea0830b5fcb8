/* Score to event, int16, portable C. FAULT may be NULL.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_decide_s16.h"

static void shrinc_decide_s16(const shrinc_decide_s16_params *p, const int16_t *score, const int8_t *fault,
                              int32_t *state, int8_t *y)
{
    int32_t flags = state[1];
    int32_t is_fault = ((fault != NULL) && (fault[0] != 0)) ? 2 : 0;
    int32_t event = 0;
    int32_t count = 0;
    if ((flags & 4) == 0) {
        state[2] = p->warmup;
    }
    if ((is_fault == 0) && (state[2] == 0)) {
        int32_t limit = ((flags & 1) != 0) ? p->release : p->threshold;
        uint32_t mask = ((uint32_t)1 << p->window) - 1U;
        uint32_t history = (((uint32_t)state[0] << 1) | ((score[0] >= limit) ? 1U : 0U)) & mask;
        state[0] = (int32_t)history;
        while (history != 0U) {
            history &= history - 1U;
            count++;
        }
    }
    if ((p->announces != 0) && ((flags & 4) == 0)) {
        event = 1;
    } else if (is_fault != (flags & 2)) {
        event = (is_fault != 0) ? 5 : 7;
        flags ^= 2;
    } else if (is_fault != 0) {
        event = 0;
    } else if (((flags & 1) == 0) && (count >= p->needed)) {
        event = 3;
        flags |= 1;
    } else if (((flags & 1) != 0) && (count < p->needed)) {
        event = 4;
        flags ^= 1;
        state[0] = 0;
        state[2] = p->refractory + 1;
    } else {
        event = 0;
    }
    state[2] -= (state[2] > 0) ? 1 : 0;
    state[3] = shrinc_clamp(state[3] + 1, 0, 1073741824);
    if ((event == 0) && (p->heartbeat > 0) && (state[3] >= p->heartbeat)) {
        event = 2;
    }
    state[3] = (event != 0) ? 0 : state[3];
    state[1] = flags | 4;
    y[0] = (int8_t)event;
}
