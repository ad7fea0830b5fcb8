/* watch: what a fleet of devices says, live.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/fleet.h"

#include <inttypes.h>
#include <unistd.h>

enum { WAIT_MS = 250 };

typedef struct Watch {
    Fleet fleet;
    const char *prefix;
    int64_t events; /* printed */
    bool redraws;   /* a table that is drawn anew, rather than lines */
    bool changed;
    bool json;
} Watch;

static void take(void *context, const char *topic, const char *text, size_t bytes, bool is_retained)
{
    (void)is_retained;
    Watch *w = context;
    bool is_new = false;
    const FleetDevice *device = fleet_take(&w->fleet, w->prefix, topic, text, bytes, &is_new);
    w->changed = w->changed || device != NULL;
    if (device == NULL || w->redraws) {
        w->events += is_new;
        return;
    }
    if (is_new && w->json) {
        printf("%.*s\n", (int)bytes, text);
    } else if (is_new) {
        printf("%s  %-16s %-10s time %" PRId64 "  score %" PRId64 " (limit %" PRId64 ")\n",
               device->received, device->name, device->kind, device->last.time,
               device->last.value[0], device->last.value[1]);
    } else if (strstr(topic, "/status") != NULL && !w->json) {
        printf("%-20s  %-16s %s\n", "", device->name, device->is_online ? "online" : "offline");
    }
    w->events += is_new;
    (void)fflush(stdout);
}

static void draw(Watch *w, const Broker *b)
{
    printf("\033[H\033[2J%-16s %-8s %-10s %-20s %8s %8s %9s %8s\n", "device", "status", "last",
           "received", "events", "missing", "anomalies", "score");
    for (int32_t i = 0; i < w->fleet.count; i++) {
        const FleetDevice *v = &w->fleet.device[i];
        bool alarm = strcmp(v->kind, "anomaly") == 0;
        printf("%s%-16s %-8s %-10s %-20s %8" PRId64 " %8" PRId64 " %9" PRId64 " %8" PRId64 "%s\n",
               alarm ? "\033[1;31m" : "", v->name, v->is_online ? "online" : "offline", v->kind,
               v->received, v->events, v->missing, v->anomalies, v->last.value[0],
               alarm ? "\033[0m" : "");
    }
    printf("\n%s%s  Ctrl-C ends\n",
           broker_is_connected(b) ? "connected" : "no broker: ", broker_trouble(b));
    (void)fflush(stdout);
}

static Status run(const CliArgs *a, Arena *arena, Watch *w, Diag *d)
{
    FleetSettings s = fleet_defaults();
    BrokerOptions o;
    Broker *b = NULL;
    int64_t most = 0;
    TRY(args_settings(a, &s, d));
    TRY(args_number(a, OPT_EVENTS, 0, 1, INT64_MAX, &most, d));
    TRY(fleet_broker(&s, arena, &o, d));
    w->prefix = s.prefix;
    w->json = want_json(a);
    w->redraws = !w->json && isatty(STDOUT_FILENO) != 0;
    w->changed = w->redraws;
    o.id = arena_printf(arena, "shrinc-watch-%d", (int)getpid());
    stop_on_signals();
    TRY(broker_open(arena, &o, take, w, &b, d));
    Status status = broker_subscribe(b, arena_printf(arena, "%s/+/+", s.prefix), d);
    bool was_connected = false;
    while (status == OK && target_stop == 0 && (most == 0 || w->events < most)) {
        (void)broker_wait(b, -1, WAIT_MS);
        bool now = broker_is_connected(b);
        if (w->redraws && (w->changed || now != was_connected)) {
            draw(w, b);
        } else if (!w->redraws && now != was_connected) {
            fprintf(stderr, "watch: %s%s\n", now ? "connected" : "no broker: ", broker_trouble(b));
        }
        w->changed = false;
        was_connected = now;
    }
    broker_close(b);
    return status;
}

int cli_watch(const CliArgs *a)
{
    Arena arena = {0};
    Diag d = {0};
    Watch *w = NEW(&arena, Watch, 1);
    Status s = run(a, &arena, w, &d);
    int code = s == OK ? 0 : report_failure(a, &d);
    diag_clear(&d);
    arena_free(&arena);
    return code;
}
