/* What a watcher learns from the messages of many devices.
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

static FleetDevice *find(Fleet *f, const char *name, size_t bytes)
{
    for (int32_t i = 0; i < f->count; i++) {
        if (strlen(f->device[i].name) == bytes && memcmp(f->device[i].name, name, bytes) == 0) {
            return &f->device[i];
        }
    }
    if (f->count == FLEET_DEVICES || bytes == 0 || bytes >= DEVICE_NAME_BYTES) {
        return NULL;
    }
    FleetDevice *device = &f->device[f->count++];
    memcpy(device->name, name, bytes);
    return device;
}

static bool take_event(FleetDevice *device, const char *text, size_t bytes)
{
    json_t *json = json_loadb(text, bytes, 0, NULL);
    Event e;
    bool good = event_from_json(json, &e);
    const char *received = json_string_value(json_object_get(json, "received"));
    bool same_start = device->events > 0 && e.boot == device->last.boot;
    bool again =
        good && same_start && e.sequence <= device->last.sequence && e.time <= device->last.time;
    if (good && !again) {
        device->missing += same_start && e.sequence > device->last.sequence
                               ? e.sequence - device->last.sequence - 1
                               : 0;
        device->events++;
        device->last = e;
        device->anomalies += strcmp(event_kind_name(e.kind), "anomaly") == 0;
        (void)snprintf(device->kind, sizeof device->kind, "%s", event_kind_name(e.kind));
        (void)snprintf(device->received, sizeof device->received, "%.20s",
                       received == NULL ? "" : received);
    }
    device->repeated += again;
    json_decref(json);
    return good && !again;
}

FleetDevice *fleet_take(Fleet *f, const char *prefix, const char *topic, const char *text,
                        size_t bytes, bool *is_new)
{
    size_t n = strlen(prefix);
    const char *name = strncmp(topic, prefix, n) == 0 && topic[n] == '/' ? topic + n + 1 : "";
    const char *slash = strchr(name, '/');
    FleetDevice *device = slash == NULL ? NULL : find(f, name, (size_t)(slash - name));
    *is_new = false;
    if (device != NULL && strcmp(slash, "/event") == 0) {
        *is_new = take_event(device, text, bytes);
    } else if (device != NULL && strcmp(slash, "/status") == 0) {
        device->is_online = bytes == 6 && memcmp(text, "online", 6) == 0;
    } else {
        f->ignored++;
        return NULL;
    }
    return device;
}
