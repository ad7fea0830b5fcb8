/* THE table of what the bridge and the watch can be told.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/fleet.h"

#include <ctype.h>
#include <stdlib.h>

#define AT(member) offsetof(FleetSettings, member)

const Setting bridge_settings[] = {
    {"device", "device", 'd', "NAME", SETTING_TEXT, AT(device), 0, 0, NULL,
     "the device's name, in topics and in the store's file"},
    {"device", "port", 'p', "PORT", SETTING_TEXT, AT(port), 0, 0, NULL,
     "where its bytes come from: /dev/ttyUSB0, tcp:HOST:PORT, unix:PATH, or - for standard input"},
    {"device", "baud", 'b', "N", SETTING_INT, AT(baud), 1, 4000000, NULL,
     "speed of a serial port, default 115200"},
    {"device", "rate", 'r', "HZ", SETTING_REAL, AT(rate), 0, 1e9, NULL,
     "samples a second: events then say seconds beside samples"},
    {"device", "store", 's', "DIR", SETTING_TEXT, AT(store), 0, 0, NULL,
     "folder that keeps the events, default events"},
    {"device", "home-assistant", 0, NULL, SETTING_SWITCH, AT(home_assistant), 0, 0, NULL,
     "announce the device by Home Assistant's MQTT discovery"},
    {"device", "until-end", 0, NULL, SETTING_SWITCH, AT(until_end), 0, 0, NULL,
     "end well when the port has ended and every event is delivered"},
    {"broker", "broker", 'B', "HOST", SETTING_TEXT, AT(broker), 0, 0, NULL,
     "MQTT broker, HOST or HOST:PORT; default localhost, port 1883, with --ca 8883"},
    {"broker", "prefix", 0, "TEXT", SETTING_TEXT, AT(prefix), 0, 0, NULL,
     "topics are PREFIX/DEVICE/event and PREFIX/DEVICE/status, default shrinc"},
    {"broker", "user", 'u', "NAME", SETTING_TEXT, AT(user), 0, 0, NULL, "user of the broker"},
    {"broker", "password-file", 0, "FILE", SETTING_TEXT, AT(password_file), 0, 0, NULL,
     "file whose first line is the password"},
    {"broker", "ca", 0, "FILE", SETTING_TEXT, AT(ca), 0, 0, NULL,
     "PEM file of the authorities to believe: use TLS"},
    {"broker", "certificate", 0, "FILE", SETTING_TEXT, AT(certificate), 0, 0, NULL,
     "PEM certificate of this client"},
    {"broker", "key", 0, "FILE", SETTING_TEXT, AT(key), 0, 0, NULL, "PEM key of that certificate"},
    {NULL, NULL, 0, NULL, SETTING_TEXT, 0, 0, 0, NULL, NULL},
};

const Setting *watch_settings(void)
{
    const Setting *s = bridge_settings;
    while (strcmp(s->section, "broker") != 0) {
        s++;
    }
    return s;
}

FleetSettings fleet_defaults(void)
{
    return (FleetSettings){
        .baud = 115200, .store = "events", .broker = "localhost", .prefix = "shrinc"};
}

static Status read_password(const char *path, Arena *a, const char **out, Diag *d)
{
    Span text = {0};
    TRY(file_read(a, path, 4096, &text, d));
    char *password = arena_strndup(a, (const char *)text.data, text.bytes);
    password[strcspn(password, "\r\n")] = '\0';
    *out = password;
    return password[0] != '\0'
               ? OK
               : fail(d, ERR_INPUT, "'%s' holds no password in its first line", path);
}

/* "host", "host:1883", "[::1]:1883", "::1". */
static Status split_host(const char *text, Arena *a, BrokerOptions *b, Diag *d)
{
    const char *colon = strrchr(text, ':');
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    bool has_port = colon != NULL && (end != NULL ? colon > end : strchr(text, ':') == colon);
    const char *start = end != NULL ? text + 1 : text;
    const char *stop = end != NULL ? end : has_port ? colon : text + strlen(text);
    b->host = arena_strndup(a, start, (size_t)(stop - start));
    bool is_wrong = false;
    if (has_port) {
        char *rest = NULL;
        b->port = strtol(colon + 1, &rest, 10);
        is_wrong =
            *rest != '\0' || !isdigit((unsigned char)colon[1]) || b->port < 1 || b->port > 65535;
    }
    if (b->host[0] == '\0' || is_wrong) {
        return fail(d, ERR_USAGE, "--broker=%s: give HOST or HOST:PORT", text);
    }
    return OK;
}

Status fleet_broker(const FleetSettings *s, Arena *a, BrokerOptions *out, Diag *d)
{
    *out =
        (BrokerOptions){.user = s->user, .ca = s->ca, .certificate = s->certificate, .key = s->key};
    TRY(split_host(s->broker, a, out, d));
    if (s->prefix[0] == '\0' || strpbrk(s->prefix, "#+") != NULL) {
        return fail(d, ERR_USAGE, "--prefix=%s: give the beginning of a topic, without + and #",
                    s->prefix);
    }
    if ((s->certificate != NULL) != (s->key != NULL)) {
        return fail(d, ERR_USAGE, "--certificate and --key go together");
    }
    if (s->certificate != NULL && s->ca == NULL) {
        return fail(d, ERR_USAGE, "--certificate needs --ca: TLS has to know whom to believe");
    }
    if (s->password_file != NULL && s->user == NULL) {
        return fail(d, ERR_USAGE, "--password-file needs --user");
    }
    return s->password_file == NULL ? OK : read_password(s->password_file, a, &out->password, d);
}

Status fleet_bridge(const FleetSettings *s, Arena *a, BridgeOptions *out, Diag *d)
{
    if (s->device == NULL || s->port == NULL) {
        return fail(d, ERR_USAGE, "give --device=NAME and --port=PORT");
    }
    *out = (BridgeOptions){.device = s->device,
                           .port = s->port,
                           .baud = s->baud,
                           .store = s->store,
                           .prefix = s->prefix,
                           .rate = s->rate,
                           .home_assistant = s->home_assistant,
                           .until_end = s->until_end};
    return fleet_broker(s, a, &out->broker, d);
}
