/* info, ops, targets, doctor: what there is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <ctype.h>

/* --- info
 * ------------------------------------------------------------------------------------------------
 */

/* Names made by converters run to hundreds of characters; the report has them whole. */
static const char *short_name(const char *name, char text[44])
{
    size_t n = strlen(name);
    (void)snprintf(text, 44, n > 40 ? "%.37s..." : "%s", name);
    return text;
}

static void print_end(const Graph *g, const char *role, TensorId id)
{
    const Tensor *t = tensor(g, id);
    char shape[96];
    char name[44];
    printf("  %-7s %-28s %s%s", role, short_name(t->name, name), type_name(t->type),
           shape_text(&t->shape, shape));
    if (t->q.count == 1) {
        printf("  real = (q - %d) * %.9g", t->q.zero[0], (double)t->q.scale[0]);
    }
    printf("\n");
    if (t->q.count == 1 && strcmp(role, "input") == 0) {
        printf("          feed it: q = (%s)lroundf(real / %.9gf) + %d, clamped to the type\n",
               type_c(t->type), (double)t->q.scale[0], t->q.zero[0]);
    }
}

/* int8 weights beside float activations. */
static bool is_hybrid_node(const Graph *g, const Node *n)
{
    bool is_float = n->in_count > 1 && n->in[0] != 0 && tensor(g, n->in[0])->type == TYPE_F32;
    const Tensor *w = is_float && n->in[1] != 0 ? tensor(g, n->in[1]) : NULL;
    return w != NULL && w->type == TYPE_S8 && tensor_is_const(w);
}

static const char *number_mode(const Graph *g)
{
    bool s8 = false;
    bool s16 = false;
    bool f32 = false;
    bool hybrid = false;
    for (int32_t i = 0; i < g->node_count; i++) {
        hybrid = hybrid || is_hybrid_node(g, &g->node[i]);
        for (int32_t k = 0; k < g->node[i].out_count; k++) {
            Type t = tensor(g, g->node[i].out[k])->type;
            s8 = s8 || t == TYPE_S8;
            s16 = s16 || t == TYPE_S16;
            f32 = f32 || t == TYPE_F32;
        }
    }
    return s16 && !s8  ? "int16"
           : s8 && s16 ? "int8 and int16"
           : s8 && f32 ? "int8 with float edges"
           : s8        ? "int8"
           : hybrid    ? "float32 with int8 weights"
           : f32       ? "float32"
                       : "other";
}

static int64_t const_bytes(const Graph *g)
{
    int64_t bytes = 0;
    for (TensorId id = 1; id < g->tensor_count; id++) {
        const Tensor *t = tensor(g, id);
        bytes += tensor_is_const(t) ? t->data_bytes : 0;
    }
    return bytes;
}

typedef struct OpUse {
    const Op *op;
    int32_t count;
    int64_t macs;
} OpUse;

static int32_t count_ops(const Graph *g, OpUse *use, int32_t capacity)
{
    int32_t n = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Op *op = op_of(&g->node[i]);
        int32_t k = 0;
        while (k < n && use[k].op != op) {
            k++;
        }
        if (k == n && n < capacity) {
            use[n++] = (OpUse){.op = op};
        }
        use[k].count++;
        use[k].macs += op->macs == NULL ? 0 : op->macs(g, &g->node[i]);
    }
    return n;
}

enum { MAX_OP_KINDS = 256 };

static json_t *end_json(const Graph *g, TensorId id)
{
    const Tensor *t = tensor(g, id);
    json_t *dims = json_array();
    for (int32_t i = 0; i < t->shape.rank; i++) {
        json_array_append_new(dims, json_integer(t->shape.dim[i]));
    }
    json_t *o = json_pack("{s:s, s:s, s:o, s:I}", "name", t->name, "type", type_name(t->type),
                          "shape", dims, "bytes", (json_int_t)tensor_bytes(t));
    if (t->q.count == 1) {
        json_object_set_new(o, "scale", json_real((double)t->q.scale[0]));
        json_object_set_new(o, "zero_point", json_integer(t->q.zero[0]));
    }
    return o;
}

/* --- what travels with the model --- */

static json_t *numbers_json(const float *v, int32_t count)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < count; i++) {
        json_array_append_new(list, json_real((double)v[i]));
    }
    return list;
}

static void add_scaling(json_t *end, const Scaling *list, int32_t i)
{
    if (list == NULL) {
        return;
    }
    if (list[i].count > 0) {
        json_object_set_new(end, "offset", numbers_json(list[i].offset, list[i].count));
        json_object_set_new(end, "gain", numbers_json(list[i].gain, list[i].count));
    }
    if (list[i].units != NULL) {
        json_object_set_new(end, "units", json_string(list[i].units));
    }
}

static void add_meta(json_t *o, const Graph *g)
{
    json_t *labels = json_array();
    json_t *notes = json_object();
    for (int32_t i = 0; i < g->label_count; i++) {
        json_array_append_new(labels, json_string(g->label[i]));
    }
    for (int32_t i = 0; i < g->meta_count; i++) {
        json_object_set_new(notes, g->meta[i].key, json_string(g->meta[i].text));
    }
    json_object_set_new(o, "labels", labels);
    json_object_set_new(o, "notes", notes);
}

static void print_scaling(const char *role, const Scaling *s)
{
    const char *units = s->units != NULL ? s->units : "";
    const char *space = units[0] != '\0' ? " " : "";
    if (s->count == 1) {
        printf("  %-7s raw%s%s: real = (raw - %.6g) * %.6g\n", role, space, units,
               (double)s->offset[0], (double)s->gain[0]);
    } else if (s->count > 1) {
        printf("  %-7s raw%s%s: real = (raw - offset[i]) * gain[i], %d of each\n", role, space,
               units, s->count);
    } else if (units[0] != '\0') {
        printf("  %-7s in %s\n", role, units);
    }
}

static void print_meta(const Graph *g)
{
    for (int32_t i = 0; i < g->input_count && g->input_scaling != NULL; i++) {
        print_scaling("input", &g->input_scaling[i]);
    }
    for (int32_t i = 0; i < g->output_count && g->output_scaling != NULL; i++) {
        print_scaling("output", &g->output_scaling[i]);
    }
    for (int32_t i = 0; i < g->label_count && i < 12; i++) {
        printf("%s%s", i == 0 ? "  labels  " : ", ", g->label[i]);
    }
    if (g->label_count > 12) {
        printf(", ... (%d)", g->label_count);
    }
    if (g->label_count > 0) {
        printf("\n");
    }
    for (int32_t i = 0; i < g->meta_count; i++) {
        printf("%s%s", i == 0 ? "  notes   " : ", ", g->meta[i].key);
    }
    if (g->meta_count > 0) {
        printf(" (shrinc dump shows them)\n");
    }
}

static void info_json(const Session *s, const char *mode, int64_t constants, const OpUse *use,
                      int32_t uses)
{
    const Graph *g = s->g;
    json_t *in = json_array();
    json_t *out = json_array();
    json_t *ops = json_array();
    for (int32_t i = 0; i < g->input_count; i++) {
        json_t *end = end_json(g, g->input[i]);
        add_scaling(end, g->input_scaling, i);
        json_array_append_new(in, end);
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        json_t *end = end_json(g, g->output[i]);
        add_scaling(end, g->output_scaling, i);
        json_array_append_new(out, end);
    }
    for (int32_t i = 0; i < uses; i++) {
        json_array_append_new(ops, json_pack("{s:s, s:i, s:I}", "op", use[i].op->kind.name, "count",
                                             use[i].count, "macs", (json_int_t)use[i].macs));
    }
    json_t *o = json_pack(
        "{s:s, s:{s:s, s:s, s:I, s:s, s:I, s:i, s:I, s:I}, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I}}",
        "schema", "shrinc/info/1", "model", "name", s->file_name, "sha256", s->sha256, "file_bytes",
        (json_int_t)s->bytes.bytes, "numbers", mode, "constant_bytes", (json_int_t)constants,
        "nodes", s->node_count, "macs", (json_int_t)s->macs, "macs_live", (json_int_t)graph_macs(g),
        "inputs", in, "outputs", out, "operators", ops, "memory", "arena_bytes",
        (json_int_t)g->arena_bytes, "lower_bound_bytes", (json_int_t)g->lower_bound_bytes,
        "greedy_bytes", (json_int_t)g->greedy_bytes, "state_bytes", (json_int_t)g->state_bytes);
    add_meta(o, g);
    print_json(o);
}

static void info_text(const Session *s, const char *mode, int64_t constants, const OpUse *use,
                      int32_t uses)
{
    const Graph *g = s->g;
    printf("%s  %zu bytes, sha256 %.16s...\n", s->file_name, s->bytes.bytes, s->sha256);
    if (g->description != NULL && g->description[0] != '\0') {
        printf("  %.70s\n", g->description);
    }
    printf("\n");
    for (int32_t i = 0; i < g->input_count; i++) {
        print_end(g, "input", g->input[i]);
    }
    for (int32_t i = 0; i < g->output_count; i++) {
        print_end(g, "output", g->output[i]);
    }
    print_meta(g);
    printf("\n  numbers   %s\n  operators %d, %jd multiply-accumulates", mode, s->node_count,
           (intmax_t)s->macs);
    if (graph_macs(g) < s->macs) {
        printf(" (%jd live: the rest never changes an output)", (intmax_t)graph_macs(g));
    }
    printf("\n  constants %jd bytes\n", (intmax_t)constants);
    printf("  RAM       %jd bytes (%s; lower bound %jd; greedy without overlap %jd)",
           (intmax_t)g->arena_bytes, g->plan_is_optimal ? "proven optimal" : "best found",
           (intmax_t)g->lower_bound_bytes, (intmax_t)g->greedy_bytes);
    if (g->state_bytes > 0) {
        printf(" and %jd bytes of state", (intmax_t)g->state_bytes);
    }
    printf("\n\n  %-28s %6s %14s\n", "operator", "number", "MACs");
    for (int32_t i = 0; i < uses; i++) {
        printf("  %-28s %6d %14jd\n", use[i].op->kind.name, use[i].count, (intmax_t)use[i].macs);
    }
    printf("\n  all supported; next: shrinc compile %s -o DIR\n", s->path);
}

int cli_info(const CliArgs *a)
{
    Session s;
    OpUse use[MAX_OP_KINDS] = {0};
    int code = 0;
    Status status = session_open(&s, a->operand[0]);
    int32_t uses = status == OK ? count_ops(s.g, use, MAX_OP_KINDS) : 0;
    int64_t constants = status == OK ? const_bytes(s.g) : 0;
    const char *mode = status == OK ? number_mode(s.g) : "";
    if (status == OK) {
        status = pipeline_run(&s, ROUNDING_TFLITE, NULL);
    }
    if (status != OK) {
        code = report_failure(a, &s.diag);
    } else if (want_json(a)) {
        print_warnings(&s.diag);
        info_json(&s, mode, constants, use, uses);
    } else {
        print_warnings(&s.diag);
        info_text(&s, mode, constants, use, uses);
    }
    session_close(&s);
    return code;
}

/* --- ops
 * ---------------------------------------------------------------------------------------------------
 */

int cli_ops(const CliArgs *a)
{
    json_t *list = want_json(a) ? json_array() : NULL;
    if (list == NULL) {
        printf("%-28s %s\n", "operator", "TFLite");
    }
    for (int32_t i = 0; op_table[i] != NULL; i++) {
        const Op *op = op_table[i];
        const char *tflite = op->tflite_name != NULL ? op->tflite_name : "";
        if (list != NULL) {
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:i}", "name", op->kind.name, "tflite",
                                            tflite, "tflite_code", op->tflite_code));
        } else {
            bool trains = (op->traits & TRAIT_TRAIN_ONLY) != 0;
            printf("%-28s %s%s\n", op->kind.name, tflite, trains ? " (training only)" : "");
        }
    }
    if (list != NULL) {
        print_json(json_pack("{s:s, s:o}", "schema", "shrinc/ops/1", "operators", list));
    }
    return 0;
}

/* --- targets, doctor --- */

int cli_targets(const CliArgs *a)
{
    json_t *list = want_json(a) ? json_array() : NULL;
    for (int i = 0; i < target_count(); i++) {
        const TargetInfo *t = target_info(i);
        if (list != NULL) {
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", t->name,
                                                  "description", t->description, "compiler",
                                                  t->compiler, "emulator", t->emulator));
        } else {
            printf("%-12s %-40s %s%s%s\n", t->name, t->description, t->compiler,
                   t->emulator[0] != '\0' ? " + " : "", t->emulator);
        }
    }
    if (list != NULL) {
        print_json(json_pack("{s:s, s:o}", "schema", "shrinc/targets/1", "targets", list));
    }
    return 0;
}

int cli_doctor(const CliArgs *a)
{
    json_t *list = want_json(a) ? json_array() : NULL;
    int missing = 0;
    for (int i = 0; i < target_count(); i++) {
        const TargetInfo *t = target_info(i);
        const char *tool = "";
        const char *package = "";
        bool lacks = target_missing(t, &tool, &package);
        missing += lacks;
        if (list != NULL) {
            json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s}", "target", t->name, "ok",
                                                  !lacks, "missing", lacks ? tool : "", "package",
                                                  lacks ? package : ""));
        } else if (lacks) {
            printf("  %-12s missing  %s: apt install %s\n", t->name, tool, package);
        } else {
            printf("  %-12s ok       %s%s%s\n", t->name, t->compiler,
                   t->emulator[0] != '\0' ? " + " : "", t->emulator);
        }
    }
    if (list != NULL) {
        print_json(json_pack("{s:s, s:i, s:o}", "schema", "shrinc/doctor/1", "missing", missing,
                             "targets", list));
    } else if (missing == 0) {
        printf("all targets can be used\n");
    }
    return missing == 0 ? 0 : exit_code(ERR_TOOL);
}
