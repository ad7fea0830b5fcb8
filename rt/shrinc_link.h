/* Events on a wire that loses bytes: frames, and a device that repeats an event until it is acknowledged.
 *
 * A frame is a CBOR array of integers (RFC 8949), then its CRC-16/CCITT-FALSE with the high byte first, all of it
 * stuffed by COBS (Cheshire and Baker 1999) so that the byte 0 stands between frames and nowhere else: a receiver that
 * has lost its place finds it again at the next 0. The device sends
 *     [1, boot, sequence, time, kind, values...]     an event
 * and the other side answers, once the event is stored,
 *     [2, boot, sequence]                            an acknowledgement.
 * One event is on its way at a time, the oldest; so events arrive in order, and one that arrives twice arrives twice
 * in a row. No heap, no clock of its own; both sides run this text.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LINK_H
#define SHRINC_LINK_H

#include "shrinc_base.h"

enum {
    SHRINC_LINK_EVENT = 1,
    SHRINC_LINK_ACK = 2,
    SHRINC_LINK_VALUES = 8,       /* integers in a frame at most */
    SHRINC_LINK_BODY_BYTES = 76,  /* 1 + 9 for each integer, 2 of CRC, rounded up */
    SHRINC_LINK_FRAME_BYTES = 80, /* with COBS's byte and the 0 at either end */
    SHRINC_LINK_PENDING = 8       /* events that wait at most; a newer one pushes the oldest out */
};

typedef struct shrinc_frame {
    int32_t count;
    int64_t value[SHRINC_LINK_VALUES];
} shrinc_frame;

/* Bytes of a frame as they come in. All zero at the start. */
typedef struct shrinc_frame_reader {
    int32_t count; /* bytes since the last 0; one more than fit: too many, wait for the next 0 */
    uint8_t byte[SHRINC_LINK_FRAME_BYTES];
} shrinc_frame_reader;

/* The device's end. */
typedef struct shrinc_link {
    uint32_t boot;       /* differs from start to start: a counter kept in flash, or chance */
    uint32_t sequence;   /* of the next event */
    uint32_t pushed_out; /* events that were never acknowledged and had to make room */
    uint32_t sent_at;    /* when the oldest one was last sent */
    int32_t first;       /* place of the oldest one in pending */
    int32_t waiting;     /* how many wait */
    int32_t is_sent;     /* the oldest one was sent at sent_at */
    shrinc_frame pending[SHRINC_LINK_PENDING];
    shrinc_frame_reader reader;
} shrinc_link;

static inline uint16_t shrinc_crc16(const uint8_t *data, int32_t count)
{
    uint32_t crc = 0xFFFFu;
    for (int32_t i = 0; i < count; i++) {
        crc ^= (uint32_t)data[i] << 8;
        for (int32_t bit = 0; bit < 8; bit++) {
            crc = ((crc << 1) ^ ((crc & 0x8000u) != 0u ? 0x1021u : 0u)) & 0xFFFFu;
        }
    }
    return (uint16_t)crc;
}

/* An integer in the shortest form, major type 0 or 1. Returns how many bytes. */
static inline int32_t shrinc_cbor_put(uint8_t *out, int64_t value)
{
    uint64_t u = value < 0 ? (uint64_t)(-1 - value) : (uint64_t)value;
    uint8_t major = value < 0 ? 0x20u : 0u;
    int32_t bytes = u < 24u ? 0 : u <= 0xFFu ? 1 : u <= 0xFFFFu ? 2 : u <= 0xFFFFFFFFu ? 4 : 8;
    uint8_t kind = bytes == 1 ? 24u : bytes == 2 ? 25u : bytes == 4 ? 26u : 27u;
    out[0] = (uint8_t)(major | (bytes == 0 ? (uint8_t)u : kind));
    for (int32_t i = 0; i < bytes; i++) {
        out[1 + i] = (uint8_t)(u >> (8 * (bytes - 1 - i)));
    }
    return 1 + bytes;
}

/* The reverse. Returns how many of the COUNT bytes it took, 0: no such integer. */
static inline int32_t shrinc_cbor_get(const uint8_t *in, int32_t count, int64_t *value)
{
    if (count < 1 || in[0] >= 0x40u || (in[0] & 31u) > 27u) {
        return 0;
    }
    uint32_t kind = in[0] & 31u;
    int32_t bytes = kind < 24u ? 0 : 1 << (kind - 24u);
    uint64_t u = kind < 24u ? kind : 0u;
    if (1 + bytes > count) {
        return 0;
    }
    for (int32_t i = 0; i < bytes; i++) {
        u = (u << 8) | in[1 + i];
    }
    if (u > (uint64_t)INT64_MAX) {
        return 0;
    }
    *value = in[0] >= 0x20u ? -1 - (int64_t)u : (int64_t)u;
    return 1 + bytes;
}

/* Writes the frame with a 0 before and behind it. Returns how many bytes. */
static inline int32_t shrinc_frame_write(const shrinc_frame *f,
                                         uint8_t out[SHRINC_LINK_FRAME_BYTES])
{
    uint8_t body[SHRINC_LINK_BODY_BYTES];
    int32_t n = 0;
    body[n++] = (uint8_t)(0x80u | (uint32_t)f->count);
    for (int32_t i = 0; i < f->count; i++) {
        n += shrinc_cbor_put(body + n, f->value[i]);
    }
    uint16_t crc = shrinc_crc16(body, n);
    body[n++] = (uint8_t)(crc >> 8);
    body[n++] = (uint8_t)(crc & 0xFFu);
    int32_t mark = 1; /* where the distance to the next 0 goes */
    int32_t to = 2;
    out[0] = 0;
    for (int32_t i = 0; i < n; i++) {
        if (body[i] != 0u) {
            out[to++] = body[i];
            continue;
        }
        out[mark] = (uint8_t)(to - mark);
        mark = to++;
    }
    out[mark] = (uint8_t)(to - mark);
    out[to++] = 0;
    return to;
}

/* Undoes COBS in place. Returns the bytes of the body, -1: broken. */
static inline int32_t shrinc_frame_unstuff(uint8_t *byte, int32_t count)
{
    int32_t at = 0;
    int32_t to = 0;
    while (at < count) {
        int32_t run = byte[at++];
        if (run == 0 || at + run - 1 > count) {
            return -1;
        }
        for (int32_t i = 1; i < run; i++) {
            byte[to++] = byte[at++];
        }
        if (at < count) {
            byte[to++] = 0;
        }
    }
    return to;
}

/* A whole body: CRC right, an array of as many integers as it says and nothing behind. */
static inline int32_t shrinc_frame_parse(const uint8_t *body, int32_t count, shrinc_frame *f)
{
    int32_t end = count - 2;
    if (end < 1 ||
        shrinc_crc16(body, end) != (uint16_t)((uint32_t)body[end] << 8 | body[end + 1])) {
        return 0;
    }
    f->count = body[0] - 0x80;
    if (f->count < 0 || f->count > SHRINC_LINK_VALUES) {
        return 0;
    }
    int32_t at = 1;
    for (int32_t i = 0; i < f->count; i++) {
        int32_t took = shrinc_cbor_get(body + at, end - at, &f->value[i]);
        if (took == 0) {
            return 0;
        }
        at += took;
    }
    return at == end;
}

/* Takes one byte from the wire. 1: it ended a frame, which is in F. -1: it ended something that is none. */
static inline int32_t shrinc_frame_read(shrinc_frame_reader *r, uint8_t byte, shrinc_frame *f)
{
    if (byte != 0u) {
        if (r->count < SHRINC_LINK_FRAME_BYTES) {
            r->byte[r->count] = byte;
        }
        r->count += r->count <= SHRINC_LINK_FRAME_BYTES;
        return 0;
    }
    int32_t count = r->count;
    r->count = 0;
    if (count == 0) {
        return 0; /* nothing between two zeros */
    }
    if (count > SHRINC_LINK_FRAME_BYTES) {
        return -1;
    }
    return shrinc_frame_parse(r->byte, shrinc_frame_unstuff(r->byte, count), f) != 0 ? 1 : -1;
}

static inline void shrinc_link_start(shrinc_link *l, uint32_t boot)
{
    memset(l, 0, sizeof *l);
    l->boot = boot;
}

/* Takes an event: TIME in samples since the start, its KIND, and up to three values that belong to it. */
static inline void shrinc_link_put(shrinc_link *l, int64_t time, int32_t kind,
                                   const int32_t *values, int32_t count)
{
    if (l->waiting == SHRINC_LINK_PENDING) {
        l->first = (l->first + 1) % SHRINC_LINK_PENDING;
        l->waiting--;
        l->is_sent = 0;
        l->pushed_out++;
    }
    shrinc_frame *f = &l->pending[(l->first + l->waiting) % SHRINC_LINK_PENDING];
    f->value[0] = SHRINC_LINK_EVENT;
    f->value[1] = l->boot;
    f->value[2] = l->sequence++;
    f->value[3] = time;
    f->value[4] = kind;
    f->count = 5;
    for (int32_t i = 0; i < count && f->count < SHRINC_LINK_VALUES; i++) {
        f->value[f->count++] = values[i];
    }
    l->waiting++;
}

/* What to send at NOW (any unit, may wrap): the oldest event, if it is new or PATIENCE has passed since it was sent.
 * Returns how many bytes, 0: nothing. */
static inline int32_t shrinc_link_send(shrinc_link *l, uint32_t now, uint32_t patience,
                                       uint8_t out[SHRINC_LINK_FRAME_BYTES])
{
    if (l->waiting == 0 || (l->is_sent != 0 && now - l->sent_at < patience)) {
        return 0;
    }
    l->is_sent = 1;
    l->sent_at = now;
    return shrinc_frame_write(&l->pending[l->first], out);
}

/* Takes one byte from the other side; an acknowledgement of the oldest event ends its waiting. */
static inline void shrinc_link_receive(shrinc_link *l, uint8_t byte)
{
    shrinc_frame f;
    if (shrinc_frame_read(&l->reader, byte, &f) != 1 || f.count != 3 ||
        f.value[0] != SHRINC_LINK_ACK || l->waiting == 0) {
        return;
    }
    const int64_t *oldest = l->pending[l->first].value;
    if (f.value[1] == oldest[1] && f.value[2] == oldest[2]) {
        l->first = (l->first + 1) % SHRINC_LINK_PENDING;
        l->waiting--;
        l->is_sent = 0;
    }
}

#endif
