/* Random operator configurations against the independent reference, in memory of their own and overlapping as the plan allows.
 * Usage: fuzz_ops [COUNT]            all operators, at least COUNT configurations (default 100000)
 *        fuzz_ops OP [SEED [COUNT]]  one operator; from SEED on (default: all that the counts need)
 * Options: --closer puts each output one element nearer than it may lie: the test must fail then;
 *          --save DIR writes each configuration that ran as DIR/OP-SEED.tflite, .in.bin and .out.bin (of the reference);
 *          --rounding=tflite or single: only that family;
 *          --kernels=NAME: that twin of the kernels (kernel_use()); exit code 77 where the CPU cannot run it.
 * A difference prints a FAIL line whose id ref:OP:SEED reruns with "fuzz_ops OP SEED". The last line is "N passed, N failed",
 * where a row is one operator with one type.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include "export/export.h"
#include "op/op.h"
#include "pass/pass_util.h"

#include <math.h>
#include <stdlib.h>

enum {
    NEEDED = 500,
    MOST = 30000,
    GUARD = 64,
    POISON_PLAIN = 0xA5,
    POISON_OVERLAP = 0x5A,
    MAX_LINES = 5
};

/* Operators without a reference, and why. */
static const struct Without {
    const char *name, *why;
} without[] = {
    {NULL, NULL},
};

typedef struct Label {
    const char *text;
    int64_t count;
} Label;

typedef struct Totals {
    const RefOp *op;
    int64_t tried, refused, failed, by_type[TYPE_COUNT], failed_type[TYPE_COUNT], by_rounding[2],
        corners, overlapped, backward, by_rows, lines;
    uint64_t next_seed;
    Label label[160];
    int32_t label_count;
} Totals;

static struct Options {
    bool is_closer;
    const char *save;
    int32_t rounding; /* -1: both */
} options = {.rounding = -1};

static Arena labels;

/* --- counting ----------------------------------------------------------------------------------------------- */

static Label *label_of(Totals *t, const char *text)
{
    for (int32_t i = 0; i < t->label_count; i++) {
        if (strcmp(t->label[i].text, text) == 0) {
            return &t->label[i];
        }
    }
    Label *l = &t->label[t->label_count++];
    *l = (Label){arena_strdup(&labels, text), 0};
    return l;
}

static bool is_never(const RefOp *op, const char *text)
{
    for (const char *const *n = op->never; n != NULL && *n != NULL; n++) {
        if (strcmp(*n, text) == 0) {
            return true;
        }
    }
    return false;
}

static void require(Totals *t, const char *attr, const char *value)
{
    char text[96];
    (void)snprintf(text, sizeof text, "%s=%s", attr, value);
    if (!is_never(t->op, text)) {
        (void)label_of(t, text);
    }
}

/* Every value of an enumeration and of a truth value; of numbers, some value that is not the default. */
static void require_attributes(Totals *t)
{
    const Kind *k = op_find_kind(t->op->name);
    for (int32_t i = 0; i < k->attr_count; i++) {
        const AttrDesc *a = &k->attrs[i];
        if (a->type == ATTR_BOOL) {
            require(t, a->name, "false");
            require(t, a->name, "true");
        } else if (a->type == ATTR_ENUM) {
            for (int32_t v = 0; a->names[v] != NULL; v++) {
                require(t, a->name, a->names[v]);
            }
        } else {
            require(t, a->name, a->type == ATTR_INTS ? "given" : "other");
        }
    }
}

static void count_attribute(Totals *t, const Case *c, const AttrDesc *a)
{
    char text[96];
    const char *value = "default";
    if (a->type == ATTR_BOOL) {
        value = get_bool(c, a->name) ? "true" : "false";
    } else if (a->type == ATTR_ENUM) {
        value = a->names[get_int(c, a->name)];
    } else if (a->type == ATTR_INTS) {
        value = get_ints(c, a->name).count > 0 ? "given" : "none";
    } else {
        double v = a->type == ATTR_FLOAT ? (double)get_float(c, a->name) : get_int(c, a->name);
        value = v == a->default_value ? "default" : "other";
    }
    (void)snprintf(text, sizeof text, "%s=%s", a->name, value);
    label_of(t, text)->count++;
}

static void count_case(Totals *t, const Case *c)
{
    const Kind *k = node_of(c)->kind;
    for (int32_t i = 0; i < k->attr_count; i++) {
        count_attribute(t, c, &k->attrs[i]);
    }
    for (int32_t i = 0; i < c->label_count; i++) {
        label_of(t, c->label[i])->count++;
    }
    t->by_type[c->type]++;
    t->by_rounding[c->rounding]++;
    t->corners += c->is_corner;
}

/* --- running ---------------------------------------------------------------------------------------------------- */

static Case case_make(const RefOp *op, uint64_t seed)
{
    uint64_t types = 0;
    while (op->type[types] != TYPE_NONE) {
        types++;
    }
    uint64_t hash = UINT64_C(1469598103934665603);
    for (const char *p = op->name; *p != '\0'; p++) {
        hash = (hash ^ (uint64_t)(unsigned char)*p) * UINT64_C(1099511628211);
    }
    Case c = {
        .op = op, .seed = seed, .random = hash ^ (seed * UINT64_C(0xD1342543DE82EF95)), .runs = 1};
    c.type = op->type[seed % types];
    c.rounding = (seed / types) % 2 == 0 ? ROUNDING_TFLITE : ROUNDING_SINGLE;
    c.is_corner = (seed / (2 * types)) % 4 == 3;
    c.g = graph_new("reference");
    c.g->rounding = c.rounding;
    return c;
}

static void report(Totals *t, const Case *c, const char *what)
{
    t->failed++;
    t->failed_type[c->type]++;
    if (t->lines++ < MAX_LINES) {
        printf("FAIL ref:%s:%ju (%s, %s%s): %s\n", c->op->name, (uintmax_t)c->seed,
               type_name(c->type), c->rounding == ROUNDING_TFLITE ? "tflite" : "single",
               c->is_corner ? ", corner" : "", what);
    }
}

static bool equal_real(double got, double want, double tolerance)
{
    if (isnan(want) || isinf(want)) {
        return isnan(want) ? isnan(got) : got == want;
    }
    return fabs(got - want) <= tolerance;
}

/* Compares COUNT elements; a sentence about the first difference, or NULL. */
static const char *compare(Arena *a, Type type, const char *what, const Num *want, int64_t count,
                           const uint8_t *bytes)
{
    double most = 0.0;
    for (int64_t i = 0; i < count; i++) {
        most = isfinite(want[i].r) && fabs(want[i].r) > most ? fabs(want[i].r) : most;
    }
    for (int64_t i = 0; i < count; i++) {
        Num got = num_at(type, bytes, i);
        if (type == TYPE_F32 && !equal_real(got.r, want[i].r, 1e-5 * most)) {
            return arena_printf(a, "%s element %jd: expected %.9g, got %.9g (largest %.9g)", what,
                                (intmax_t)i, want[i].r, got.r, most);
        }
        if (type != TYPE_F32 && got.i != want[i].i) {
            return arena_printf(a, "%s element %jd: expected %jd, got %jd", what, (intmax_t)i,
                                (intmax_t)want[i].i, (intmax_t)got.i);
        }
    }
    return NULL;
}

/* Memory of a tensor with guards on both sides. */
static uint8_t *guarded(Arena *a, int64_t bytes, int32_t poison)
{
    uint8_t *block = NEW(a, uint8_t, bytes + 2 * GUARD);
    memset(block, poison, (size_t)(bytes + 2 * GUARD));
    return block + GUARD;
}

static bool is_intact(const uint8_t *from, int64_t bytes, int32_t poison)
{
    for (int64_t i = 0; i < bytes; i++) {
        if (from[i] != (uint8_t)poison) {
            return false;
        }
    }
    return true;
}

/* Scratch starts as garbage, as on the device. */
static void place_scratch(Eval *e, Node *n, int32_t poison)
{
    int64_t bytes = 0;
    for (Call *k = n->calls; k != NULL; k = k->next) {
        for (int32_t i = 0; i < k->arg_count; i++) {
            if (k->arg[i].kind == ARG_SCRATCH) {
                k->arg[i].offset = bytes;
                bytes += ((int64_t)k->arg[i].count * type_bytes(k->arg[i].type) + 15) / 16 * 16;
            }
        }
    }
    e->arena = guarded(&e->own, bytes, poison);
}

static void write_inputs(const Case *c, Eval *e)
{
    for (int32_t i = 0; i < c->in_count; i++) {
        if (c->in[i] != 0 && tensor_is_activation(tensor(c->g, c->in[i]))) {
            const Tensor *x = tensor(c->g, c->in[i]);
            bytes_of(x->type, c->value[c->in[i]], shape_count(&x->shape), e->mem[c->in[i]]);
        }
    }
}

static const char *check_outputs(const Case *c, const Eval *e, Arena *a)
{
    const char *wrong = NULL;
    for (int32_t i = 0; i < c->out_count && wrong == NULL; i++) {
        const Tensor *y = tensor(c->g, c->out[i]);
        char p[96];
        char q[96];
        if (!shape_equal(&y->shape, &c->want_shape[i])) {
            return arena_printf(a, "output %d: expected shape %s, got %s", i,
                                shape_text(&c->want_shape[i], p), shape_text(&y->shape, q));
        }
        wrong = compare(a, y->type, arena_printf(a, "output %d", i), c->want[i],
                        shape_count(&y->shape), e->mem[c->out[i]]);
    }
    for (int32_t i = 0; i < c->in_count && wrong == NULL; i++) {
        const Tensor *s = c->in[i] == 0 ? NULL : tensor(c->g, c->in[i]);
        if (s != NULL && s->is_state) {
            wrong = compare(a, s->type, "state", c->value[c->in[i]], shape_count(&s->shape),
                            e->mem[c->in[i]]);
        }
    }
    return wrong;
}

/* Guards untouched, inputs as they were. */
static const char *check_memory(const Case *c, const Eval *e, Arena *a)
{
    for (TensorId id = 1; id < c->g->tensor_count; id++) {
        const Tensor *t = tensor(c->g, id);
        const uint8_t *m = e->mem[id];
        if (!tensor_is_activation(t)) {
            continue;
        }
        if (!is_intact(m - GUARD, GUARD, POISON_PLAIN) ||
            !is_intact(m + tensor_bytes(t), GUARD, POISON_PLAIN)) {
            return arena_printf(a, "bytes outside of tensor \"%s\" were written", t->name);
        }
    }
    for (int32_t i = 0; i < c->in_count; i++) {
        const Tensor *x = c->in[i] == 0 ? NULL : tensor(c->g, c->in[i]);
        if (x != NULL && tensor_is_activation(x)) {
            uint8_t *want = NEW(a, uint8_t, tensor_bytes(x));
            bytes_of(x->type, c->value[c->in[i]], shape_count(&x->shape), want);
            if (memcmp(want, e->mem[c->in[i]], (size_t)tensor_bytes(x)) != 0) {
                return arena_printf(a, "input \"%s\" was written", x->name);
            }
        }
    }
    return NULL;
}

typedef struct Saved {
    Out in, out;
} Saved;

static void save_run(const Case *c, Saved *s, Arena *a)
{
    for (int32_t i = 0; i < c->g->input_count; i++) {
        const Tensor *x = tensor(c->g, c->g->input[i]);
        uint8_t *bytes = NEW(a, uint8_t, tensor_bytes(x));
        bytes_of(x->type, c->value[c->g->input[i]], shape_count(&x->shape), bytes);
        out_bytes(&s->in, bytes, (size_t)tensor_bytes(x));
    }
    for (int32_t i = 0; i < c->out_count; i++) {
        const Tensor *y = tensor(c->g, c->out[i]);
        uint8_t *bytes = NEW(a, uint8_t, shape_count(&c->want_shape[i]) * type_bytes(y->type));
        bytes_of(y->type, c->want[i], shape_count(&c->want_shape[i]), bytes);
        out_bytes(&s->out, bytes, (size_t)(shape_count(&c->want_shape[i]) * type_bytes(y->type)));
    }
}

static void save_files(const Case *c, Saved *s, Arena *a)
{
    Out model = {0};
    char *base = arena_printf(a, "%s/%s-%ju", options.save, c->op->name, (uintmax_t)c->seed);
    Status written = export_tflite(c->g, &model, NULL);
    if (written == OK) {
        written = file_write(arena_printf(a, "%s.tflite", base), model.text, model.bytes, NULL);
    }
    if (written == OK) {
        written = file_write(arena_printf(a, "%s.in.bin", base), s->in.text, s->in.bytes, NULL);
    }
    if (written == OK) {
        written = file_write(arena_printf(a, "%s.out.bin", base), s->out.text, s->out.bytes, NULL);
    }
    if (written != OK) {
        printf("not saved: %s\n", base);
    }
    out_free(&model);
    out_free(&s->in);
    out_free(&s->out);
}

/* All runs with every tensor on its own; PLAIN receives the bytes of output 0. */
static const char *run_alone(Case *c, Eval *e, Arena *a)
{
    const char *wrong = NULL;
    Saved saved = {0};
    start_states(c);
    for (int32_t r = 0; r < c->runs && wrong == NULL; r++) {
        refill(c);
        for (TensorId id = 1; id < c->g->tensor_count; id++) {
            if (tensor_is_activation(tensor(c->g, id))) {
                e->mem[id] = guarded(a, tensor_bytes(tensor(c->g, id)), POISON_PLAIN);
            }
        }
        write_inputs(c, e);
        c->op->reference(c);
        if (options.save != NULL) {
            save_run(c, &saved, a);
        }
        eval_node(e, node_of(c));
        wrong = check_outputs(c, e, a);
        wrong = wrong != NULL ? wrong : check_memory(c, e, a);
    }
    if (options.save != NULL) {
        save_files(c, &saved, a);
    }
    return wrong;
}

/* Output 0 begins ABOVE bytes after input I (negative: before it); the rest of the buffer is poison. */
static const char *run_overlapping(Case *c, Eval *e, int32_t i, int64_t above, Arena *a)
{
    int64_t x_bytes = tensor_bytes(tensor(c->g, c->in[i]));
    int64_t y_bytes = tensor_bytes(tensor(c->g, c->out[0]));
    int64_t x_at = above < 0 ? -above : 0;
    int64_t y_at = above < 0 ? 0 : above;
    int64_t whole = x_at + x_bytes > y_at + y_bytes ? x_at + x_bytes : y_at + y_bytes;
    uint8_t *x = e->mem[c->in[i]];
    uint8_t *y = e->mem[c->out[0]];
    uint8_t *block = guarded(a, whole, POISON_OVERLAP);
    e->mem[c->in[i]] = block + x_at;
    write_inputs(c, e);
    e->mem[c->out[0]] = block + y_at;
    const uint8_t *before = arena_memdup(a, block - GUARD, (size_t)(whole + 2 * GUARD));
    eval_node(e, node_of(c));
    const char *wrong = NULL;
    if (memcmp(before, block - GUARD, (size_t)(GUARD + y_at)) != 0 ||
        memcmp(before + GUARD + y_at + y_bytes, block + y_at + y_bytes,
               (size_t)(whole - y_at - y_bytes + GUARD)) != 0) {
        wrong = "bytes outside of the output were written";
    } else if (memcmp(y, block + y_at, (size_t)y_bytes) != 0) {
        wrong = check_outputs(c, e, a);
        wrong = wrong != NULL ? wrong : "bytes differ from those of the run alone";
    }
    e->mem[c->in[i]] = x;
    e->mem[c->out[0]] = y;
    return wrong == NULL
               ? NULL
               : arena_printf(a, "output %jd bytes above input %d: %s", (intmax_t)above, i, wrong);
}

/* DISTANCE of the two starts, kept in whole elements; -1: they may not overlap. */
static int64_t in_elements(const Case *c, TensorId x, int64_t distance, int64_t disjoint)
{
    int32_t align = type_bytes(tensor(c->g, x)->type);
    int32_t other = type_bytes(tensor(c->g, c->out[0])->type);
    align = other > align ? other : align;
    distance = (distance + align - 1) / align * align;
    return distance >= disjoint ? -1 : distance - (options.is_closer ? align : 0);
}

static const char *run_overlaps(Totals *t, Case *c, Eval *e, Arena *a)
{
    const Op *op = op_of(node_of(c));
    const char *wrong = NULL;
    for (int32_t back = 0; back < 2 && c->out_count == 1; back++) {
        int64_t (*overlap)(const Graph *, const Node *, int32_t) =
            back != 0 ? op->overlap_back : op->overlap;
        for (int32_t i = 0; i < c->in_count && overlap != NULL && wrong == NULL; i++) {
            TensorId x = c->in[i];
            if (x == 0 || !tensor_is_activation(tensor(c->g, x))) {
                continue;
            }
            int64_t disjoint = tensor_bytes(tensor(c->g, back != 0 ? x : c->out[0]));
            int64_t distance = in_elements(c, x, overlap(c->g, node_of(c), i), disjoint);
            if (distance < 0) {
                continue;
            }
            if (back != 0) {
                for (Call *k = node_of(c)->calls; k != NULL; k = k->next) {
                    call_set(k, k->params, "backward", 1);
                }
            }
            t->overlapped++;
            t->backward += back;
            wrong = run_overlapping(c, e, i, back != 0 ? distance : -distance, a);
        }
    }
    return wrong;
}

static int32_t *row_field(const Call *k, const char *name)
{
    const Kernel *kernel = kernel_find(k->kernel);
    for (int32_t i = 0; i < kernel->field_count; i++) {
        if (strcmp(kernel->fields[i].name, name) == 0 && kernel->fields[i].type == TYPE_S32) {
            return (int32_t *)(void *)((uint8_t *)k->params + kernel->fields[i].offset);
        }
    }
    return NULL;
}

/* Kernels that work by rows must give the same rows one by one. */
static const char *run_by_rows(Totals *t, Case *c, Eval *e, Arena *a)
{
    Node *n = node_of(c);
    Call *all = n->calls;
    uint8_t *alone = e->mem[c->out[0]];
    int64_t bytes = tensor_bytes(tensor(c->g, c->out[0]));
    e->mem[c->out[0]] = guarded(a, bytes, POISON_OVERLAP);
    write_inputs(c, e);
    bool has_rows = all != NULL;
    for (Call *k = all; k != NULL && has_rows; k = k->next) {
        int32_t *first = row_field(k, "first_row");
        int32_t *count = row_field(k, "row_count");
        has_rows = first != NULL && count != NULL;
        for (int32_t rows = has_rows ? *count : 0; rows > 0; rows--) {
            Call one = *k;
            one.next = NULL;
            *count = 1;
            n->calls = &one;
            eval_node(e, n);
            ++*first;
        }
    }
    n->calls = all;
    const char *wrong = NULL;
    if (has_rows && memcmp(alone, e->mem[c->out[0]], (size_t)bytes) != 0) {
        wrong = check_outputs(c, e, a);
        wrong = arena_printf(a, "row by row: %s",
                             wrong != NULL ? wrong : "bytes differ from those of the run alone");
    }
    t->by_rows += has_rows;
    e->mem[c->out[0]] = alone;
    return wrong;
}

static bool has_state(const Case *c)
{
    for (TensorId id = 1; id < c->g->tensor_count; id++) {
        if (tensor(c->g, id)->is_state) {
            return true;
        }
    }
    return false;
}

static Status prepare(Case *c, Diag *d)
{
    Node *n = node_of(c);
    TRY(attr_check(c->g, n, d));
    TRY(op_of(n)->infer(c->g, n, d));
    return lower_node(c->g, n, d);
}

static const char *run_folded(Case *c, Arena *a)
{
    Node *n = node_of(c);
    c->op->reference(c);
    eval_fold(c->g, n);
    const Tensor *y = tensor(c->g, c->out[0]);
    char p[96];
    char q[96];
    if (!shape_equal(&y->shape, &c->want_shape[0])) {
        return arena_printf(a, "expected shape %s, got %s", shape_text(&c->want_shape[0], p),
                            shape_text(&y->shape, q));
    }
    return compare(a, y->type, "output 0", c->want[0], shape_count(&y->shape), y->data);
}

static void run_case(Totals *t, uint64_t seed)
{
    Arena a = {0};
    Diag d = {0};
    Case c = case_make(t->op, seed);
    if (options.rounding >= 0 && options.rounding != (int32_t)c.rounding) {
        graph_free(c.g);
        return;
    }
    c.op->generate(&c);
    t->tried++;
    const char *wrong = NULL;
    Status s = prepare(&c, &d);
    if (s == ERR_UNSUPPORTED || s == ERR_LIMIT) {
        t->refused++;
    } else if (s != OK) {
        wrong = d.text;
    } else if ((op_of(node_of(&c))->traits & TRAIT_CONST_ONLY) != 0) {
        wrong = run_folded(&c, &a);
        count_case(t, &c);
    } else {
        Eval *e = eval_new(c.g, false);
        place_scratch(e, node_of(&c), POISON_PLAIN);
        wrong = run_alone(&c, e, &a);
        if (wrong == NULL && !has_state(&c)) {
            place_scratch(e, node_of(&c), POISON_OVERLAP);
            wrong = run_overlaps(t, &c, e, &a);
            wrong = wrong != NULL || c.out_count != 1 ? wrong : run_by_rows(t, &c, e, &a);
        }
        eval_free(e);
        count_case(t, &c);
    }
    if (wrong != NULL) {
        report(t, &c, wrong);
    }
    diag_clear(&d);
    arena_free(&a);
    graph_free(c.g);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static bool is_covered(const Totals *t)
{
    for (int32_t i = 0; t->op->type[i] != TYPE_NONE; i++) {
        if (t->by_type[t->op->type[i]] < NEEDED) {
            return false;
        }
    }
    for (int32_t i = 0; i < t->label_count; i++) {
        if (t->label[i].count < NEEDED) {
            return false;
        }
    }
    return true;
}

static void print_counts(const Totals *t)
{
    printf("%s:", t->op->name);
    for (int32_t i = 0; t->op->type[i] != TYPE_NONE; i++) {
        printf(" %s %jd", type_name(t->op->type[i]), (intmax_t)t->by_type[t->op->type[i]]);
    }
    printf("; rounding tflite %jd, single %jd; corners %jd; overlapped %jd, backward %jd, by rows "
           "%jd; ",
           (intmax_t)t->by_rounding[0], (intmax_t)t->by_rounding[1], (intmax_t)t->corners,
           (intmax_t)t->overlapped, (intmax_t)t->backward, (intmax_t)t->by_rows);
    printf("refused %jd; wrong %jd\n", (intmax_t)t->refused, (intmax_t)t->failed);
    for (int32_t i = 0, column = 0; i < t->label_count; i++) {
        column += printf("%s%s %jd", column == 0 ? "    " : ", ", t->label[i].text,
                         (intmax_t)t->label[i].count);
        if (column > 100 || i + 1 == t->label_count) {
            printf("\n");
            column = 0;
        }
    }
}

/* Prints what is wrong with the counts of an operator; returns how many things are. */
static int32_t check_counts(const Totals *t)
{
    int32_t wrong = 0;
    for (int32_t i = 0; i < t->label_count; i++) {
        if (t->label[i].count < NEEDED) {
            printf("FAIL ref:%s: \"%s\" was covered by %jd configurations; %d are needed\n",
                   t->op->name, t->label[i].text, (intmax_t)t->label[i].count, NEEDED);
            wrong++;
        }
    }
    if (t->refused * 50 > t->tried) {
        printf("FAIL ref:%s: %jd of %jd configurations were refused\n", t->op->name,
               (intmax_t)t->refused, (intmax_t)t->tried);
        wrong++;
    }
    return wrong;
}

static const RefOp *find_reference(const char *name)
{
    for (size_t f = 0; ref_families[f] != NULL; f++) {
        for (const RefOp *r = ref_families[f]; r->name != NULL; r++) {
            if (strcmp(r->name, name) == 0) {
                return r;
            }
        }
    }
    return NULL;
}

static bool is_excused(const char *name)
{
    for (const struct Without *w = without; w->name != NULL; w++) {
        if (strcmp(w->name, name) == 0) {
            printf("%s has no reference: %s\n", name, w->why);
            return true;
        }
    }
    return false;
}

typedef struct Result {
    int64_t configurations, passed, failed;
} Result;

static void add_result(const Totals *t, bool needs_counts, Result *r)
{
    print_counts(t);
    r->failed += needs_counts ? check_counts(t) : 0;
    for (int32_t i = 0; t->op->type[i] != TYPE_NONE; i++) {
        Type type = t->op->type[i];
        bool is_fine = t->failed_type[type] == 0 && (!needs_counts || t->by_type[type] >= NEEDED);
        r->passed += is_fine;
        r->failed += !is_fine;
    }
}

static void run_covering(Totals *t)
{
    require_attributes(t);
    while (t->next_seed < MOST && !is_covered(t) && t->lines <= MAX_LINES) {
        run_case(t, t->next_seed++);
    }
}

static void run_all(int64_t wanted, Result *r)
{
    Arena own = {0};
    int32_t count = 0;
    while (op_table[count] != NULL) {
        count++;
    }
    Totals *all = NEW(&own, Totals, count);
    int32_t n = 0;
    for (int32_t i = 0; i < count; i++) {
        const char *name = op_table[i]->kind.name;
        const RefOp *op = find_reference(name);
        if (op == NULL) {
            if (!is_excused(name) && (op_table[i]->traits & TRAIT_TRAIN_ONLY) == 0) {
                printf("FAIL ref:%s: the operator has no reference in tests/ref\n", name);
                r->failed++;
            }
            continue;
        }
        all[n].op = op;
        run_covering(&all[n]);
        r->configurations += all[n++].tried;
    }
    int64_t rest = n > 0 ? (wanted - r->configurations + n - 1) / n : 0;
    for (int32_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < rest && all[i].lines <= MAX_LINES; k++) {
            run_case(&all[i], all[i].next_seed++);
            r->configurations++;
        }
        add_result(&all[i], true, r);
    }
    arena_free(&own);
}

static int run_one(const char *name, const char *seed, const char *count, Result *r)
{
    const RefOp *op = op_find(name) == NULL ? NULL : find_reference(name);
    if (op == NULL) {
        printf("there is no reference for \"%s\"\n", name);
        return 2;
    }
    Totals t = {.op = op};
    if (seed == NULL) {
        run_covering(&t);
    }
    uint64_t first = seed == NULL ? 0 : strtoull(seed, NULL, 10);
    uint64_t last = seed == NULL ? 0 : first + (count == NULL ? 1 : strtoull(count, NULL, 10));
    for (uint64_t s = first; s < last; s++) {
        run_case(&t, s);
    }
    r->configurations = t.tried;
    add_result(&t, seed == NULL, r);
    return 0;
}

int main(int argc, char **argv)
{
    const char *word[3] = {NULL, NULL, NULL};
    int32_t words = 0;
    for (int32_t i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--closer") == 0) {
            options.is_closer = true;
        } else if (strcmp(argv[i], "--save") == 0 && i + 1 < argc) {
            options.save = argv[++i];
        } else if (strncmp(argv[i], "--rounding=", 11) == 0) {
            options.rounding =
                strcmp(argv[i] + 11, "single") == 0 ? ROUNDING_SINGLE : ROUNDING_TFLITE;
        } else if (strncmp(argv[i], "--kernels=", 10) == 0) {
            if (!kernel_use(argv[i] + 10)) {
                return 77;
            }
        } else if (words < 3) {
            word[words++] = argv[i];
        }
    }
    Result r = {0};
    int code = 0;
    if (words > 0 && (word[0][0] < '0' || word[0][0] > '9')) {
        code = run_one(word[0], word[1], word[2], &r);
    } else {
        run_all(words > 0 ? strtoll(word[0], NULL, 10) : 100000, &r);
    }
    printf("%jd configurations; a row is one operator with one type\n", (intmax_t)r.configurations);
    printf("%jd passed, %jd failed\n", (intmax_t)r.passed, (intmax_t)r.failed);
    arena_free(&labels);
    return code != 0 ? code : r.failed > 0 ? 1 : 0;
}
