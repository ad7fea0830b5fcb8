/* An append-only store of events. An event is kept once its line and newline are on the disk; what a crash left behind
 * the last newline was never acknowledged to the device, which will send it again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 1024, SENT_BYTES = 64 };

struct Store {
    char *path;      /* DEVICE.jsonl */
    char *sent_path; /* DEVICE.sent */
    char *device;
    int fd;
    double rate;
    int64_t end; /* bytes of whole lines */
    int64_t sent;
    int64_t events;
    int64_t missing;
    bool has_last;
    Event last;
    char line[LINE_BYTES + 1];
};

static bool is_same(const Event *a, const Event *b)
{
    bool same = a->boot == b->boot && a->sequence == b->sequence && a->time == b->time &&
                a->kind == b->kind && a->values == b->values;
    for (int32_t i = 0; same && i < a->values; i++) {
        same = a->value[i] == b->value[i];
    }
    return same;
}

static void remember(Store *s, const Event *e)
{
    bool follows = s->has_last && e->boot == s->last.boot && e->sequence > s->last.sequence;
    s->missing += follows ? e->sequence - s->last.sequence - 1 : 0;
    s->last = *e;
    s->has_last = true;
    s->events++;
}

Status store_line(Store *s, int64_t *at, const char **line, Diag *d)
{
    *line = "";
    if (*at >= s->end) {
        return OK;
    }
    ssize_t n = pread(s->fd, s->line, LINE_BYTES, (off_t)*at);
    char *newline = n <= 0 ? NULL : memchr(s->line, '\n', (size_t)n);
    if (newline == NULL) {
        return n < 0 ? fail(d, ERR_IO, "cannot read '%s': %s", s->path, strerror(errno))
                     : fail(d, ERR_INPUT,
                            "'%s' has no whole line of at most %d bytes at byte %" PRId64
                            "; it was not written by shrinc, or changed since: move it away",
                            s->path, LINE_BYTES, *at);
    }
    *newline = '\0';
    *at += newline - s->line + 1;
    *line = s->line;
    return OK;
}

/* Cuts off what stands behind the last newline. */
static Status mend(Store *s, Diag *d)
{
    struct stat st;
    if (fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail(d, ERR_IO, "'%s' is not a regular file", s->path);
    }
    int64_t end = st.st_size;
    char part[LINE_BYTES];
    bool found = end == 0;
    while (!found && end > 0) {
        int64_t from = end > LINE_BYTES ? end - LINE_BYTES : 0;
        ssize_t n = pread(s->fd, part, (size_t)(end - from), (off_t)from);
        if (n != end - from) {
            return fail(d, ERR_IO, "cannot read '%s': %s", s->path, strerror(errno));
        }
        while (n > 0 && part[n - 1] != '\n') {
            n--;
        }
        end = from + n;
        found = n > 0;
    }
    s->end = end;
    if (end < st.st_size) {
        warn(d,
             "'%s' ended in the middle of a line; its last %" PRId64
             " bytes are dropped, the device sends that event again",
             s->path, (int64_t)st.st_size - end);
        if (ftruncate(s->fd, (off_t)end) != 0) {
            return fail(d, ERR_IO, "cannot shorten '%s': %s", s->path, strerror(errno));
        }
    }
    return OK;
}

/* Reads all lines once: the last event, gaps, and whether all are events. */
static Status read_back(Store *s, Diag *d)
{
    int64_t at = 0;
    const char *line = NULL;
    bool sent_is_edge = s->sent == 0;
    while (at < s->end) {
        int64_t start = at;
        TRY(store_line(s, &at, &line, d));
        json_t *json = json_loads(line, 0, NULL);
        Event e;
        bool good = event_from_json(json, &e);
        json_decref(json);
        if (!good) {
            return fail(d, ERR_INPUT,
                        "'%s' holds no event at byte %" PRId64
                        "; it was not written by shrinc, or changed since: move it away",
                        s->path, start);
        }
        remember(s, &e);
        sent_is_edge = sent_is_edge || at == s->sent;
    }
    if (!sent_is_edge) {
        warn(d, "'%s' fits '%s' no more; all events are sent to the broker again", s->sent_path,
             s->path);
        s->sent = 0;
    }
    return OK;
}

static Status read_sent(Store *s, Diag *d)
{
    Arena scratch = {0};
    Span text = {0};
    Status status = OK;
    if (access(s->sent_path, F_OK) == 0) {
        status = file_read(&scratch, s->sent_path, SENT_BYTES, &text, d);
        s->sent =
            status == OK
                ? strtoll(arena_strndup(&scratch, (const char *)text.data, text.bytes), NULL, 10)
                : 0;
    }
    arena_free(&scratch);
    return status;
}

Status store_open(Arena *a, const char *dir, const char *device, double rate, Store **out, Diag *d)
{
    TRY(dir_make(dir, d));
    Store *s = NEW(a, Store, 1);
    s->path = arena_printf(a, "%s/%s.jsonl", dir, device);
    s->sent_path = arena_printf(a, "%s/%s.sent", dir, device);
    s->device = arena_strdup(a, device);
    s->rate = rate;
    s->fd = open(s->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (s->fd < 0) {
        return fail(d, ERR_IO, "cannot open '%s': %s", s->path, strerror(errno));
    }
    Status status = OK;
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0) {
        status = fail(d, ERR_IO, "'%s' belongs to a bridge that runs; one device has one bridge",
                      s->path);
    }
    status = status == OK ? mend(s, d) : status;
    status = status == OK ? read_sent(s, d) : status;
    status = status == OK ? read_back(s, d) : status;
    if (status != OK) {
        store_close(s);
        return status;
    }
    *out = s;
    return OK;
}

void store_close(Store *s)
{
    (void)close(s->fd);
}

Status store_append(Store *s, const Event *e, bool *fresh, Diag *d)
{
    *fresh = !s->has_last || !is_same(e, &s->last);
    if (!*fresh) {
        return OK;
    }
    char received[32];
    time_t now = time(NULL);
    struct tm utc;
    (void)strftime(received, sizeof received, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    json_t *json = event_json(e, s->device, s->rate, received);
    size_t n = json_dumpb(json, s->line, LINE_BYTES, JSON_COMPACT);
    json_decref(json);
    s->line[n++] = '\n'; /* names and numbers are short: at most 400 bytes */
    ssize_t wrote = write(s->fd, s->line, n);
    if (wrote != (ssize_t)n || fdatasync(s->fd) != 0) {
        int error = errno;
        (void)!ftruncate(s->fd, (off_t)s->end);
        return fail(d, ERR_IO, "cannot write '%s': %s", s->path,
                    wrote >= 0 && wrote < (ssize_t)n ? "no space" : strerror(error));
    }
    s->end += (int64_t)n;
    remember(s, e);
    return OK;
}

int64_t store_sent(const Store *s)
{
    return s->sent;
}

Status store_set_sent(Store *s, int64_t bytes, Diag *d)
{
    char text[SENT_BYTES];
    int n = snprintf(text, sizeof text, "%" PRId64 "\n", bytes);
    TRY(file_write(s->sent_path, text, (size_t)n, d));
    s->sent = bytes;
    return OK;
}

int64_t store_events(const Store *s)
{
    return s->events;
}

int64_t store_missing(const Store *s)
{
    return s->missing;
}
