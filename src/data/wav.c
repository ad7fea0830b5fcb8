/* Sound through libsndfile: WAV, and what else it knows (FLAC, Ogg, AIFF).
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <math.h>
#include <sndfile.h>

/* --- the file in memory, as libsndfile wants it --- */

typedef struct Tape {
    Span file;
    sf_count_t at;
} Tape;

static sf_count_t tape_length(void *user)
{
    return (sf_count_t)((Tape *)user)->file.bytes;
}

static sf_count_t tape_seek(sf_count_t offset, int whence, void *user)
{
    Tape *t = user;
    sf_count_t length = tape_length(user);
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? t->at : length;
    if (offset < -base || offset > length - base) {
        return -1;
    }
    t->at = base + offset;
    return t->at;
}

static sf_count_t tape_read(void *to, sf_count_t count, void *user)
{
    Tape *t = user;
    sf_count_t left = tape_length(user) - t->at;
    sf_count_t n = count < left ? count : left;
    if (n <= 0) {
        return 0;
    }
    memcpy(to, t->file.data + t->at, (size_t)n);
    t->at += n;
    return n;
}

static sf_count_t tape_write(const void *from, sf_count_t count, void *user)
{
    (void)from;
    (void)count;
    (void)user;
    return 0;
}

static sf_count_t tape_tell(void *user)
{
    return ((Tape *)user)->at;
}

/* --- what kind --- */

static bool begins(Span file, const char *mark)
{
    return file.bytes >= 12 && memcmp(file.data, mark, 4) == 0;
}

bool is_sound_file(Span file)
{
    return begins(file, "fLaC") || begins(file, "OggS") || begins(file, "RF64") ||
           begins(file, "RIFX") ||
           (begins(file, "RIFF") && memcmp(file.data + 8, "WAVE", 4) == 0) ||
           (begins(file, "FORM") && memcmp(file.data + 8, "AIF", 3) == 0);
}

/* libsndfile is content with fewer samples than the header promises; we are not. */
static Status check_length(Span file, const char *path, Diag *d)
{
    if (!begins(file, "RIFF")) {
        return OK;
    }
    for (size_t at = 12; at + 8 <= file.bytes;) {
        const uint8_t *p = file.data + at;
        size_t bytes = (size_t)p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;
        size_t present = file.bytes - at - 8;
        if (memcmp(p, "data", 4) == 0) {
            /* programs that write to a pipe leave the length open */
            bool open = bytes == 0xffffffffU || bytes == 0x7fffffffU || bytes == 0x80000000U;
            return bytes > present && !open
                       ? fail(d, ERR_INPUT, "'%s' is cut short: %zu of %zu bytes of sound", path,
                              present, bytes)
                       : OK;
        }
        if (bytes > present) {
            break;
        }
        at += 8 + bytes + (bytes & 1);
    }
    return fail(d, ERR_INPUT, "'%s' is cut short: it ends before its sound begins", path);
}

static Status open_sound(Tape *tape, const char *path, SNDFILE **out, SF_INFO *info, Diag *d)
{
    SF_VIRTUAL_IO io = {tape_length, tape_seek, tape_read, tape_write, tape_tell};
    TRY(check_length(tape->file, path, d));
    *info = (SF_INFO){0};
    *out = sf_open_virtual(&io, SFM_READ, info, tape);
    if (*out == NULL) {
        return fail(d, ERR_INPUT, "'%s' cannot be read as sound: %s", path, sf_strerror(NULL));
    }
    if (info->frames <= 0 || info->channels <= 0 || info->samplerate <= 0) {
        (void)sf_close(*out);
        return fail(d, ERR_INPUT, "'%s' holds no sound", path);
    }
    return OK;
}

/* --- in and out --- */

Status sound_info(Span file, const char *path, Sound *out, Diag *d)
{
    Tape tape = {file, 0};
    SNDFILE *f = NULL;
    SF_INFO info;
    TRY(open_sound(&tape, path, &f, &info, d));
    *out = (Sound){(int64_t)info.frames, info.channels, (double)info.samplerate};
    (void)sf_close(f);
    return OK;
}

static void mix(float *x, int64_t frames, int32_t channels)
{
    for (int64_t i = 0; i < frames; i++) {
        double sum = 0.0;
        for (int32_t c = 0; c < channels; c++) {
            sum += (double)x[i * channels + c];
        }
        x[i] = (float)(sum / channels);
    }
}

/* Reads all frames of F; a file that lies about its length fails. */
static Status read_frames(Reader *r, SNDFILE *f, const SF_INFO *info, const char *path, float **out)
{
    TRY(reader_floats(r, info->frames, info->channels, false, out));
    sf_count_t got = 0;
    while (got < info->frames) {
        sf_count_t n = sf_readf_float(f, *out + got * info->channels, info->frames - got);
        if (n <= 0) {
            return fail(r->d, ERR_INPUT, "'%s' is damaged or cut short: %jd of %jd samples", path,
                        (intmax_t)got, (intmax_t)info->frames);
        }
        got += n;
    }
    for (int64_t i = 0; i < info->frames * info->channels; i++) {
        if (!isfinite((*out)[i])) {
            return fail(r->d, ERR_INPUT, "'%s': sample %jd is no finite number", path,
                        (intmax_t)(i / info->channels));
        }
    }
    return OK;
}

Status sound_table(Reader *r, Span file, const char *path, Table *t)
{
    Tape tape = {file, 0};
    SNDFILE *f = NULL;
    SF_INFO info;
    TRY(open_sound(&tape, path, &f, &info, r->d));
    *t = (Table){
        .format = "wav", .rows = info.frames, .x_gain = 1.0, .rate_hz = (double)info.samplerate};
    Status s = info.frames > r->limit
                   ? fail(r->d, ERR_LIMIT, "'%s' claims %jd samples, more than the limit", path,
                          (intmax_t)info.frames)
                   : read_frames(r, f, &info, path, &t->x);
    (void)sf_close(f);
    TRY(s);
    int32_t channels = info.channels;
    if (r->o->channels > 0 && r->o->channels != 1 && r->o->channels != channels) {
        return fail(r->d, ERR_INPUT, "'%s' has %d channels, not %d; only a mix to 1 is known", path,
                    channels, r->o->channels);
    }
    if (r->o->channels == 1 && channels > 1) {
        mix(t->x, t->rows, channels);
        channels = 1;
    }
    t->row = shape_of(1, &channels);
    return OK;
}
