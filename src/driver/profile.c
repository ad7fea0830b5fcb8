/* profile: splits the counted run of verify into layers, by marks that the emitted code's trace hook sets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/profile.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PROFILE_LIMIT = 1 << 30 };

typedef struct Split {
    Session *s;
    ProfileResult *r;
    const char *dir;
    const TargetInfo *target;
    const CycleModel *model; /* NULL: none */
    Code code;
    int32_t *function_of; /* by symbol: index into r->function, -1 */
    int32_t *part_row;    /* by mark of a run: which row it ends */
    int32_t part_count;
} Split;

/* --- rows and marks --- */

static int64_t report_number(const json_t *layers, int32_t node, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(json_array_get(layers, (size_t)node), key));
}

/* One mark per output that NAME_TRACE is told of, as the emitter does. */
static int32_t marks_of(const Graph *g, const Node *n)
{
    int32_t marks = 0;
    for (int32_t i = 0; i < n->out_count; i++) {
        marks += !tensor_is_const(tensor(g, tensor_root(g, n->out[i], NULL)));
    }
    return marks;
}

static Status make_rows(Split *x)
{
    const Graph *g = x->s->g;
    ProfileResult *r = x->r;
    json_error_t error;
    json_t *report = json_load_file(path_join(&r->arena, x->dir, "report.json"), 0, &error);
    const json_t *layers = json_object_get(report, "layers");
    int32_t all_marks = 0, first = -1;
    for (int32_t i = 0; i < g->node_count; i++) {
        all_marks += g->node[i].out_count;
    }
    r->row = NEW(&r->arena, ProfileRow, g->node_count + 1);
    x->part_row = NEW(&r->arena, int32_t, all_marks + 1);
    if (!json_is_array(layers)) {
        json_decref(report);
        return fail(&x->s->diag, ERR_TOOL, "the cost report lists no layers");
    }
    int64_t macs = 0, weights = 0;
    for (int32_t i = 0; i < g->node_count; i++) {
        const Node *n = &g->node[i];
        first = first < 0 ? i : first;
        macs += report_number(layers, i, "macs");
        weights += report_number(layers, i, "weights_bytes");
        if (n->segment > 0 && !is_segment_end(g, n)) {
            continue; /* together with those that follow */
        }
        int32_t marks = n->calls == NULL ? 0 : marks_of(g, n);
        if (marks > 0) {
            r->row[r->row_count] = (ProfileRow){.first = first + 1, .last = i + 1, .name = n->name,
                                                .op = n->kind->name, .macs = macs, .weights_bytes = weights};
            for (int32_t k = 0; k < marks; k++) {
                x->part_row[x->part_count++] = r->row_count;
            }
            r->row_count++;
        }
        if (marks > 0 || n->calls == NULL) {
            first = -1; /* else the layer is counted with the next one */
            macs = weights = 0;
        }
    }
    json_decref(report);
    r->rest = (ProfileRow){.name = "call and return", .op = ""};
    return OK;
}

/* --- what ran --- */

static int64_t symbol_bytes(const Code *code, int32_t symbol)
{
    int32_t first = code->symbol[symbol].first;
    int32_t last = first + code->symbol[symbol].count;
    return last < code->insn_count ? (int64_t)code->insn[last].address - code->insn[first].address
                                   : (int64_t)code->insn[last - 1].address + 2 - code->insn[first].address;
}

static void note_function(Split *x, ProfileRow *row, int32_t symbol)
{
    ProfileResult *r = x->r;
    if (x->function_of[symbol] < 0) {
        x->function_of[symbol] = r->function_count;
        r->function[r->function_count++] =
            (ProfileFunction){arena_strdup(&r->arena, x->code.symbol[symbol].name), symbol_bytes(&x->code, symbol), 0};
    }
    int32_t f = x->function_of[symbol];
    for (int32_t i = 0; i < row->function_count; i++) {
        if (row->function[i] == f) {
            return;
        }
    }
    row->function[row->function_count++] = f;
}

/* "in START SIZE INSNS EXECS TAKEN" */
static void add_block(Split *x, ProfileRow *row, const char *line, const char *invoke)
{
    uint64_t start = 0, size = 0, insns = 0, execs = 0, taken = 0;
    if (sscanf(line, "in %" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &start, &size, &insns, &execs,
               &taken) != 5) {
        return;
    }
    row->instructions += (int64_t)(insns * execs);
    int32_t at = start <= UINT32_MAX ? code_at(&x->code, (uint32_t)start) : -1;
    if (x->model != NULL) {
        int64_t each = at >= 0 ? cycles_straight(x->model, &x->code, at, (int64_t)insns) : (int64_t)insns;
        row->cycles += each * (int64_t)execs + x->model->taken * (int64_t)taken;
    }
    if (at >= 0 && strcmp(x->code.symbol[x->code.insn[at].symbol].name, invoke) != 0) {
        note_function(x, row, x->code.insn[at].symbol);
    }
}

static char *next_line(char **text)
{
    char *line = *text;
    char *newline = strchr(line, '\n');
    if (newline != NULL) {
        *newline = '\0';
    }
    *text = newline != NULL ? newline + 1 : line + strlen(line);
    return line;
}

/* The start of the run that took most, its lines not yet taken apart; NULL if there is none. */
static char *longest_run(char *text)
{
    char *start = text, *best = NULL;
    long long most = -1;
    for (char *p = text; p != NULL && *p != '\0';) {
        char *newline = strchr(p, '\n');
        if (strncmp(p, "end ", 4) == 0) {
            long long count = strtoll(p + 4, NULL, 10);
            best = count > most ? start : best;
            most = count > most ? count : most;
            start = newline != NULL ? newline + 1 : NULL;
        }
        p = newline != NULL ? newline + 1 : NULL;
    }
    return best;
}

static Status split_run(Split *x, char *text, const char *invoke)
{
    ProfileResult *r = x->r;
    char *at = longest_run(text);
    int32_t part = 0;
    if (at == NULL) {
        return fail(&x->s->diag, ERR_TOOL, "target %s: the emulator wrote no profile", x->target->name);
    }
    for (bool ended = false; !ended && *at != '\0';) {
        ProfileRow *row = part < x->part_count ? &r->row[x->part_row[part]] : &r->rest;
        char *line = next_line(&at);
        ended = strncmp(line, "end ", 4) == 0;
        if (strncmp(line, "in ", 3) == 0) {
            add_block(x, row, line, invoke);
        } else if (strncmp(line, "part ", 5) == 0) {
            row->instructions--; /* the mark's own call */
            row->cycles -= x->model != NULL ? 1 + x->model->taken : 0;
            part++;
        }
    }
    if (part != x->part_count) {
        return fail(&x->s->diag, ERR_TOOL, "target %s: the run has %d marks instead of %d; please report it",
                    x->target->name, part, x->part_count);
    }
    /* The harness's own: one call before the first layer, the others behind the last. */
    ProfileRow *first = x->part_count > 0 ? &r->row[x->part_row[0]] : &r->rest;
    int64_t behind = x->target->window_overhead - 1;
    int64_t call = x->model != NULL ? 1 + x->model->taken : 0;
    first->instructions--;
    first->cycles -= call;
    r->rest.instructions -= behind;
    r->rest.cycles -= behind * call;
    return OK;
}

/* --- sums --- */

static void add_up(Split *x)
{
    ProfileResult *r = x->r;
    for (int32_t i = 0; i < r->row_count; i++) {
        for (int32_t k = 0; k < r->row[i].function_count; k++) {
            r->function[r->row[i].function[k]].layer_count++;
        }
    }
    for (int32_t i = 0; i <= r->row_count; i++) {
        ProfileRow *row = i < r->row_count ? &r->row[i] : &r->rest;
        r->instructions += row->instructions;
        r->cycles += row->cycles;
        row->cycles = x->model != NULL ? row->cycles : -1;
        for (int32_t k = 0; k < row->function_count && i < r->row_count; k++) {
            const ProfileFunction *f = &r->function[row->function[k]];
            row->code_bytes += f->bytes;
            row->shared_bytes += f->layer_count > 1 ? f->bytes : 0;
        }
    }
    r->cycles = x->model != NULL ? r->cycles : -1;
    r->code_bytes = r->invoke_bytes;
    for (int32_t i = 0; i < r->function_count; i++) {
        r->code_bytes += r->function[i].layer_count > 0 ? r->function[i].bytes : 0;
    }
}

static Status split(Split *x)
{
    ProfileResult *r = x->r;
    Arena *a = &r->arena;
    Diag *d = &x->s->diag;
    Span text = {NULL, 0};
    TRY(make_rows(x));
    TRY(file_read(a, path_join(a, x->dir, "profile.txt"), PROFILE_LIMIT, &text, d));
    TRY(code_disassemble(a, x->target, x->dir, &x->code, d));
    r->function = NEW(a, ProfileFunction, x->code.symbol_count);
    x->function_of = NEW(a, int32_t, x->code.symbol_count);
    for (int32_t i = 0; i < x->code.symbol_count; i++) {
        x->function_of[i] = -1;
    }
    for (int32_t i = 0; i <= r->row_count; i++) {
        ProfileRow *row = i < r->row_count ? &r->row[i] : &r->rest;
        row->function = NEW(a, int32_t, x->code.symbol_count);
    }
    /* NAME_invoke: the one function of the model that the harness calls */
    const char *invoke = "";
    for (int32_t i = 0; i < x->code.symbol_count; i++) {
        const char *name = x->code.symbol[i].name;
        size_t bytes = strlen(name);
        invoke = bytes > 7 && strcmp(name + bytes - 7, "_invoke") == 0 ? name : invoke;
    }
    int32_t root = code_symbol(&x->code, invoke);
    r->invoke_bytes = root >= 0 ? symbol_bytes(&x->code, root) : 0;
    TRY(split_run(x, arena_strndup(a, (const char *)text.data, text.bytes), invoke));
    add_up(x);
    return OK;
}

Status profile_session(Session *s, const VerifyOptions *o, ProfileResult *r)
{
    Diag *d = &s->diag;
    *r = (ProfileResult){.cycles_text = ""};
    Split x = {.s = s, .r = r, .target = target_find(o->targets), .model = cycle_model(o->targets)};
    if (x.target == NULL) {
        return fail(d, ERR_USAGE, "--on=%s: profile takes one of the targets that `shrinc targets` lists", o->targets);
    }
    if (x.target->kind != TARGET_SEMIHOST) {
        return fail(d, ERR_USAGE,
                    "--on=%s: layers are counted on Cortex-M and RISC-V alone; `shrinc verify` gives a whole run of it",
                    o->targets);
    }
    VerifyOptions parts = *o;
    TRY(temp_dir_make(&r->arena, NULL, &x.dir, d));
    parts.parts_dir = x.dir;
    Status status = verify_session(s, &parts, &r->verify, NULL, NULL);
    if (status == ERR_DIFFERS) {
        diag_clear(d);
        status = fail(d, status, "%s: %s", o->targets, r->verify.row[0].difference);
    }
    if (status == OK) {
        r->cycles_text = cycle_model_text(&r->arena, x.model);
        status = split(&x);
    }
    temp_dir_remove(x.dir);
    return status;
}

void profile_free(ProfileResult *r)
{
    verify_free(&r->verify);
    arena_free(&r->arena);
}

/* --- JSON --- */

static json_t *count_or_null(int64_t count)
{
    return count >= 0 ? json_integer((json_int_t)count) : json_null();
}

static json_t *row_json(const ProfileResult *r, const ProfileRow *row)
{
    json_t *functions = json_array();
    for (int32_t i = 0; i < row->function_count; i++) {
        const ProfileFunction *f = &r->function[row->function[i]];
        json_array_append_new(functions, json_pack("{s:s, s:I, s:b}", "name", f->name, "bytes", (json_int_t)f->bytes,
                                                   "shared", f->layer_count > 1));
    }
    return json_pack("{s:i, s:i, s:o, s:s, s:I, s:o, s:I, s:o, s:I, s:I, s:I, s:o}", "first", row->first, "last",
                     row->last, "name", json_string(row->name), "op", row->op, "instructions",
                     (json_int_t)row->instructions, "cycles_estimated", count_or_null(row->cycles), "macs",
                     (json_int_t)row->macs, "instructions_per_mac",
                     row->macs > 0 ? json_real((double)row->instructions / (double)row->macs) : json_null(),
                     "weights_bytes", (json_int_t)row->weights_bytes, "code_bytes", (json_int_t)row->code_bytes,
                     "code_shared_bytes", (json_int_t)row->shared_bytes, "functions", functions);
}

json_t *profile_json(const Session *s, const VerifyOptions *o, const ProfileResult *r)
{
    json_t *layers = json_array();
    for (int32_t i = 0; i < r->row_count; i++) {
        json_array_append_new(layers, row_json(r, &r->row[i]));
    }
    const VerifyRow *v = &r->verify.row[0];
    return json_pack("{s:s, s:{s:s, s:s}, s:s, s:I, s:s, s:o, s:I, s:I, s:o, s:I, s:I}", "schema", "shrinc/profile/1",
                     "model",
                     "name", s->file_name, "sha256", s->sha256, "target", o->targets, "vectors", (json_int_t)v->vectors,
                     "cycles_model", r->cycles_text, "layers", layers, "rest_instructions",
                     (json_int_t)r->rest.instructions, "total_instructions", (json_int_t)r->instructions,
                     "total_cycles_estimated", count_or_null(r->cycles), "total_code_bytes", (json_int_t)r->code_bytes,
                     "invoke_code_bytes", (json_int_t)r->invoke_bytes);
}
