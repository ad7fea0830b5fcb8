/* Text from outside, made fit for a line of a terminal and for JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

/* Length of the well-formed UTF-8 character at P, 0 if it is broken, overlong or a control
 * character. */
static size_t utf8_length(const uint8_t *p, size_t left)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
    if (n == 0 || n > left) {
        return 0;
    }
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if (p[i] >> 6 != 2) {
            return 0;
        }
        c = c << 6 | (p[i] & 0x3fU);
    }
    bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
                      (c >= 0x202a && c <= 0x202e);
    bool is_surrogate = c >= 0xd800 && c < 0xe000;
    return is_control || is_surrogate || c > 0x10ffff || c < least[n] ? 0 : n;
}

char *text_clean(Arena *a, const char *text, size_t bytes)
{
    const uint8_t *from = (const uint8_t *)text;
    char *clean = arena_alloc(a, bytes + 1, 1);
    size_t used = 0;
    for (size_t i = 0; i < bytes;) {
        size_t n = utf8_length(from + i, bytes - i);
        if (n == 0) {
            clean[used++] = '?';
            i++;
        } else {
            memcpy(clean + used, from + i, n);
            used += n;
            i += n;
        }
    }
    return clean;
}
