/* gzip through zlib, with a limit on what comes out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/files.h"

#define ZLIB_CONST
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, STEP_BYTES = 1 << 28, FIRST_BYTES = 1 << 16 };

/* The size that the file's last word claims (modulo 2^32), if it is believable; deflate never makes more
 * than 1032 bytes of one. */
static size_t claimed_bytes(Span file, size_t limit)
{
    const uint8_t *p = file.data + file.bytes - 4;
    size_t claim = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
    return claim >= FIRST_BYTES && claim <= limit && claim / 1032 <= file.bytes ? claim
                                                                                : FIRST_BYTES;
}

static void grow(Arena *a, uint8_t **data, size_t *capacity, size_t used)
{
    uint8_t *more = NEW(a, uint8_t, *capacity * 2);
    memcpy(more, *data, used);
    *data = more;
    *capacity *= 2;
}

static Status inflate_all(Arena *a, z_stream *z, Span file, const char *path, size_t limit,
                          Span *out, Diag *d)
{
    size_t capacity = claimed_bytes(file, limit);
    uint8_t *data = NEW(a, uint8_t, capacity);
    size_t used = 0;
    size_t taken = 0;
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        if (used > limit) {
            return fail(d, ERR_LIMIT, "'%s' unpacks to more than the limit of %zu bytes", path,
                        limit);
        }
        if (used == capacity) {
            grow(a, &data, &capacity, used);
        }
        size_t room = capacity - used < STEP_BYTES ? capacity - used : STEP_BYTES;
        size_t left = file.bytes - taken < STEP_BYTES ? file.bytes - taken : STEP_BYTES;
        z->next_in = file.data + taken;
        z->avail_in = (uInt)left;
        z->next_out = data + used;
        z->avail_out = (uInt)room;
        code = inflate(z, Z_NO_FLUSH);
        taken += left - z->avail_in;
        used += room - z->avail_out;
        if (code != Z_OK && code != Z_STREAM_END) {
            return fail(d, ERR_INPUT,
                        code == Z_BUF_ERROR ? "'%s' is cut short: its gzip stream does not end"
                                            : "'%s': its gzip stream is damaged",
                        path);
        }
    }
    *out = (Span){data, used};
    return OK;
}

Status gzip_open(Arena *a, Span file, const char *path, size_t limit, Span *out, Diag *d)
{
    *out = file;
    if (file.bytes < 18 || file.data[0] != 0x1f || file.data[1] != 0x8b) {
        return OK;
    }
    z_stream z = {0};
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        return fail(d, ERR_TOOL, "'%s': zlib does not start", path);
    }
    Status s = inflate_all(a, &z, file, path, limit, out, d);
    (void)inflateEnd(&z);
    return s;
}
