/* Floor 4: events from devices, over a wire of lost bytes, into a store and on to an MQTT broker.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_LINK_LINK_H
#define SHRINC_LINK_LINK_H

#include "base/base.h"

#include <jansson.h>
#include <signal.h>

/* --- event.c: what a device says --- */

enum { EVENT_VALUES = 3, DEVICE_NAME_BYTES = 64 };

/* As rt/shrinc_decide_s16.h numbers them; the self-test's is for firmware to send. */
typedef enum EventKind {
    EVENT_NONE,
    EVENT_START,
    EVENT_HEARTBEAT,
    EVENT_ANOMALY,
    EVENT_RECOVERED,
    EVENT_FAULT,
    EVENT_SELFTEST,
    EVENT_FAULT_OVER,
    EVENT_KINDS
} EventKind;

typedef struct Event {
    int64_t boot;     /* which start of the device */
    int64_t sequence; /* counts its events from that start, 0, 1, 2, ... */
    int64_t time;     /* samples since that start */
    int64_t kind;     /* EventKind */
    int64_t value[EVENT_VALUES];
    int32_t values;
} Event;

/* "heartbeat", "anomaly", ...; "kind 17" is not known here. */
const char *event_kind_name(int64_t kind);
/* An event as JSON: {"device", "boot", "sequence", "time", "seconds" (where RATE, samples a second, is known: > 0),
 * "kind", "score", "limit", "faults", "received"}. RECEIVED: UTC, as "2026-01-31T12:00:00Z". The caller frees it. */
json_t *event_json(const Event *e, const char *device, double rate, const char *received);
/* The reverse, as far as boot, sequence, time and kind go; false: it is no such object. */
bool event_from_json(const json_t *json, Event *e);
/* May the name be part of a topic and of a file's name: letters, digits, '-', '_' and '.', not first. */
Status device_name_check(const char *name, Diag *d) MUST_CHECK;

/* --- frames.c: the other side of rt/shrinc_link.h --- */

typedef struct FrameReader FrameReader;

FrameReader *frames_new(Arena *a);
/* Takes one byte; true: it ended an event's frame, which is in E. */
bool frames_take(FrameReader *r, uint8_t byte, Event *e);
/* Frames that were broken so far. */
int64_t frames_broken(const FrameReader *r);
enum { FRAME_BYTES_MAX = 80 };
/* Writes an event as the device sends it; returns how many bytes. */
int32_t frames_event(const Event *e, uint8_t out[FRAME_BYTES_MAX]);
/* Writes the acknowledgement of E; returns how many bytes. */
int32_t frames_acknowledge(const Event *e, uint8_t out[FRAME_BYTES_MAX]);

/* --- store.c: events that are kept --- */

/* DIR/DEVICE.jsonl: a line of JSON an event, appended and on the disk before it counts. DIR/DEVICE.sent: how many
 * bytes of it the broker has acknowledged. One process at a time (a lock). */
typedef struct Store Store;

/* Opens or makes it; a last line that was cut short (power, kill) is taken away: it was never acknowledged. */
Status store_open(Arena *a, const char *dir, const char *device, double rate, Store **out, Diag *d) MUST_CHECK;
void store_close(Store *s);
/* Appends the event, unless it is the last one once more (FRESH: it was not). When it returns OK the event is kept. */
Status store_append(Store *s, const Event *e, bool *fresh, Diag *d) MUST_CHECK;
/* The line at *AT (0 or what the last call left there), without its newline, and moves *AT behind it; "" when there is
 * none. The text lives until the next call. */
Status store_line(Store *s, int64_t *at, const char **line, Diag *d) MUST_CHECK;
int64_t store_sent(const Store *s); /* bytes that are acknowledged: where to go on */
Status store_set_sent(Store *s, int64_t bytes, Diag *d) MUST_CHECK;
int64_t store_events(const Store *s);
int64_t store_missing(const Store *s); /* gaps in the devices' sequence numbers: pushed out before they got here */

/* --- wire.c: where the bytes come from --- */

/* "/dev/ttyUSB0" (8N1 at BAUD), "tcp:HOST:PORT", "unix:PATH", or "-": standard input, which takes no answers. IN and
 * OUT may be the same; OUT -1: none. */
Status wire_open(const char *port, int64_t baud, int *in, int *out, Diag *d) MUST_CHECK;

/* --- broker.c: MQTT (libmosquitto) --- */

typedef struct BrokerOptions {
    const char *host;
    int64_t port;             /* 0: 1883, with TLS 8883 */
    const char *user;         /* NULL: none */
    const char *password;
    const char *ca;           /* PEM file of authorities: TLS; NULL: plain */
    const char *certificate;  /* of the client, with its key; NULL: none */
    const char *key;
    const char *id;           /* client id */
    const char *will_topic;   /* "offline" goes there when the connection breaks; NULL: none */
} BrokerOptions;

typedef struct Broker Broker;
typedef void BrokerOnMessage(void *context, const char *topic, const char *text, size_t bytes, bool is_retained);

/* Connects in the background, and again after every break. ON_MESSAGE (NULL: none) runs in broker_wait. */
Status broker_open(Arena *a, const BrokerOptions *o, BrokerOnMessage *on_message, void *context, Broker **out,
                   Diag *d) MUST_CHECK;
void broker_close(Broker *b);
/* Handles what came in; waits at most MILLISECONDS for the broker or for bytes at FD (-1: none); true: FD has some. */
bool broker_wait(Broker *b, int fd, int milliseconds);
bool broker_is_connected(const Broker *b);
int64_t broker_connections(const Broker *b); /* how often it came about */
const char *broker_trouble(const Broker *b); /* why there is none at the moment; "" when all is well */
/* QoS 1. Returns the message's number (> 0), 0: it did not take it. */
int broker_publish(Broker *b, const char *topic, const char *text, bool retain);
/* The broker has acknowledged message NUMBER; asked in the order of sending. */
bool broker_acknowledged(Broker *b, int number);
Status broker_subscribe(Broker *b, const char *topic, Diag *d) MUST_CHECK; /* again after each connection */

/* --- bridge.c --- */

typedef struct BridgeOptions {
    const char *device;
    const char *port;
    int64_t baud;
    const char *store;      /* folder */
    const char *prefix;     /* of topics: PREFIX/DEVICE/event */
    double rate;            /* samples a second, 0: not known */
    bool home_assistant;    /* announce the device */
    bool until_end;         /* end when the wire has ended and all is delivered */
    BrokerOptions broker;
} BridgeOptions;

typedef struct BridgeState {
    int64_t received, repeated, broken, missing, delivered, waiting;
    bool connected;
    const char *trouble;
} BridgeState;

typedef void BridgeShow(void *context, const char *line, const BridgeState *state); /* LINE: an event, NULL: none */

/* Runs until *STOP, or as until_end says. */
Status bridge_run(const BridgeOptions *o, const volatile sig_atomic_t *stop, BridgeShow *show, void *context,
                  BridgeState *state, Diag *d) MUST_CHECK;

/* --- fleet.c: what a watcher knows of the devices --- */

enum { FLEET_DEVICES = 256 };

typedef struct FleetDevice {
    char name[DEVICE_NAME_BYTES];
    char kind[24];      /* of the last event */
    char received[24];
    bool is_online;
    int64_t events, repeated, missing, anomalies;
    Event last;
} FleetDevice;

typedef struct Fleet {
    int32_t count;
    int64_t ignored; /* messages that say nothing of a device */
    FleetDevice device[FLEET_DEVICES];
} Fleet;

/* Takes a message of PREFIX/DEVICE/event or /status. Returns the device that it concerns, NULL: none. *IS_NEW: an event
 * that was not seen before. */
FleetDevice *fleet_take(Fleet *f, const char *prefix, const char *topic, const char *text, size_t bytes, bool *is_new);

#endif
