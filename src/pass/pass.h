/* Floor 4: graph to graph. Each pass states what it needs, gives and breaks above its definition; the order is in
 * driver/pipeline.c. A pass asks for operators' traits, never for their names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_PASS_H
#define SHRINC_PASS_H

#include "op/op.h"

typedef struct Pass {
    const char *name;  /* as in --after=NAME */
    Status (*run)(Graph *g, Diag *d);
    bool is_exact;     /* claims that no output byte changes: checked in tests */
} Pass;

Status pass_infer(Graph *g, Diag *d) MUST_CHECK;
Status pass_fold_constants(Graph *g, Diag *d) MUST_CHECK;
Status pass_fuse_pad(Graph *g, Diag *d) MUST_CHECK;
Status pass_fuse_activation(Graph *g, Diag *d) MUST_CHECK;
Status pass_drop_dead(Graph *g, Diag *d) MUST_CHECK;
Status pass_drop_dead_channels(Graph *g, Diag *d) MUST_CHECK;
Status pass_turn_rows(Graph *g, Diag *d) MUST_CHECK; /* time along the height */
Status pass_schedule(Graph *g, Diag *d) MUST_CHECK;
Status pass_alias(Graph *g, Diag *d) MUST_CHECK;  /* views, concat and split without copies */
Status pass_lower(Graph *g, Diag *d) MUST_CHECK;  /* every node's calls */
Status pass_fuse_rows(Graph *g, Diag *d) MUST_CHECK; /* line buffers instead of images */
Status pass_names(Graph *g, Diag *d) MUST_CHECK;  /* unique C identifiers */
Status pass_plan_memory(Graph *g, Diag *d) MUST_CHECK;

#endif
