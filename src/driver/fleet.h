/* Settings of the bridge and of the watch: flags and recipes alike.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_FLEET_H
#define SHRINC_DRIVER_FLEET_H

#include "driver/settings.h"
#include "link/link.h"

typedef struct FleetSettings {
    const char *device, *port, *store;
    int64_t baud;
    double rate; /* samples a second, 0: not known */
    bool home_assistant, until_end;
    const char *broker; /* HOST or HOST:PORT */
    const char *prefix; /* of all topics */
    const char *user, *password_file, *ca, *certificate, *key;
} FleetSettings;

extern const Setting bridge_settings[];
const Setting *watch_settings(void); /* those of the broker alone */
FleetSettings fleet_defaults(void);
/* Host, port, user, password (read from its file, kept in A), TLS. */
Status fleet_broker(const FleetSettings *s, Arena *a, BrokerOptions *out, Diag *d) MUST_CHECK;
/* All of the bridge; fails where the device or the port is not named. */
Status fleet_bridge(const FleetSettings *s, Arena *a, BridgeOptions *out, Diag *d) MUST_CHECK;

#endif
