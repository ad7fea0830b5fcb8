/* A serial port, a socket, or standard input.
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static Status open_unix(const char *path, int *fd, Diag *d)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path) {
        return fail(d, ERR_USAGE, "'unix:%s': the path may have at most %zu bytes", path,
                    sizeof at.sun_path - 1);
    }
    strcpy(at.sun_path, path);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || connect(*fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        return fail(d, ERR_IO, "cannot connect to 'unix:%s': %s", path, strerror(errno));
    }
    return OK;
}

static Status open_tcp(Arena *a, const char *place, int *fd, Diag *d)
{
    const char *colon = strrchr(place, ':');
    if (colon == NULL || colon == place || colon[1] == '\0') {
        return fail(d, ERR_USAGE, "'tcp:%s': give tcp:HOST:PORT", place);
    }
    struct addrinfo *list = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char *host = arena_strndup(a, place, (size_t)(colon - place));
    int code = getaddrinfo(host, colon + 1, &hints, &list);
    if (code != 0) {
        return fail(d, ERR_IO, "cannot find 'tcp:%s': %s", place, gai_strerror(code));
    }
    *fd = -1;
    int error = 0;
    for (struct addrinfo *i = list; i != NULL && *fd < 0; i = i->ai_next) {
        *fd = socket(i->ai_family, i->ai_socktype | SOCK_CLOEXEC, i->ai_protocol);
        if (*fd >= 0 && connect(*fd, i->ai_addr, i->ai_addrlen) != 0) {
            error = errno;
            (void)close(*fd);
            *fd = -1;
        }
    }
    freeaddrinfo(list);
    return *fd >= 0 ? OK
                    : fail(d, ERR_IO, "cannot connect to 'tcp:%s': %s", place, strerror(error));
}

static Status set_speed(const char *path, int fd, int64_t baud, Diag *d)
{
    static const struct {
        int64_t baud;
        speed_t speed;
    } speeds[] = {{1200, B1200},     {2400, B2400},     {4800, B4800},     {9600, B9600},
                  {19200, B19200},   {38400, B38400},   {57600, B57600},   {115200, B115200},
                  {230400, B230400}, {460800, B460800}, {921600, B921600}, {1000000, B1000000}};
    for (size_t i = 0; i < COUNT(speeds); i++) {
        struct termios t;
        if (speeds[i].baud != baud) {
            continue;
        }
        if (tcgetattr(fd, &t) != 0) {
            return fail(d, ERR_IO, "cannot set up '%s': %s", path, strerror(errno));
        }
        cfmakeraw(&t);
        t.c_cflag |= CLOCAL | CREAD;
        t.c_cc[VMIN] = 1;
        t.c_cc[VTIME] = 0;
        if (cfsetspeed(&t, speeds[i].speed) != 0 || tcsetattr(fd, TCSANOW, &t) != 0) {
            return fail(d, ERR_IO, "cannot set '%s' to %jd baud: %s", path, (intmax_t)baud,
                        strerror(errno));
        }
        return OK;
    }
    return fail(d, ERR_USAGE, "--baud=%jd is no usual speed; give 9600, 115200, 1000000, ...",
                (intmax_t)baud);
}

Status wire_open(const char *port, int64_t baud, int *in, int *out, Diag *d)
{
    Arena scratch = {0};
    Status s = OK;
    *in = -1;
    if (strcmp(port, "-") == 0) {
        *in = STDIN_FILENO;
        *out = -1;
        return OK;
    }
    if (strncmp(port, "unix:", 5) == 0) {
        s = open_unix(port + 5, in, d);
    } else if (strncmp(port, "tcp:", 4) == 0) {
        s = open_tcp(&scratch, port + 4, in, d);
    } else {
        *in = open(port, O_RDWR | O_NOCTTY | O_CLOEXEC);
        s = *in < 0 ? fail(d, ERR_IO, "cannot open '%s': %s", port, strerror(errno)) : OK;
        s = s == OK && isatty(*in) ? set_speed(port, *in, baud, d) : s;
    }
    arena_free(&scratch);
    if (s != OK && *in >= 0) {
        (void)close(*in);
        *in = -1;
    }
    *out = *in;
    return s;
}
