/* A device with an emitted model's link, played on the host: listens at a socket, gives out COUNT events, says when
 * the last one is acknowledged, and stays until it is killed, whoever comes and goes at the other end. Now and then it breaks a byte.
 * Usage: device SOCKET COUNT MILLISECONDS-BETWEEN
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 40, LISTEN = 4, BREAKS = 37 };

static uint32_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)((uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u);
}

int main(int argc, char **argv)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (argc != 4 || strlen(argv[1]) >= sizeof at.sun_path) {
        fprintf(stderr, "usage: device SOCKET COUNT MILLISECONDS\n");
        return 2;
    }
    strcpy(at.sun_path, argv[1]);
    int64_t count = strtoll(argv[2], NULL, 10);
    uint32_t pause = (uint32_t)strtoul(argv[3], NULL, 10);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)unlink(argv[1]);
    int door = socket(AF_UNIX, SOCK_STREAM, 0);
    if (door < 0 || bind(door, (const struct sockaddr *)&at, sizeof at) != 0 ||
        listen(door, LISTEN) != 0) {
        perror("device");
        return 1;
    }
    static shrinc_link l;
    shrinc_link_start(&l, 7);
    uint32_t next = now_ms();
    int wire = -1;
    uint32_t frames = 0;
    int said = 0;
    for (;;) {
        if (said == 0 && l.sequence == (uint32_t)count && l.waiting == 0) {
            printf("%u events acknowledged, %u pushed out\n", (unsigned)l.sequence,
                   (unsigned)l.pushed_out);
            (void)fflush(stdout);
            said = 1;
        }
        uint32_t now = now_ms();
        /* An event only when there is room: the test counts every one. */
        if (l.sequence < (uint32_t)count && l.waiting < SHRINC_LINK_PENDING &&
            (int32_t)(now - next) >= 0) {
            const int32_t values[] = {(int32_t)l.sequence * 3, 1000, 0};
            shrinc_link_put(&l, (int64_t)l.sequence * 1000, l.sequence % 10 == 9 ? 3 : 2, values,
                            3);
            next += pause;
        }
        struct pollfd both[2] = {{.fd = door, .events = POLLIN}, {.fd = wire, .events = POLLIN}};
        (void)poll(both, wire < 0 ? 1 : 2, 2);
        if ((both[0].revents & POLLIN) != 0) {
            if (wire >= 0) {
                (void)close(wire);
            }
            wire = accept(door, NULL, NULL);
            memset(&l.reader, 0, sizeof l.reader);
            l.is_sent = 0;
        } else if (wire >= 0 && both[1].revents != 0) {
            uint8_t bytes[64];
            ssize_t n = read(wire, bytes, sizeof bytes);
            for (ssize_t i = 0; i < n; i++) {
                shrinc_link_receive(&l, bytes[i]);
            }
            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
                (void)close(wire);
                wire = -1;
            }
        }
        uint8_t frame[SHRINC_LINK_FRAME_BYTES];
        int32_t bytes = wire < 0 ? 0 : shrinc_link_send(&l, now, PATIENCE_MS, frame);
        if (bytes > 0) {
            frame[bytes / 2] ^= (uint8_t)(++frames % BREAKS == 0 ? 0x10 : 0);
            (void)!write(wire, frame, (size_t)bytes);
        }
    }
}
