/* Pictures: PNG through libpng, JPEG through libjpeg-turbo.
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"
#include "data/resize.h"

#include <png.h>
#include <turbojpeg.h>

enum { MAX_PIXELS = 1 << 26, MAX_SIDE = 1 << 16 };

typedef struct Picture {
    int32_t width, height, channels; /* 1 grey, 3 colour */
    uint8_t *pixel;                  /* [height][width][channels] */
} Picture;

static bool is_png(Span file)
{
    return file.bytes >= 8 && memcmp(file.data, "\x89PNG\r\n\x1a\n", 8) == 0;
}

bool is_image_file(Span file)
{
    return is_png(file) || (file.bytes >= 3 && memcmp(file.data, "\xff\xd8\xff", 3) == 0);
}

static Status make_room(Reader *r, const char *path, Picture *p)
{
    if (p->width < 1 || p->height < 1 || p->width > MAX_SIDE || p->height > MAX_SIDE ||
        (int64_t)p->width * p->height > MAX_PIXELS) {
        return fail(r->d, ERR_LIMIT, "'%s' claims %d x %d pixels; at most %d are read", path,
                    p->width, p->height, (int)MAX_PIXELS);
    }
    p->pixel = NEW(&r->file, uint8_t, (int64_t)p->width * p->height * p->channels);
    return OK;
}

/* --- PNG: 8 bits as sRGB; what is transparent becomes black --- */

static Status read_png(Reader *r, Span file, const char *path, Picture *p)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (png_image_begin_read_from_memory(&image, file.data, file.bytes) == 0) {
        return fail(r->d, ERR_INPUT, "'%s' is damaged or cut short: %s", path, image.message);
    }
    p->channels = (image.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1;
    p->width = image.width > MAX_SIDE ? -1 : (int32_t)image.width;
    p->height = image.height > MAX_SIDE ? -1 : (int32_t)image.height;
    image.format = p->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    Status s = make_room(r, path, p);
    /* on failure this frees IMAGE by itself */
    if (s == OK && png_image_finish_read(&image, NULL, p->pixel, 0, NULL) == 0) {
        return fail(r->d, ERR_INPUT, "'%s' is damaged or cut short: %s", path, image.message);
    }
    png_image_free(&image);
    return s;
}

/* --- JPEG --- */

static Status decode_jpeg(Reader *r, tjhandle t, Span file, const char *path, Picture *p)
{
    int subsampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(t, file.data, (unsigned long)file.bytes, &p->width, &p->height,
                            &subsampling, &colours) != 0) {
        return fail(r->d, ERR_INPUT, "'%s' is damaged or cut short: %s", path, tjGetErrorStr2(t));
    }
    p->channels = colours == TJCS_GRAY ? 1 : 3;
    if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
        return fail(r->d, ERR_UNSUPPORTED, "'%s' has four inks (CMYK); save it as RGB", path);
    }
    TRY(make_room(r, path, p));
    if (tjDecompress2(t, file.data, (unsigned long)file.bytes, p->pixel, p->width, 0, p->height,
                      p->channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT) != 0) {
        return fail(r->d, ERR_INPUT, "'%s' is damaged or cut short: %s", path, tjGetErrorStr2(t));
    }
    return OK;
}

static Status read_jpeg(Reader *r, Span file, const char *path, Picture *p)
{
    tjhandle t = tjInitDecompress();
    if (t == NULL) {
        return fail(r->d, ERR_TOOL, "'%s': libjpeg-turbo does not start", path);
    }
    Status s = decode_jpeg(r, t, file, path, p);
    (void)tjDestroy(t);
    return s;
}

/* --- to a sample --- */

/* 0 .. 255 as 0 .. 1; colour to grey by ITU-R BT.601's weights, grey to colour by repeating it. */
static float *to_floats(Reader *r, const Picture *p, int32_t channels)
{
    int64_t count = (int64_t)p->width * p->height;
    float *x = NEW(&r->file, float, count *channels);
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *from = p->pixel + i * p->channels;
        for (int32_t c = 0; c < channels; c++) {
            double v = p->channels == 1 ? from[0]
                       : channels == 1  ? 0.299 * from[0] + 0.587 * from[1] + 0.114 * from[2]
                                        : from[c];
            x[i * channels + c] = (float)(v / 255.0);
        }
    }
    return x;
}

Status image_sample(Reader *r, Span file, const char *path, Shape *shape, float **x)
{
    const DataOptions *o = r->o;
    Picture p = {0};
    TRY(is_png(file) ? read_png(r, file, path, &p) : read_jpeg(r, file, path, &p));
    int32_t channels = o->channels == 0 ? p.channels : o->channels;
    if (channels != 1 && channels != 3) {
        return fail(r->d, ERR_USAGE, "pictures have 1 channel (grey) or 3 (colour), not %d",
                    channels);
    }
    if (o->width < 0 || o->height < 0 || (o->width > 0) != (o->height > 0) || o->width > MAX_SIDE ||
        o->height > MAX_SIDE || (int64_t)o->width * o->height > MAX_PIXELS) {
        return fail(r->d, ERR_USAGE, "pictures cannot be made %d x %d pixels", o->width, o->height);
    }
    *x = to_floats(r, &p, channels);
    int32_t width = o->width > 0 ? o->width : p.width;
    int32_t height = o->height > 0 ? o->height : p.height;
    if (width != p.width || height != p.height) {
        float *resized = NEW(&r->file, float, (int64_t)width *height *channels);
        resize(&r->file, *x, p.height, p.width, channels, resized, height, width);
        *x = resized;
    }
    const int32_t dim[3] = {height, width, channels};
    *shape = shape_of(3, dim);
    return OK;
}
