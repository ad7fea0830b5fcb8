/* A score and the sensor's health become at most one event a run:
 *   0 none, 1 started, 2 heartbeat, 3 anomaly (alarm), 4 recovered (alarm over), 5 sensor fault, 7 fault over
 * The alarm begins when NEEDED of the last WINDOW scores reach THRESHOLD, and ends when fewer of them reach
 * RELEASE. For REFRACTORY runs after its end, in the first WARMUP runs, and while the sensor is at fault scores do
 * not count. The heartbeat comes when there was no event for HEARTBEAT runs, also during an alarm or a fault (0:
 * never). State: history (a bit a run), flags (1 alarm, 2 fault, 4 started), runs of rest left, runs since the last
 * event.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DECIDE_S16_H
#define SHRINC_DECIDE_S16_H

#include "shrinc_base.h"

typedef struct shrinc_decide_s16_params {
    int32_t threshold;  /* in steps of the score */
    int32_t release;    /* not above it */
    int32_t needed;     /* 1 to WINDOW */
    int32_t window;     /* 1 to 31 */
    int32_t refractory;
    int32_t heartbeat;
    int32_t warmup;
    int32_t announces;  /* 1: the first run gives event 1 */
} shrinc_decide_s16_params;

#endif
