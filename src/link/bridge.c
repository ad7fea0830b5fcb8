/* The bridge: wire -> store -> acknowledgement to the device -> broker. An event is acknowledged to the device once it
 * is on the disk, and counts as sent once the broker has acknowledged it; so each may be killed at any moment.
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

enum { WINDOW = 16, WAIT_MS = 200, REOPEN_MS = 1000, GIVE_UP_MS = 20000 };

typedef struct Flight { /* a line that the broker has and has not acknowledged */
    int number;
    int64_t end; /* where the line ends in the store */
} Flight;

typedef struct Bridge {
    const BridgeOptions *o;
    Arena arena;
    Store *store;
    Broker *broker;
    FrameReader *frames;
    int in, out;
    bool ended; /* the wire */
    char *event_topic, *status_topic;
    Flight flight[WINDOW];
    int32_t flying;
    int64_t next;        /* where the store goes on behind what flies */
    int64_t connections; /* that were greeted */
    BridgeState state;
    BridgeShow *show;
    void *context;
} Bridge;

/* What Home Assistant's MQTT discovery wants to know. */
static void announce(Bridge *b)
{
    static const struct {
        const char *component, *name, *text;
    } entities[] = {
        {"binary_sensor", "anomaly", "{{ 'ON' if value_json.kind == 'anomaly' else 'OFF' }}"},
        {"sensor", "score", "{{ value_json.score | default(0) }}"},
        {"sensor", "event", "{{ value_json.kind }}"},
    };
    for (size_t i = 0; i < COUNT(entities); i++) {
        const char *device = b->o->device;
        char *id = arena_printf(&b->arena, "shrinc_%s_%s", device, entities[i].name);
        char *topic = arena_printf(&b->arena, "homeassistant/%s/shrinc_%s/%s/config",
                                   entities[i].component, device, entities[i].name);
        json_t *json =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:[s], s:s, s:s}}", "name", entities[i].name,
                      "unique_id", id, "state_topic", b->event_topic, "value_template",
                      entities[i].text, "availability_topic", b->status_topic, "device",
                      "identifiers", device, "name", device, "manufacturer", "shrinc");
        char text[1024];
        size_t n = json_dumpb(json, text, sizeof text - 1, JSON_COMPACT);
        json_decref(json);
        text[n < sizeof text ? n : 0] = '\0';
        (void)broker_publish(b->broker, topic, text, true);
    }
}

static Status read_wire(Bridge *b, Diag *d)
{
    uint8_t bytes[512];
    ssize_t n = read(b->in, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return OK;
    }
    b->ended = n <= 0;
    for (ssize_t i = 0; i < n; i++) {
        Event e;
        if (!frames_take(b->frames, bytes[i], &e)) {
            continue;
        }
        bool fresh = false;
        TRY(store_append(b->store, &e, &fresh, d));
        b->state.received += fresh;
        b->state.repeated += !fresh;
        uint8_t answer[FRAME_BYTES_MAX];
        int32_t count = frames_acknowledge(&e, answer);
        if (b->out >= 0 && write(b->out, answer, (size_t)count) < 0 && errno != EAGAIN &&
            errno != EINTR) {
            b->ended = true; /* the device sends the event again when the wire is back */
        }
    }
    return OK;
}

/* What the broker has acknowledged is done; what comes next takes its place. */
static Status deliver(Bridge *b, Diag *d)
{
    int64_t sent = store_sent(b->store);
    int32_t done = 0;
    while (done < b->flying && broker_acknowledged(b->broker, b->flight[done].number)) {
        sent = b->flight[done++].end;
    }
    memmove(b->flight, b->flight + done, sizeof *b->flight * (size_t)(b->flying - done));
    b->flying -= done;
    b->state.delivered += done;
    if (done > 0) {
        TRY(store_set_sent(b->store, sent, d));
    }
    while (b->flying < WINDOW && broker_is_connected(b->broker)) {
        int64_t at = b->next;
        const char *line = NULL;
        TRY(store_line(b->store, &at, &line, d));
        int number = line[0] == '\0' ? 0 : broker_publish(b->broker, b->event_topic, line, false);
        if (number == 0) {
            break;
        }
        b->flight[b->flying++] = (Flight){number, at};
        b->next = at;
        if (b->show != NULL) {
            b->show(b->context, line, &b->state);
        }
    }
    return OK;
}

static void greet(Bridge *b)
{
    if (broker_connections(b->broker) == b->connections) {
        return;
    }
    b->connections = broker_connections(b->broker);
    (void)broker_publish(b->broker, b->status_topic, "online", true);
    if (b->o->home_assistant) {
        announce(b);
    }
}

static void look(Bridge *b)
{
    b->state.broken = frames_broken(b->frames);
    b->state.missing = store_missing(b->store);
    b->state.waiting = b->flying;
    b->state.connected = broker_is_connected(b->broker);
    b->state.trouble = broker_trouble(b->broker);
    if (b->show != NULL) {
        b->show(b->context, NULL, &b->state);
    }
}

static bool is_all_delivered(Bridge *b)
{
    int64_t at = b->next;
    const char *line = NULL;
    return b->flying == 0 && store_line(b->store, &at, &line, NULL) == OK && line[0] == '\0';
}

/* A port that went away (a cable, a device that starts anew) may come back. */
static void reopen_wire(Bridge *b)
{
    if (b->in > 0) {
        (void)close(b->in);
        b->in = -1;
    }
    Diag d = {0};
    b->ended = wire_open(b->o->port, b->o->baud, &b->in, &b->out, &d) != OK;
    diag_clear(&d);
}

static Status loop(Bridge *b, const volatile sig_atomic_t *stop, Diag *d)
{
    bool until_end = b->o->until_end || b->in == STDIN_FILENO;
    int idle = 0; /* milliseconds without a port and without progress */
    while (*stop == 0) {
        if (broker_wait(b->broker, b->ended ? -1 : b->in, WAIT_MS)) {
            TRY(read_wire(b, d));
        }
        greet(b);
        int64_t before = b->state.delivered;
        TRY(deliver(b, d));
        look(b);
        idle = !b->ended || b->state.delivered != before ? 0 : idle + WAIT_MS;
        if (!until_end) {
            if (idle >= REOPEN_MS) {
                reopen_wire(b);
                idle = 0;
            }
        } else if (b->ended && is_all_delivered(b)) {
            return OK;
        } else if (idle > GIVE_UP_MS) {
            return fail(
                d, ERR_IO,
                "the broker %s takes no events: %s; they are kept in '%s' for the next time",
                b->o->broker.host, broker_trouble(b->broker), b->o->store);
        }
    }
    return OK;
}

static Status open_all(Bridge *b, Diag *d)
{
    const BridgeOptions *o = b->o;
    TRY(device_name_check(o->device, d));
    b->event_topic = arena_printf(&b->arena, "%s/%s/event", o->prefix, o->device);
    b->status_topic = arena_printf(&b->arena, "%s/%s/status", o->prefix, o->device);
    b->frames = frames_new(&b->arena);
    TRY(store_open(&b->arena, o->store, o->device, o->rate, &b->store, d));
    b->next = store_sent(b->store);
    TRY(wire_open(o->port, o->baud, &b->in, &b->out, d));
    BrokerOptions broker = o->broker;
    broker.will_topic = b->status_topic;
    broker.id = arena_printf(&b->arena, "shrinc-bridge-%s-%d", o->device, (int)getpid());
    return broker_open(&b->arena, &broker, NULL, NULL, &b->broker, d);
}

Status bridge_run(const BridgeOptions *o, const volatile sig_atomic_t *stop, BridgeShow *show,
                  void *context, BridgeState *state, Diag *d)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a device that went away is seen by what write() says */
    Bridge b = {.o = o, .in = -1, .out = -1, .show = show, .context = context};
    Status s = open_all(&b, d);
    s = s == OK ? loop(&b, stop, d) : s;
    if (b.broker != NULL) {
        (void)broker_publish(b.broker, b.status_topic, "offline", true);
        (void)broker_wait(b.broker, -1, WAIT_MS);
        broker_close(b.broker);
    }
    if (b.in > 0) {
        (void)close(b.in);
    }
    if (b.store != NULL) {
        store_close(b.store);
    }
    *state = b.state;
    state->trouble = "";
    arena_free(&b.arena);
    return s;
}
