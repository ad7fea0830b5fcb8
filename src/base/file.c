/* Whole files in and out; a written file is there whole or not at all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static Status read_all(Arena *a, int fd, const char *path, size_t limit, Span *out, Diag *d)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fail(d, ERR_IO, "cannot look at '%s': %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return fail(d, ERR_IO, "'%s' is not a regular file", path);
    }
    if (st.st_size < 0 || (uintmax_t)st.st_size > limit) {
        return fail(d, ERR_INPUT, "'%s' has %jd bytes, more than the limit of %zu", path,
                    (intmax_t)st.st_size, limit);
    }
    size_t bytes = (size_t)st.st_size;
    uint8_t *data = NEW(a, uint8_t, bytes + 1);
    size_t got = 0;
    while (got < bytes) {
        ssize_t n = read(fd, data + got, bytes - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(d, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
        }
        if (n == 0) {
            break;
        }
        got += (size_t)n;
    }
    *out = (Span){data, got};
    return OK;
}

Status file_read(Arena *a, const char *path, size_t limit, Span *out, Diag *d)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return fail(d, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    }
    Status s = read_all(a, fd, path, limit, out, d);
    (void)close(fd);
    return s;
}

static bool write_all(int fd, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(fd, data, bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data += n;
        bytes -= (size_t)n;
    }
    return true;
}

/* A device, pipe or terminal named as output is written directly; it has no temporary twin. */
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static Status write_special(const char *path, const void *data, size_t bytes, Diag *d)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write_all(fd, data, bytes);
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? OK : fail(d, ERR_IO, "cannot write '%s': %s", path, strerror(error));
}

Status file_write(const char *path, const void *data, size_t bytes, Diag *d)
{
    if (is_special(path)) {
        return write_special(path, data, bytes, d);
    }
    Arena scratch = {0};
    char *temp = arena_printf(&scratch, "%s.XXXXXX", path);
    int fd = mkstemp(temp);
    if (fd < 0) {
        Status s = fail(d, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
        arena_free(&scratch);
        return s;
    }
    mode_t mask = umask(0);
    (void)umask(mask);
    bool good = write_all(fd, data, bytes) && fchmod(fd, 0666 & ~mask) == 0;
    int error = errno;
    if (close(fd) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good && rename(temp, path) != 0) {
        good = false;
        error = errno;
    }
    Status s = OK;
    if (!good) {
        (void)unlink(temp);
        s = fail(d, ERR_IO, "cannot write '%s': %s", path, strerror(error));
    }
    arena_free(&scratch);
    return s;
}

Status dir_make(const char *path, Diag *d)
{
    Arena scratch = {0};
    char *copy = arena_strdup(&scratch, path);
    Status s = OK;
    for (char *p = copy + (copy[0] == '/'); s == OK; p++) {
        if (*p != '/' && *p != '\0') {
            continue;
        }
        char kept = *p;
        *p = '\0';
        struct stat st;
        if (mkdir(copy, 0777) != 0 && !(errno == EEXIST && stat(copy, &st) == 0 && S_ISDIR(st.st_mode))) {
            s = fail(d, ERR_IO, "cannot make the folder '%s': %s", copy, strerror(errno));
        }
        *p = kept;
        if (kept == '\0') {
            break;
        }
    }
    arena_free(&scratch);
    return s;
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

char *path_join(Arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir);
    const char *separator = n > 0 && dir[n - 1] == '/' ? "" : "/";
    return arena_printf(a, "%s%s%s", dir, separator, name);
}

void sha256_hex(Span bytes, char hex[65])
{
    (void)SHA256Data(bytes.data, bytes.bytes, hex);
}
