/* Checkpoints: a training between two epochs, in a file.
 * Layout, little endian: magic, fingerprint [64], numbers (int64 and double), rows, values, the
 * optimiser's moments, best and averaged values, then the SHA-256 (64 hex digits) of all before it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/fit.h"

static const char magic[16] = "shrinc training\n";

typedef struct Head {
    char magic[16];
    char fingerprint[64];
    int64_t value_count, epochs, epoch, best_epoch, step, stopping_wait, plateau_wait, has_average;
    double stopping_best, plateau_best, plateau_scale;
} Head;

static int64_t file_bytes(const Head *h)
{
    int64_t blocks = h->has_average != 0 ? 5 : 4;
    return (int64_t)sizeof(Head) + h->epoch * (int64_t)sizeof(EpochRow) +
           blocks * h->value_count * (int64_t)sizeof(float) + 64;
}

Status checkpoint_write(const Fit *f, const char fingerprint[65], const char *path, Diag *d)
{
    int64_t n = f->trainer->value_count;
    Head h = {.value_count = n,
              .epochs = f->o.epochs,
              .epoch = f->epoch,
              .best_epoch = f->best_epoch,
              .step = f->optimizer.step,
              .stopping_wait = f->stopping.wait,
              .plateau_wait = f->plateau.wait,
              .has_average = f->average != NULL,
              .stopping_best = f->stopping.best,
              .plateau_best = f->plateau.best,
              .plateau_scale = f->plateau_scale};
    memcpy(h.magic, magic, sizeof h.magic);
    memcpy(h.fingerprint, fingerprint, sizeof h.fingerprint);
    size_t bytes = sizeof(float) * (size_t)n;
    Out o = {0};
    out_bytes(&o, &h, sizeof h);
    out_bytes(&o, f->row, sizeof(EpochRow) * (size_t)f->epoch);
    out_bytes(&o, f->trainer->value, bytes);
    out_bytes(&o, f->optimizer.first, bytes);
    out_bytes(&o, f->optimizer.second, bytes);
    out_bytes(&o, f->best, bytes);
    if (f->average != NULL) {
        out_bytes(&o, f->average, bytes);
    }
    char hex[65];
    sha256_hex((Span){(const uint8_t *)o.text, o.bytes}, hex);
    out_bytes(&o, hex, 64);
    Status s = file_write(path, o.text, o.bytes, d);
    out_free(&o);
    return s;
}

static const uint8_t *take(const uint8_t *from, void *to, size_t bytes)
{
    memcpy(to, from, bytes);
    return from + bytes;
}

static Status check(const Fit *f, const Head *h, Span file, const char fingerprint[65],
                    const char *path, Diag *d)
{
    char hex[65];
    if (memcmp(h->magic, magic, sizeof magic) != 0) {
        return fail(d, ERR_INPUT, "'%s' is not a checkpoint of shrinc train", path);
    }
    if (h->value_count != f->trainer->value_count || memcmp(h->fingerprint, fingerprint, 64) != 0 ||
        h->has_average != (f->average != NULL)) {
        return fail(d, ERR_INPUT,
                    "the checkpoint '%s' is of another training: its data, net or options differ; "
                    "leave out --resume to "
                    "begin anew",
                    path);
    }
    if (h->epoch < 0 || h->epoch > f->o.epochs) {
        return fail(d, ERR_INPUT,
                    "the checkpoint '%s' stands after epoch %jd, but only %d are wanted", path,
                    (intmax_t)h->epoch, f->o.epochs);
    }
    if (file_bytes(h) == (int64_t)file.bytes) {
        sha256_hex((Span){file.data, file.bytes - 64}, hex);
        if (memcmp(hex, file.data + file.bytes - 64, 64) == 0) {
            return OK;
        }
    }
    return fail(d, ERR_INPUT, "the checkpoint '%s' is damaged: its checksum does not fit", path);
}

Status checkpoint_read(Fit *f, const char fingerprint[65], const char *path, Diag *d)
{
    Arena scratch = {0};
    Span file = {0};
    Head h = {0};
    Status s = file_read(&scratch, path, (size_t)1 << 32, &file, d);
    if (s == OK && file.bytes < sizeof h + 64) {
        s = fail(d, ERR_INPUT, "'%s' is not a checkpoint of shrinc train: it has only %zu bytes",
                 path, file.bytes);
    }
    if (s == OK) {
        memcpy(&h, file.data, sizeof h);
        s = check(f, &h, file, fingerprint, path, d);
    }
    if (s == OK) {
        size_t bytes = sizeof(float) * (size_t)h.value_count;
        const uint8_t *p = take(file.data + sizeof h, f->row, sizeof(EpochRow) * (size_t)h.epoch);
        p = take(p, f->trainer->value, bytes);
        p = take(p, f->optimizer.first, bytes);
        p = take(p, f->optimizer.second, bytes);
        p = take(p, f->best, bytes);
        if (f->average != NULL) {
            (void)take(p, f->average, bytes);
        }
        f->epoch = (int32_t)h.epoch;
        f->best_epoch = (int32_t)h.best_epoch;
        f->optimizer.step = h.step;
        f->stopping = (Patience){h.stopping_best, (int32_t)h.stopping_wait};
        f->plateau = (Patience){h.plateau_best, (int32_t)h.plateau_wait};
        f->plateau_scale = h.plateau_scale;
        f->ended_early = f->o.early_stop > 0 && f->stopping.wait >= f->o.early_stop;
    }
    arena_free(&scratch);
    return s;
}
