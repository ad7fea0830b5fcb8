/* Attributes of custom operators as bytes in a model file: a byte 1, then each attribute in the order of its
 * table, four bytes each, little endian: integers, enumerations and truth values as int32, reals as IEEE 754,
 * lists as their length and then their numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

enum { OPTIONS_FORMAT = 1 };

static void put_word(Out *out, uint32_t v)
{
    const uint8_t bytes[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    out_bytes(out, bytes, sizeof bytes);
}

void options_write(const Kind *k, const void *attr, Out *out)
{
    const uint8_t format = OPTIONS_FORMAT;
    out_bytes(out, &format, 1);
    for (int32_t i = 0; i < k->attr_count; i++) {
        const uint8_t *at = (const uint8_t *)attr + k->attrs[i].offset;
        uint32_t word = 0;
        if (k->attrs[i].type == ATTR_INTS) {
            IntList list;
            memcpy(&list, at, sizeof list);
            put_word(out, (uint32_t)list.count);
            for (int32_t j = 0; j < list.count; j++) {
                put_word(out, (uint32_t)list.value[j]);
            }
            continue;
        }
        if (k->attrs[i].type == ATTR_BOOL) {
            bool yes;
            memcpy(&yes, at, sizeof yes);
            word = yes;
        } else {
            memcpy(&word, at, sizeof word);
        }
        put_word(out, word);
    }
}

/* The next four bytes; false at the end. */
static bool take_word(Span *bytes, uint32_t *word)
{
    if (bytes->bytes < 4) {
        return false;
    }
    const uint8_t *b = bytes->data;
    *word = (uint32_t)b[0] | ((uint32_t)b[1] << 8) | ((uint32_t)b[2] << 16) | ((uint32_t)b[3] << 24);
    *bytes = (Span){b + 4, bytes->bytes - 4};
    return true;
}

static Status read_list(const AttrDesc *a, Span *bytes, uint32_t count, const char *who, void *at, Diag *d)
{
    IntList list = {0};
    if (count > MAX_INTS || bytes->bytes / 4 < count) {
        return fail(d, ERR_INPUT,
                    "%s: option %s is a list of %u numbers; at most %d make sense and all must be there", who,
                    a->name, count, MAX_INTS);
    }
    for (; list.count < (int32_t)count; list.count++) {
        uint32_t word = 0;
        (void)take_word(bytes, &word);
        list.value[list.count] = (int32_t)word;
    }
    memcpy(at, &list, sizeof list);
    return OK;
}

Status options_read(const Kind *k, Span bytes, const char *who, void *attr, Diag *d)
{
    if (bytes.bytes == 0) {
        return OK; /* all defaults */
    }
    if (bytes.data[0] != OPTIONS_FORMAT) {
        return fail(d, ERR_UNSUPPORTED, "%s: its options have format %d; this shrinc reads format %d", who,
                    bytes.data[0], (int)OPTIONS_FORMAT);
    }
    bytes = (Span){bytes.data + 1, bytes.bytes - 1};
    for (int32_t i = 0; i < k->attr_count && bytes.bytes > 0; i++) {
        const AttrDesc *a = &k->attrs[i];
        uint8_t *at = (uint8_t *)attr + a->offset;
        uint32_t word = 0;
        if (!take_word(&bytes, &word)) {
            return fail(d, ERR_INPUT, "%s: its options end inside %s; the file is damaged", who, a->name);
        }
        if (a->type == ATTR_INTS) {
            TRY(read_list(a, &bytes, word, who, at, d));
        } else if (a->type == ATTR_BOOL) {
            bool yes = word != 0;
            memcpy(at, &yes, sizeof yes);
        } else {
            memcpy(at, &word, sizeof word);
        }
    }
    if (bytes.bytes > 0) {
        return fail(d, ERR_UNSUPPORTED,
                    "%s: has %zu bytes of options that this shrinc does not know; the model is newer", who,
                    bytes.bytes);
    }
    return OK;
}
