/* Whether samples can be believed, int16: y is a sum of 1 (stuck: a channel gave the same number STUCK times in
 * a row), 2 (clipped: at least CLIPS samples at CLIP_LOW or below, or at CLIP_HIGH or above), 4 (missing: a
 * sample of -32768) and 8 (a sample below LOW or above HIGH). STUCK, CLIPS 0: not asked. State of a channel: the
 * last number, and how often it came.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_SENSOR_CHECK_S16_H
#define SHRINC_SENSOR_CHECK_S16_H

#include "shrinc_base.h"

typedef struct shrinc_sensor_check_s16_params {
    int32_t count;
    int32_t channels;
    int32_t stuck;
    int32_t clips;
    int32_t clip_low;
    int32_t clip_high;
    int32_t marks_missing; /* 1: -32768 stands for a sample that did not come */
    int32_t low;
    int32_t high;
} shrinc_sensor_check_s16_params;

#endif
