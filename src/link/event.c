/* Events as JSON, and the names of their kinds.
 * SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include <inttypes.h>

static const char *const kinds[EVENT_KINDS] = {"none",      "start", "heartbeat", "anomaly",
                                               "recovered", "fault", "selftest",  "fault over"};

/* What the values mean, in their order. */
static const char *const value_names[EVENT_VALUES] = {"score", "limit", "faults"};

const char *event_kind_name(int64_t kind)
{
    return kind >= 0 && kind < EVENT_KINDS ? kinds[kind] : "unknown";
}

json_t *event_json(const Event *e, const char *device, double rate, const char *received)
{
    json_t *json = json_pack("{s:s, s:I, s:I, s:I}", "device", device, "boot", (json_int_t)e->boot,
                             "sequence", (json_int_t)e->sequence, "time", (json_int_t)e->time);
    if (rate > 0.0) {
        json_object_set_new(json, "seconds", json_real((double)e->time / rate));
    }
    json_object_set_new(json, "kind", json_string(event_kind_name(e->kind)));
    json_object_set_new(json, "code", json_integer((json_int_t)e->kind));
    for (int32_t i = 0; i < e->values; i++) {
        json_object_set_new(json, value_names[i], json_integer((json_int_t)e->value[i]));
    }
    json_object_set_new(json, "received", json_string(received));
    return json;
}

static bool integer(const json_t *json, const char *key, int64_t *out)
{
    const json_t *v = json_object_get(json, key);
    *out = json_is_integer(v) ? (int64_t)json_integer_value(v) : 0;
    return json_is_integer(v);
}

bool event_from_json(const json_t *json, Event *e)
{
    *e = (Event){0};
    bool good = integer(json, "boot", &e->boot) && integer(json, "sequence", &e->sequence) &&
                integer(json, "time", &e->time) && integer(json, "code", &e->kind);
    while (good && e->values < EVENT_VALUES &&
           integer(json, value_names[e->values], &e->value[e->values])) {
        e->values++;
    }
    return good;
}

Status device_name_check(const char *name, Diag *d)
{
    size_t n = strlen(name);
    size_t fine = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    if (n == 0 || n >= DEVICE_NAME_BYTES || fine != n || name[0] == '.' || name[0] == '-') {
        return fail(d, ERR_USAGE,
                    "'%.80s' cannot be a device's name; give up to %d letters, digits, '-', '_' "
                    "and '.', a letter, digit or '_' first",
                    name, DEVICE_NAME_BYTES - 1);
    }
    return OK;
}
