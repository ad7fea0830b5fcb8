/* A connection to an MQTT broker that comes back after every break. A thread of its own waits for the network, so that
 * a broker that does not answer never keeps events from the store; what it learns comes to the other thread through a
 * pipe, one record at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
    KEEP_ALIVE = 20,
    ACKNOWLEDGED = 64,
    NOTE_BYTES = 4096,
    SLICE_MS = 200,
    PATIENCE_MAX_MS = 5000
};

typedef enum NoteKind {
    NOTE_CONNECTED,
    NOTE_TROUBLE,
    NOTE_ACKNOWLEDGED,
    NOTE_MESSAGE,
    NOTE_RETAINED
} NoteKind;

/* What the network's thread says; at most NOTE_BYTES, which a pipe takes in one piece. */
typedef struct NoteHead {
    int32_t kind;
    int32_t number;
    int32_t topic_bytes;
    int32_t text_bytes;
} NoteHead;

struct Broker {
    struct mosquitto *client;
    BrokerOptions options;
    BrokerOnMessage *on_message;
    void *context;
    int note_in, note_out; /* the pipe */
    pthread_t thread;
    atomic_bool ends;
    bool is_connected;
    int64_t connections;
    char trouble[256];
    int acknowledged[ACKNOWLEDGED]; /* the last numbers, 0: asked for already */
    uint32_t acknowledged_at;
    const char *subscription; /* NULL: none */
};

static void note(Broker *b, NoteKind kind, int32_t number, const char *topic, const void *text,
                 int32_t text_bytes)
{
    char record[NOTE_BYTES];
    NoteHead head = {(int32_t)kind, number, topic == NULL ? 0 : (int32_t)strlen(topic), text_bytes};
    if ((size_t)head.topic_bytes + (size_t)head.text_bytes + sizeof head > sizeof record) {
        return; /* no message of ours is as long */
    }
    memcpy(record, &head, sizeof head);
    memcpy(record + sizeof head, topic == NULL ? "" : topic, (size_t)head.topic_bytes);
    memcpy(record + sizeof head + head.topic_bytes, text, (size_t)head.text_bytes);
    size_t n = sizeof head + (size_t)head.topic_bytes + (size_t)head.text_bytes;
    while (write(b->note_in, record, n) < 0 && errno == EINTR) {
    }
}

static void note_trouble(Broker *b, const char *text)
{
    note(b, NOTE_TROUBLE, 0, NULL, text, (int32_t)strlen(text));
}

/* --- callbacks, in the network's thread --- */

static void on_connect(struct mosquitto *m, void *context, int code)
{
    Broker *b = context;
    if (code != 0) {
        note_trouble(b, mosquitto_connack_string(code));
        return;
    }
    if (b->subscription != NULL) {
        (void)mosquitto_subscribe(m, NULL, b->subscription, 1);
    }
    note(b, NOTE_CONNECTED, 0, NULL, "", 0);
}

static void on_publish(struct mosquitto *m, void *context, int number)
{
    (void)m;
    note(context, NOTE_ACKNOWLEDGED, number, NULL, "", 0);
}

static void on_message(struct mosquitto *m, void *context, const struct mosquitto_message *message)
{
    (void)m;
    note(context, message->retain ? NOTE_RETAINED : NOTE_MESSAGE, 0, message->topic,
         message->payload, message->payloadlen);
}

static void wait_before_next(Broker *b, int milliseconds)
{
    for (int passed = 0; passed < milliseconds && !b->ends; passed += SLICE_MS) {
        (void)poll(NULL, 0, SLICE_MS);
    }
}

static void *keep_connected(void *context)
{
    Broker *b = context;
    const BrokerOptions *o = &b->options;
    int patience = SLICE_MS;
    while (!b->ends) {
        int code = mosquitto_connect(b->client, o->host, (int)o->port, KEEP_ALIVE);
        int error = errno;
        while (code == MOSQ_ERR_SUCCESS && !b->ends) {
            code = mosquitto_loop(b->client, SLICE_MS, 1);
            error = errno;
            patience = SLICE_MS;
        }
        if (!b->ends) {
            note_trouble(b, code == MOSQ_ERR_ERRNO ? strerror(error) : mosquitto_strerror(code));
            wait_before_next(b, patience);
            patience = patience * 2 < PATIENCE_MAX_MS ? patience * 2 : PATIENCE_MAX_MS;
        }
    }
    return NULL;
}

/* --- the other thread --- */

static Status set_up(Broker *b, Diag *d)
{
    const BrokerOptions *o = &b->options;
    mosquitto_connect_callback_set(b->client, on_connect);
    mosquitto_publish_callback_set(b->client, on_publish);
    mosquitto_message_callback_set(b->client, on_message);
    int code = mosquitto_threaded_set(b->client, true);
    if (code == MOSQ_ERR_SUCCESS && o->user != NULL) {
        code = mosquitto_username_pw_set(b->client, o->user, o->password);
    }
    if (code == MOSQ_ERR_SUCCESS && o->will_topic != NULL) {
        code = mosquitto_will_set(b->client, o->will_topic, 7, "offline", 1, true);
    }
    if (code != MOSQ_ERR_SUCCESS) {
        return fail(d, ERR_TOOL, "cannot set up MQTT: %s", mosquitto_strerror(code));
    }
    if (o->ca != NULL) {
        code = mosquitto_tls_set(b->client, o->ca, NULL, o->certificate, o->key, NULL);
        if (code != MOSQ_ERR_SUCCESS) {
            return fail(d, ERR_INPUT, "cannot use TLS with '%s'%s%s: %s; give readable PEM files",
                        o->ca, o->certificate != NULL ? " and " : "",
                        o->certificate != NULL ? o->certificate : "", mosquitto_strerror(code));
        }
    }
    return OK;
}

Status broker_open(Arena *a, const BrokerOptions *o, BrokerOnMessage *call, void *context,
                   Broker **out, Diag *d)
{
    Broker *b = NEW(a, Broker, 1);
    int ends[2];
    b->options = *o;
    b->options.port = o->port != 0 ? o->port : o->ca != NULL ? 8883 : 1883;
    b->on_message = call;
    b->context = context;
    (void)mosquitto_lib_init();
    b->client = mosquitto_new(o->id, true, b);
    if (b->client == NULL || pipe(ends) != 0) {
        return fail(d, ERR_TOOL, "cannot set up MQTT: %s", strerror(errno));
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    b->note_out = ends[0];
    b->note_in = ends[1];
    strcpy(b->trouble, "not connected yet");
    Status s = set_up(b, d);
    if (s == OK && pthread_create(&b->thread, NULL, keep_connected, b) != 0) {
        s = fail(d, ERR_TOOL, "cannot start a thread for MQTT");
    }
    if (s != OK) {
        mosquitto_destroy(b->client);
        (void)close(ends[0]);
        (void)close(ends[1]);
        return s;
    }
    *out = b;
    return OK;
}

void broker_close(Broker *b)
{
    /* Without DISCONNECT the broker would give out the will; who ends well says so. */
    (void)mosquitto_disconnect(b->client);
    b->ends = true;
    (void)pthread_join(b->thread, NULL);
    mosquitto_destroy(b->client);
    (void)mosquitto_lib_cleanup();
    (void)close(b->note_in);
    (void)close(b->note_out);
}

static void take(Broker *b, const NoteHead *head, char *data)
{
    switch ((NoteKind)head->kind) {
    case NOTE_CONNECTED:
        b->is_connected = true;
        b->connections++;
        b->trouble[0] = '\0';
        break;
    case NOTE_TROUBLE:
        b->is_connected = false;
        (void)snprintf(b->trouble, sizeof b->trouble, "%.*s", (int)head->text_bytes, data);
        break;
    case NOTE_ACKNOWLEDGED:
        b->acknowledged[b->acknowledged_at++ % ACKNOWLEDGED] = head->number;
        break;
    case NOTE_MESSAGE:
    case NOTE_RETAINED:
        if (b->on_message != NULL) {
            char topic[NOTE_BYTES];
            memcpy(topic, data, (size_t)head->topic_bytes);
            topic[head->topic_bytes] = '\0';
            b->on_message(b->context, topic, data + head->topic_bytes, (size_t)head->text_bytes,
                          head->kind == NOTE_RETAINED);
        }
        break;
    }
}

bool broker_wait(Broker *b, int fd, int milliseconds)
{
    struct pollfd both[2] = {{.fd = b->note_out, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    (void)poll(both, fd < 0 ? 1 : 2, milliseconds);
    NoteHead head;
    char data[NOTE_BYTES];
    while (read(b->note_out, &head, sizeof head) == (ssize_t)sizeof head) {
        size_t bytes = (size_t)head.topic_bytes + (size_t)head.text_bytes;
        if (bytes > 0 && read(b->note_out, data, bytes) != (ssize_t)bytes) {
            break;
        }
        take(b, &head, data);
    }
    return fd >= 0 && both[1].revents != 0;
}

bool broker_is_connected(const Broker *b)
{
    return b->is_connected;
}

int64_t broker_connections(const Broker *b)
{
    return b->connections;
}

const char *broker_trouble(const Broker *b)
{
    return b->trouble;
}

int broker_publish(Broker *b, const char *topic, const char *text, bool retain)
{
    int number = 0;
    int code = mosquitto_publish(b->client, &number, topic, (int)strlen(text), text, 1, retain);
    return code == MOSQ_ERR_SUCCESS ? number : 0;
}

bool broker_acknowledged(Broker *b, int number)
{
    for (int32_t i = 0; i < ACKNOWLEDGED; i++) {
        if (b->acknowledged[i] == number) {
            b->acknowledged[i] = 0;
            return true;
        }
    }
    return false;
}

Status broker_subscribe(Broker *b, const char *topic, Diag *d)
{
    if (mosquitto_sub_topic_check(topic) != MOSQ_ERR_SUCCESS) {
        return fail(d, ERR_USAGE, "'%s' is no topic of MQTT", topic);
    }
    b->subscription = topic;
    if (b->is_connected) {
        (void)mosquitto_subscribe(b->client, NULL, topic, 1);
    }
    return OK;
}
