/* Checks of a sensor's samples, int16, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_sensor_check_s16.h"

static void shrinc_sensor_check_s16(const shrinc_sensor_check_s16_params *p, const int16_t *x, int32_t *state,
                                    int8_t *y)
{
    int32_t flags = 0;
    int32_t clipped = 0;
    for (int32_t i = 0; i < p->count; i++) {
        int32_t *s = state;
        for (int32_t c = 0; c < p->channels; c++) {
            int32_t v = x[c];
            if ((v == INT16_MIN) && (p->marks_missing != 0)) {
                flags |= 4;
            } else {
                s[1] = ((v == s[0]) && (s[1] > 0)) ? (s[1] + 1) : 1;
                s[1] = shrinc_clamp(s[1], 1, 1073741824);
                s[0] = v;
                flags |= ((p->stuck > 0) && (s[1] >= p->stuck)) ? 1 : 0;
                clipped += ((v <= p->clip_low) || (v >= p->clip_high)) ? 1 : 0;
                flags |= ((v < p->low) || (v > p->high)) ? 8 : 0;
            }
            s += 2;
        }
        x += p->channels;
    }
    flags |= ((p->clips > 0) && (clipped >= p->clips)) ? 2 : 0;
    y[0] = (int8_t)flags;
}
