/* Small data files from one line of text, by writers that share nothing with the readers of src/data.
 * SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include <stdlib.h>
#include <png.h>
#include <turbojpeg.h>
#include <zip.h>
#include <zlib.h>

static void put_integer(Out *out, int64_t v, int32_t bytes, bool big_endian)
{
    for (int32_t i = 0; i < bytes; i++) {
        int32_t at = big_endian ? bytes - 1 - i : i;
        uint8_t byte = (uint8_t)((uint64_t)v >> (8 * at));
        out_bytes(out, &byte, 1);
    }
}

static void put_number(Out *out, double v, char kind, int32_t bytes, bool big_endian)
{
    int64_t bits = 0;
    if (kind == 'f' && bytes == 4) {
        float f = (float)v;
        int32_t half;
        memcpy(&half, &f, sizeof half);
        bits = half;
    } else if (kind == 'f') {
        memcpy(&bits, &v, sizeof bits);
    } else {
        bits = (int64_t)v;
    }
    put_integer(out, bits, bytes, big_endian);
}

static void put_numbers(Out *out, const char *text, char kind, int32_t bytes, bool big_endian)
{
    char *stop = NULL;
    for (const char *p = text;; p = stop) {
        double v = strtod(p, &stop);
        if (stop == p) {
            return;
        }
        put_number(out, v, kind, bytes, big_endian);
    }
}

static const char *after_colon(const char *p)
{
    const char *colon = strchr(p, ':');
    return colon == NULL ? p + strlen(p) : colon + 1;
}

static void make_npy(const char *p, Out *out)
{
    char dtype[8];
    char order = 'C';
    char dims[64] = "";
    (void)sscanf(p, "%7s %c %63[0-9,]", dtype, &order, dims);
    Out header = {0};
    out_printf(&header, "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", dtype,
               order == 'F' ? "True" : "False", dims);
    while ((10 + header.bytes + 1) % 64 != 0) {
        out_text(&header, " ");
    }
    out_text(&header, "\n");
    out_bytes(out, "\x93NUMPY\1", 8);
    put_integer(out, (int64_t)header.bytes, 2, false);
    out_bytes(out, header.text, header.bytes);
    out_free(&header);
    put_numbers(out, after_colon(p), dtype[1], dtype[2] - '0', dtype[0] == '>');
}

static void make_idx(const char *p, Out *out)
{
    static const struct {
        int code;
        char kind;
        int32_t bytes;
    } types[] = {{8, 'u', 1}, {9, 'i', 1}, {11, 'i', 2}, {12, 'i', 4}, {13, 'f', 4}, {14, 'f', 8}};
    char *stop = NULL;
    long code = strtol(p, &stop, 10);
    int64_t dim[16];
    int32_t rank = 0;
    while (*stop != ':' && *stop != '\0' && rank < 16) {
        dim[rank++] = strtoll(stop + 1, &stop, 10);
    }
    const uint8_t head[4] = {0, 0, (uint8_t)code, (uint8_t)rank};
    out_bytes(out, head, sizeof head);
    for (int32_t i = 0; i < rank; i++) {
        put_integer(out, dim[i], 4, true);
    }
    for (size_t i = 0; i < COUNT(types); i++) {
        if (types[i].code == code) {
            put_numbers(out, after_colon(p), types[i].kind, types[i].bytes, true);
        }
    }
}

static void append_file(const char *path, Out *out)
{
    FILE *f = fopen(path, "rb");
    char block[4096];
    size_t n = 0;
    while (f != NULL && (n = fread(block, 1, sizeof block, f)) > 0) {
        out_bytes(out, block, n);
    }
    if (f == NULL || fclose(f) != 0) {
        abort();
    }
}

static void make_npz(const char *p, Out *out)
{
    char path[] = "/tmp/shrinc-test-XXXXXX";
    int fd = mkstemp(path);
    FILE *made = fd < 0 ? NULL : fdopen(fd, "wb");
    if (made == NULL || fclose(made) != 0) {
        abort();
    }
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    Arena a = {0};
    while (*p != '\0') {
        size_t name = strcspn(p, "=");
        size_t spec = strcspn(p + name, ";");
        Out entry = {0};
        make_file(arena_strndup(&a, p + name + 1, spec - 1), &entry);
        void *kept = arena_memdup(&a, entry.text, entry.bytes);
        zip_source_t *source = zip_source_buffer(z, kept, entry.bytes, 0);
        if (zip_file_add(z, arena_printf(&a, "%.*s.npy", (int)name, p), source, 0) < 0) {
            abort();
        }
        out_free(&entry);
        p += name + spec;
        p += *p == ';';
        p += strspn(p, " ");
    }
    if (zip_close(z) != 0) {
        abort();
    }
    append_file(path, out);
    (void)remove(path);
    arena_free(&a);
}

static void make_gz(const char *p, Out *out)
{
    Out plain = {0};
    make_file(p, &plain);
    z_stream z = {0};
    uint8_t packed[1 << 16];
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    z.next_in = (Bytef *)plain.text;
    z.avail_in = (uInt)plain.bytes;
    int code = Z_OK;
    while (code == Z_OK) {
        z.next_out = packed;
        z.avail_out = sizeof packed;
        code = deflate(&z, Z_FINISH);
        out_bytes(out, packed, sizeof packed - z.avail_out);
    }
    (void)deflateEnd(&z);
    out_free(&plain);
}

static void make_wav(const char *p, Out *out)
{
    unsigned rate = 0;
    unsigned channels = 0;
    unsigned bits = 0;
    (void)sscanf(p, "%u %u %u", &rate, &channels, &bits);
    Out data = {0};
    char *stop = NULL;
    for (p = after_colon(p);; p = stop) {
        double v = strtod(p, &stop);
        if (stop == p) {
            break;
        }
        double full = bits == 8 ? 128.0 : 32768.0;
        int64_t q = (int64_t)(v * full) + (bits == 8 ? 128 : 0);
        put_integer(&data, q > 32767 ? 32767 : q, (int32_t)bits / 8, false);
    }
    out_bytes(out, "RIFF", 4);
    put_integer(out, (int64_t)(36 + data.bytes), 4, false);
    out_bytes(out, "WAVEfmt ", 8);
    put_integer(out, 16, 4, false);
    put_integer(out, 1, 2, false);
    put_integer(out, channels, 2, false);
    put_integer(out, rate, 4, false);
    put_integer(out, (int64_t)rate * channels * bits / 8, 4, false);
    put_integer(out, channels * bits / 8, 2, false);
    put_integer(out, bits, 2, false);
    out_bytes(out, "data", 4);
    put_integer(out, (int64_t)data.bytes, 4, false);
    out_bytes(out, data.text == NULL ? "" : data.text, data.bytes);
    out_free(&data);
}

static void make_image(const char *p, bool jpeg, Out *out)
{
    unsigned width = 0;
    unsigned height = 0;
    unsigned channels = 0;
    (void)sscanf(p, "%u %u %u", &width, &height, &channels);
    size_t bytes = (size_t)width * height * channels;
    uint8_t *pixel = calloc(bytes + 1, 1);
    double v = 0.0;
    char *stop = NULL;
    p = after_colon(p);
    for (size_t i = 0; i < bytes; i++, p = stop) {
        double next = strtod(p, &stop);
        v = stop == p ? v : next;
        pixel[i] = (uint8_t)v;
    }
    uint8_t *made = NULL;
    if (jpeg) {
        unsigned long size = 0;
        tjhandle t = tjInitCompress();
        if (tjCompress2(t, pixel, (int)width, 0, (int)height, channels == 1 ? TJPF_GRAY : TJPF_RGB,
                        &made, &size, channels == 1 ? TJSAMP_GRAY : TJSAMP_444, 100, 0) != 0) {
            abort();
        }
        out_bytes(out, made, size);
        tjFree(made);
        (void)tjDestroy(t);
    } else {
        static const png_uint_32 formats[] = {0, PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB,
                                              PNG_FORMAT_RGBA};
        png_image image = {.version = PNG_IMAGE_VERSION,
                           .width = width,
                           .height = height,
                           .format = formats[channels]};
        png_alloc_size_t size = 0;
        if (png_image_write_to_memory(&image, NULL, &size, 0, pixel, 0, NULL) == 0) {
            abort();
        }
        made = malloc(size);
        (void)png_image_write_to_memory(&image, made, &size, 0, pixel, 0, NULL);
        out_bytes(out, made, size);
        free(made);
    }
    free(pixel);
}

void make_file(const char *spec, Out *out)
{
    size_t before = out->bytes;
    if (strncmp(spec, "cut=", 4) == 0) {
        char *stop = NULL;
        size_t keep = strtoul(spec + 4, &stop, 10);
        make_file(stop + 1, out);
        out->bytes = out->bytes - before > keep ? before + keep : out->bytes;
    } else if (strncmp(spec, "gz ", 3) == 0) {
        make_gz(spec + 3, out);
    } else if (strncmp(spec, "npy ", 4) == 0) {
        make_npy(spec + 4, out);
    } else if (strncmp(spec, "idx ", 4) == 0) {
        make_idx(spec + 4, out);
    } else if (strncmp(spec, "npz ", 4) == 0) {
        make_npz(spec + 4, out);
    } else if (strncmp(spec, "wav ", 4) == 0) {
        make_wav(spec + 4, out);
    } else if (strncmp(spec, "png ", 4) == 0 || strncmp(spec, "jpg ", 4) == 0) {
        make_image(spec + 4, spec[0] == 'j', out);
    } else {
        out_text(out, spec);
    }
}
