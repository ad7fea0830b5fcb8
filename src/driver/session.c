/* One model: its bytes, its graph, its numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

/* The model in S->BYTES. */
static Status open_bytes(Session *s)
{
    ImportLimits limits = import_default_limits();
    sha256_hex(s->bytes, s->sha256);
    s->diag.where = s->file_name;
    TRY(import_tflite(s->bytes, s->file_name, &limits, &s->g, &s->diag));
    TRY(pass_infer(s->g, &s->diag));
    s->macs = graph_macs(s->g);
    s->node_count = s->g->node_count;
    return OK;
}

Status session_open(Session *s, const char *path)
{
    *s = (Session){.path = path};
    s->file_name = text_clean(&s->arena, path_base(path), strlen(path_base(path)));
    TRY(file_read(&s->arena, path, import_default_limits().file_bytes, &s->bytes, &s->diag));
    return open_bytes(s);
}

Status session_open_bytes(Session *s, const char *name, Span bytes)
{
    *s = (Session){.path = name, .file_name = name, .bytes = bytes};
    return open_bytes(s);
}

void session_close(Session *s)
{
    graph_free(s->g);
    diag_clear(&s->diag);
    arena_free(&s->arena);
    *s = (Session){0};
}

Status session_plain(Session *s, Rounding rounding, Graph **out)
{
    ImportLimits limits = import_default_limits();
    *out = NULL;
    Graph *g = NULL;
    Diag quiet = {.where = s->diag.where}; /* its warnings were given at session_open */
    Status status = import_tflite(s->bytes, s->file_name, &limits, &g, &quiet);
    if (status == OK) {
        g->rounding = rounding;
        status = pass_infer(g, &quiet);
    }
    if (status == OK) {
        status = pass_fold_constants(g, &quiet);
    }
    if (status == OK) {
        status = pass_lower(g, &quiet);
    }
    if (status == OK) {
        *out = g;
    } else {
        graph_free(g);
        s->diag.where = NULL;
        (void)fail(&s->diag, status, "%s", quiet.text);
        s->diag.where = s->file_name;
    }
    diag_clear(&quiet);
    return status;
}

int64_t graph_macs(const Graph *g)
{
    int64_t macs = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Op *op = op_of(&g->node[i]);
        macs += op->macs == NULL ? 0 : op->macs(g, &g->node[i]);
    }
    return macs;
}

static int64_t list_bytes(const Graph *g, const TensorId *list, int32_t count)
{
    int64_t bytes = 0;
    for (int32_t i = 0; i < count; i++) {
        bytes += tensor_bytes(tensor(g, list[i]));
    }
    return bytes;
}

int64_t graph_input_bytes(const Graph *g)
{
    return list_bytes(g, g->input, g->input_count);
}

int64_t graph_output_bytes(const Graph *g)
{
    return list_bytes(g, g->output, g->output_count);
}
