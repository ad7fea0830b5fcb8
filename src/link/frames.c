/* The receiving side of the device's link: the same text that runs on the device.
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include "shrinc_link.h"

_Static_assert((int)FRAME_BYTES_MAX == (int)SHRINC_LINK_FRAME_BYTES, "the same frames");

struct FrameReader {
    shrinc_frame_reader reader;
    int64_t broken;
};

FrameReader *frames_new(Arena *a)
{
    return NEW(a, FrameReader, 1);
}

bool frames_take(FrameReader *r, uint8_t byte, Event *e)
{
    shrinc_frame f;
    int32_t got = shrinc_frame_read(&r->reader, byte, &f);
    bool is_event = got == 1 && f.count >= 5 && f.value[0] == SHRINC_LINK_EVENT &&
                    f.value[1] >= 0 && f.value[2] >= 0 && f.value[3] >= 0 && f.value[4] >= 0;
    r->broken += got == -1 || (got == 1 && !is_event);
    if (!is_event) {
        return false;
    }
    *e =
        (Event){.boot = f.value[1], .sequence = f.value[2], .time = f.value[3], .kind = f.value[4]};
    while (e->values < EVENT_VALUES && 5 + e->values < f.count) {
        e->value[e->values] = f.value[5 + e->values];
        e->values++;
    }
    return true;
}

int64_t frames_broken(const FrameReader *r)
{
    return r->broken;
}

int32_t frames_event(const Event *e, uint8_t out[FRAME_BYTES_MAX])
{
    shrinc_frame f = {.count = 5 + e->values, .value = {SHRINC_LINK_EVENT, e->boot, e->sequence, e->time, e->kind}};
    memcpy(&f.value[5], e->value, sizeof *e->value * (size_t)e->values);
    return shrinc_frame_write(&f, out);
}

int32_t frames_acknowledge(const Event *e, uint8_t out[FRAME_BYTES_MAX])
{
    const shrinc_frame f = {.count = 3, .value = {SHRINC_LINK_ACK, e->boot, e->sequence}};
    return shrinc_frame_write(&f, out);
}
