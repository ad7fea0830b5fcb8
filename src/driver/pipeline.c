/* THE list of passes: read it top to bottom.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

const Pass pipeline[] = {
    {"infer", pass_infer, true},
    {"fold_constants", pass_fold_constants, true},
    {"fuse_pad", pass_fuse_pad, true},
    {"fuse_activation", pass_fuse_activation, true},
    {"drop_dead", pass_drop_dead, true},
    {"drop_dead_channels", pass_drop_dead_channels, true},
    {"turn_rows", pass_turn_rows, true},
    {"schedule", pass_schedule, true},
    {"alias", pass_alias, true},
    {"lower", pass_lower, true},
    {"fuse_rows", pass_fuse_rows, true},
    {"names", pass_names, true},
    {"plan_memory", pass_plan_memory, true},
    {NULL, NULL, false},
};

Status pipeline_run(Session *s, Rounding rounding, const char *last)
{
    s->g->rounding = rounding;
    for (const Pass *p = pipeline; p->name != NULL; p++) {
        TRY(p->run(s->g, &s->diag));
        TRY(graph_verify(s->g, &s->diag));
        if (last != NULL && strcmp(p->name, last) == 0) {
            break;
        }
    }
    return OK;
}
