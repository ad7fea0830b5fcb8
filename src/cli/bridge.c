/* bridge: from a device's wire to an MQTT broker.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "driver/fleet.h"

#include <unistd.h>

typedef struct Shown {
    char trouble[256];
    bool connected;
    bool json;
} Shown;

static void show(void *context, const char *line, const BridgeState *state)
{
    Shown *shown = context;
    if (line != NULL) {
        puts(line);
        (void)fflush(stdout);
        return;
    }
    if (state->connected != shown->connected) {
        fprintf(stderr, "bridge: %s\n",
                state->connected ? "connected to the broker" : "the broker is gone");
        shown->connected = state->connected;
    }
    if (!state->connected && strcmp(shown->trouble, state->trouble) != 0 &&
        state->trouble[0] != '\0') {
        fprintf(stderr, "bridge: no broker: %s; events are kept\n", state->trouble);
        (void)snprintf(shown->trouble, sizeof shown->trouble, "%s", state->trouble);
    }
}

static Status run(const CliArgs *a, Arena *arena, BridgeState *state, Diag *d)
{
    FleetSettings s = fleet_defaults();
    BridgeOptions o;
    Shown shown = {.trouble = "not connected yet"};
    if (a->value[OPT_RECIPE] != NULL) {
        TRY(recipe_read(bridge_settings, &s, arena, a->value[OPT_RECIPE], d));
    }
    TRY(args_settings(a, &s, d));
    TRY(fleet_bridge(&s, arena, &o, d));
    stop_on_signals();
    return bridge_run(&o, &target_stop, show, &shown, state, d);
}

int cli_bridge(const CliArgs *a)
{
    Arena arena = {0};
    Diag d = {0};
    BridgeState n = {0};
    Status s = run(a, &arena, &n, &d);
    print_warnings(&d);
    if (n.received + n.repeated + n.delivered > 0 || s == OK) {
        fprintf(stderr,
                "bridge: %jd events received, %jd came again, %jd delivered; %jd broken frames, "
                "%jd never arrived\n",
                (intmax_t)n.received, (intmax_t)n.repeated, (intmax_t)n.delivered,
                (intmax_t)n.broken, (intmax_t)n.missing);
    }
    int code = s == OK ? 0 : report_failure(a, &d);
    diag_clear(&d);
    arena_free(&arena);
    return code;
}
