/* Frames, the store, and the fleet: round trips, every damage, every cut.
 * Usage: link_test FOLDER
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"
#include "shrinc_link.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int passed, failed;

static void check(const char *what, bool good)
{
    if (good) {
        passed++;
    } else {
        failed++;
        printf("FAIL %s\n", what);
    }
}

/* --- frames --- */

static int32_t feed(shrinc_frame_reader *r, const uint8_t *bytes, int32_t count, shrinc_frame *f)
{
    int32_t whole = 0;
    for (int32_t i = 0; i < count; i++) {
        whole += shrinc_frame_read(r, bytes[i], f) == 1;
    }
    return whole;
}

static bool is_equal(const shrinc_frame *a, const shrinc_frame *b)
{
    return a->count == b->count &&
           memcmp(a->value, b->value, sizeof a->value[0] * (size_t)a->count) == 0;
}

static void test_round_trip(void)
{
    static const int64_t edges[] = {0,     1,          23,         24,        255,      256, 65535,
                                    65536, 4294967295, 4294967296, INT64_MAX, -1,       -24, -25,
                                    -256,  -257,       -65537,     INT32_MIN, INT64_MIN};
    Random r = random_stream(1, 1);
    shrinc_frame_reader reader = {0};
    bool good = true;
    for (int32_t i = 0; i < 20000; i++) {
        shrinc_frame f = {.count = (int32_t)random_below(&r, SHRINC_LINK_VALUES + 1)};
        for (int32_t k = 0; k < f.count; k++) {
            f.value[k] = i % 2 == 0 ? edges[random_below(&r, (int64_t)COUNT(edges))]
                                    : (int64_t)(random_bits(&r) >> random_below(&r, 63)) / 2;
        }
        uint8_t bytes[SHRINC_LINK_FRAME_BYTES];
        shrinc_frame back = {0};
        int32_t n = shrinc_frame_write(&f, bytes);
        bool zeros =
            bytes[0] == 0 && bytes[n - 1] == 0 && memchr(bytes + 1, 0, (size_t)n - 2) == NULL;
        good = good && zeros && feed(&reader, bytes, n, &back) == 1 && is_equal(&f, &back);
    }
    check("20000 frames come back", good);
}

/* RFC 8949, appendix A. */
static void test_cbor(void)
{
    static const struct {
        int64_t value;
        uint8_t bytes[9];
        int32_t count;
    } known[] = {{10, {0x0a}, 1},
                 {24, {0x18, 0x18}, 2},
                 {1000, {0x19, 0x03, 0xe8}, 3},
                 {1000000, {0x1a, 0x00, 0x0f, 0x42, 0x40}, 5},
                 {1000000000000, {0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00}, 9},
                 {-1, {0x20}, 1},
                 {-100, {0x38, 0x63}, 2},
                 {-1000, {0x39, 0x03, 0xe7}, 3}};
    for (size_t i = 0; i < COUNT(known); i++) {
        uint8_t bytes[9];
        int64_t back = 0;
        int32_t n = shrinc_cbor_put(bytes, known[i].value);
        check("CBOR as in RFC 8949",
              n == known[i].count && memcmp(bytes, known[i].bytes, (size_t)n) == 0 &&
                  shrinc_cbor_get(bytes, n, &back) == n && back == known[i].value);
    }
    check("CRC-16/CCITT-FALSE of 123456789",
          shrinc_crc16((const uint8_t *)"123456789", 9) == 0x29B1);
}

/* Every single bit turned, every byte left out: no frame comes out that was not sent, and the next one does. */
static void test_damage(void)
{
    const shrinc_frame f = {.count = 6, .value = {1, 3, 700, 123456789, 3, -5}};
    uint8_t bytes[SHRINC_LINK_FRAME_BYTES];
    int32_t n = shrinc_frame_write(&f, bytes);
    bool none = true;
    bool next = true;
    for (int32_t i = 0; i < n * 9; i++) {
        uint8_t broken[SHRINC_LINK_FRAME_BYTES];
        shrinc_frame_reader reader = {0};
        shrinc_frame back = {0};
        int32_t count = n;
        memcpy(broken, bytes, sizeof broken);
        if (i % 9 < 8) {
            broken[i / 9] ^= (uint8_t)(1u << (i % 9));
        } else {
            memmove(broken + i / 9, broken + i / 9 + 1, (size_t)(n - i / 9 - 1));
            count--;
        }
        int32_t got = feed(&reader, broken, count, &back);
        none = none && (got == 0 || is_equal(&f, &back));
        int32_t more = feed(&reader, bytes, n, &back);
        next = next && more >= 1 && is_equal(&f, &back);
    }
    check("damage is noticed", none);
    check("the next frame is found", next);
    Random r = random_stream(2, 1);
    shrinc_frame_reader reader = {0};
    Arena a = {0};
    FrameReader *host = frames_new(&a);
    int32_t found = 0;
    for (int32_t i = 0; i < 1000000; i++) {
        uint8_t byte = (uint8_t)(random_below(&r, 4) == 0 ? 0 : random_bits(&r));
        shrinc_frame back;
        Event e;
        found += shrinc_frame_read(&reader, byte, &back) == 1;
        (void)frames_take(host, byte, &e);
    }
    check("noise is (nearly) never a frame", found < 20);
    check("noise is counted", frames_broken(host) > 1000);
    arena_free(&a);
}

/* A device and the host's end over wires that lose every third frame, both ways. */
static void test_link(void)
{
    static shrinc_link l;
    Random r = random_stream(3, 1);
    Arena a = {0};
    FrameReader *host = frames_new(&a);
    int64_t expected = 0;
    bool in_order = true;
    shrinc_link_start(&l, 99);
    for (uint32_t now = 0; now < 200000 && expected < 1000; now++) {
        if (l.waiting < SHRINC_LINK_PENDING && l.sequence < 1000) {
            const int32_t values[] = {(int32_t)now, -1};
            shrinc_link_put(&l, now, 2, values, 2);
        }
        uint8_t frame[SHRINC_LINK_FRAME_BYTES];
        int32_t n = shrinc_link_send(&l, now, 5, frame);
        Event e;
        if (n == 0 || random_below(&r, 3) == 0) {
            continue;
        }
        for (int32_t i = 0; i < n; i++) {
            if (!frames_take(host, frame[i], &e)) {
                continue;
            }
            in_order =
                in_order && e.boot == 99 && (e.sequence == expected || e.sequence + 1 == expected);
            expected += e.sequence == expected;
            uint8_t answer[FRAME_BYTES_MAX];
            int32_t bytes = frames_acknowledge(&e, answer);
            for (int32_t k = 0; k < bytes && random_below(&r, 100) != 0; k++) {
                shrinc_link_receive(&l, answer[k]);
            }
        }
    }
    check("1000 events over a bad wire, in order", in_order && expected == 1000);
    shrinc_link_start(&l, 1);
    for (int32_t i = 0; i < SHRINC_LINK_PENDING + 3; i++) {
        shrinc_link_put(&l, i, 2, NULL, 0);
    }
    check("the oldest make room", l.pushed_out == 3 && l.waiting == SHRINC_LINK_PENDING &&
                                      l.pending[l.first].value[2] == 3);
    arena_free(&a);
}

/* --- the store --- */

static Event event(int64_t sequence)
{
    return (Event){.boot = 1,
                   .sequence = sequence,
                   .time = sequence * 10,
                   .kind = 2,
                   .value = {5, 6, 0},
                   .values = 3};
}

static Status open_store(Arena *a, const char *dir, Store **s)
{
    Diag d = {0};
    Status status = store_open(a, dir, "pump", 1000.0, s, &d);
    if (status != OK) {
        printf("     %s\n", d.text);
    }
    diag_clear(&d);
    return status;
}

static void test_store(const char *dir)
{
    Arena a = {0};
    Store *s = NULL;
    bool fresh = false;
    int64_t at = 0;
    const char *line = NULL;
    char *path = arena_printf(&a, "%s/pump.jsonl", dir);
    (void)unlink(path);
    (void)unlink(arena_printf(&a, "%s/pump.sent", dir));
    bool good = open_store(&a, dir, &s) == OK;
    for (int32_t i = 0; good && i < 50; i++) {
        Event e = event(i);
        good = store_append(s, &e, &fresh, NULL) == OK && fresh &&
               store_append(s, &e, &fresh, NULL) == OK && !fresh;
    }
    check("50 events, each given twice", good && store_events(s) == 50 && store_missing(s) == 0);
    Store *second = NULL;
    Diag d = {0};
    check("a second bridge is refused", store_open(&a, dir, "pump", 0, &second, &d) != OK &&
                                            strstr(d.text, "belongs to a bridge"));
    diag_clear(&d);
    for (int32_t i = 0; i < 20; i++) {
        good = good && store_line(s, &at, &line, NULL) == OK && line[0] == '{';
    }
    good = good && store_set_sent(s, at, NULL) == OK;
    store_close(s);
    struct stat st;
    good = good && stat(path, &st) == 0 && open_store(&a, dir, &s) == OK && store_sent(s) == at &&
           store_events(s) == 50;
    Event last = event(49);
    Event later = event(60);
    check("it remembers what was sent and what came last",
          good && store_append(s, &last, &fresh, NULL) == OK && !fresh &&
              store_append(s, &later, &fresh, NULL) == OK && fresh && store_missing(s) == 10);
    store_close(s);
    /* Cut anywhere: whole lines stay, the cut one can be given again. */
    Span whole = {0};
    good = file_read(&a, path, 1 << 20, &whole, NULL) == OK;
    for (size_t cut = whole.bytes; good && cut > (size_t)at; cut -= 7) {
        int64_t lines = 0;
        for (size_t i = 0; i < cut; i++) {
            lines += whole.data[i] == '\n';
        }
        good = truncate(path, (off_t)cut) == 0 && open_store(&a, dir, &s) == OK &&
               store_events(s) == lines;
        if (good) {
            store_close(s);
            good = stat(path, &st) == 0 && (cut == 0 || whole.data[st.st_size - 1] == '\n') &&
                   file_write(path, whole.data, whole.bytes, NULL) == OK;
        }
    }
    check("cut anywhere, whole lines stay", good);
    good = truncate(path, 3) == 0 && open_store(&a, dir, &s) == OK && store_sent(s) == 0 &&
           store_events(s) == 0;
    check("cut before what was sent", good);
    store_close(s);
    Diag wrong = {0};
    check("a strange file is refused", file_write(path, "{\"a\":1}\n", 8, NULL) == OK &&
                                           store_open(&a, dir, "pump", 0, &s, &wrong) != OK &&
                                           strstr(wrong.text, "no event at byte 0"));
    diag_clear(&wrong);
    arena_free(&a);
}

/* --- the fleet --- */

static void test_fleet(void)
{
    Arena a = {0};
    Fleet *f = NEW(&a, Fleet, 1);
    bool is_new = false;
    static const int64_t order[] = {0, 1, 1, 2, 5, 2};
    for (size_t i = 0; i < COUNT(order); i++) {
        Event e = event(order[i]);
        json_t *json = event_json(&e, "a", 0.0, "2026-01-31T12:00:00Z");
        char text[500];
        size_t n = json_dumpb(json, text, sizeof text, 0);
        json_decref(json);
        (void)fleet_take(f, "plant", "plant/a/event", text, n, &is_new);
    }
    const FleetDevice *device = &f->device[0];
    check("a fleet counts",
          f->count == 1 && device->events == 4 && device->repeated == 2 && device->missing == 2);
    check("status", fleet_take(f, "plant", "plant/a/status", "online", 6, &is_new) == device &&
                        device->is_online && !is_new);
    check("strangers", fleet_take(f, "plant", "other/a/event", "", 0, &is_new) == NULL &&
                           fleet_take(f, "plant", "plant/b", "", 0, &is_new) == NULL &&
                           f->ignored == 2);
    (void)fleet_take(f, "plant", "plant/a/event", "{\"boot\": \"x\"", 12, &is_new);
    check("nonsense", !is_new && device->events == 4);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: link_test FOLDER\n");
        return 2;
    }
    test_round_trip();
    test_cbor();
    test_damage();
    test_link();
    test_store(argv[1]);
    test_fleet();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
