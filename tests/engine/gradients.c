/* Every operator's backward against central differences, and its forward against the device's kernels.
 * Usage: gradients FILE [NAME]. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/train.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLES = 3, SHARD = 2, TRIES = 60, NAMES = 64 };

static uint64_t state;

static double uniform(void) /* 0 .. 1 */
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 33) / 2147483648.0;
}

typedef struct Case {
    const char *name;
    Graph *g;
    TensorId input;
    double range;
    bool positive;
    struct {
        char name[16];
        TensorId id;
    } known[NAMES];
    int32_t known_count;
} Case;

static char *trim(char *s)
{
    while (*s == ' ') {
        s++;
    }
    char *end = s + strlen(s);
    while (end > s && (end[-1] == ' ' || end[-1] == '\n')) {
        *--end = '\0';
    }
    return s;
}

static Shape read_shape(const char **s)
{
    Shape shape = {0};
    while (**s >= '0' && **s <= '9') {
        shape.dim[shape.rank++] = (int32_t)strtol(*s, (char **)(uintptr_t)s, 10);
        *s += **s == ',';
    }
    return shape;
}

static TensorId random_const(Case *c, const char *name, Shape shape, double low, double high)
{
    float data[4096];
    int64_t count = shape_count(&shape);
    for (int64_t i = 0; i < count; i++) {
        data[i] = (float)(low + (high - low) * uniform());
    }
    return graph_add_const(c->g, name, TYPE_F32, shape, data);
}

/* {1,2;3,4} */
static TensorId int_const(Case *c, const char *s)
{
    int32_t data[64];
    int32_t count = 0;
    int32_t rows = 1;
    bool is_scalar = s[1] == '=';
    s += is_scalar ? 2 : 1;
    while (*s != '}') {
        char *end = NULL;
        data[count++] = (int32_t)strtol(s, &end, 10);
        rows += *end == ';';
        s = *end == '}' ? end : end + 1;
    }
    Shape shape = is_scalar  ? shape_of(0, NULL)
                  : rows > 1 ? shape_of(2, (int32_t[]){rows, count / rows})
                             : shape_of(1, &count);
    return graph_add_const(c->g, "numbers", TYPE_S32, shape, data);
}

static TensorId find(Case *c, const char *name)
{
    for (int32_t i = 0; i < c->known_count; i++) {
        if (strcmp(c->known[i].name, name) == 0) {
            return c->known[i].id;
        }
    }
    return 0;
}

static void know(Case *c, const char *name, TensorId id)
{
    snprintf(c->known[c->known_count].name, sizeof c->known[0].name, "%s", name);
    c->known[c->known_count++].id = id;
}

static TensorId argument(Case *c, char *s)
{
    char *bracket = strchr(s, '[');
    if (*s == '{') {
        return int_const(c, s);
    }
    if (strcmp(s, "_") == 0) {
        return 0;
    }
    if (bracket == NULL) {
        return find(c, s);
    }
    const char *dims = bracket + 1;
    Shape shape = read_shape(&dims);
    *bracket = '\0';
    TensorId id = find(c, s);
    if (strncmp(s, "state", 5) == 0) {
        id = graph_add_tensor(c->g, s, TYPE_F32, shape);
        tensor(c->g, id)->is_state = true;
    } else if (id == 0) {
        id = random_const(c, s, shape, *s == 'p' ? 0.5 : -1.0, *s == 'p' ? 1.5 : 1.0);
        know(c, s, id);
    }
    return id;
}

/* One node: "y, z = split({=1}, x) num_splits=2" */
static Status add_node(Case *c, char *text, Diag *d)
{
    char *open = strchr(text, '(');
    char *close = strrchr(text, ')');
    char *equals = strchr(text, '=');
    if (open == NULL || close == NULL || equals == NULL || equals > open) {
        return fail(d, ERR_INPUT, "no node: %s", text);
    }
    *open = '\0';
    *close = '\0';
    *equals = '\0';
    const Op *op = op_find(trim(equals + 1));
    if (op == NULL) {
        return fail(d, ERR_INPUT, "no operator %s", trim(equals + 1));
    }
    TensorId in[64];
    TensorId out[64];
    int32_t in_count = 0;
    int32_t out_count = 0;
    int32_t depth = 0;
    char *start = open + 1;
    for (char *s = open + 1;; s++) {
        depth += *s == '[' || *s == '{' ? 1 : *s == ']' || *s == '}' ? -1 : 0;
        if ((*s == ',' && depth == 0) || *s == '\0') {
            bool is_end = *s == '\0';
            *s = '\0';
            in[in_count++] = argument(c, trim(start));
            start = s + 1;
            if (is_end) {
                break;
            }
        }
    }
    for (char *s = strtok(text, ","); s != NULL; s = strtok(NULL, ",")) {
        out[out_count] = graph_add_tensor(c->g, trim(s), TYPE_F32, shape_of(0, NULL));
        know(c, trim(s), out[out_count++]);
    }
    Node *n = graph_add_node(c->g, &op->kind, trim(text), in_count, out_count);
    memcpy(n->in, in, (size_t)in_count * sizeof *in);
    memcpy(n->out, out, (size_t)out_count * sizeof *out);
    for (char *s = strtok(close + 1, " "); s != NULL; s = strtok(NULL, " ")) {
        char *value = strchr(s, '=');
        *value = '\0';
        const AttrDesc *a = attr_find(&op->kind, s);
        if (a == NULL) {
            return fail(d, ERR_INPUT, "no attribute %s", s);
        }
        TRY(attr_parse(a, value + 1, n->attr, d));
    }
    return op->infer(c->g, n, d);
}

/* The semicolon behind a node, not one within braces. */
static char *node_end(char *s)
{
    int32_t depth = 0;
    while (*s != '\0' && (*s != ';' || depth > 0)) {
        depth += *s == '{' ? 1 : *s == '}' ? -1 : 0;
        s++;
    }
    return s;
}

/* x = in + a parameter, so that the gradient of x is a parameter's gradient. */
static Status make_graph(Case *c, char *input, char *nodes, Diag *d)
{
    const char *s = trim(input);
    Shape shape = read_shape(&s);
    c->range = 1.0;
    c->positive = strstr(s, "positive") != NULL;
    if (strpbrk(s, "0123456789") != NULL) {
        c->range = strtod(strpbrk(s, "0123456789"), NULL);
    }
    c->g = graph_new("case");
    c->input = graph_add_tensor(c->g, "in", TYPE_F32, shape);
    c->g->input = NEW(&c->g->arena, TensorId, 1);
    c->g->input[0] = c->input;
    c->g->input_count = 1;
    know(c, "in", c->input);
    char first[] = "x = add(in, shift)";
    know(c, "shift",
         random_const(c, "shift", shape, c->positive ? 0.1 : -0.1, c->positive ? 0.3 : 0.1));
    TRY(add_node(c, first, d));
    for (char *next = nodes; next != NULL;) {
        char *end = node_end(next);
        bool is_last = *end == '\0';
        *end = '\0';
        TRY(add_node(c, trim(next), d));
        next = is_last ? NULL : end + 1;
    }
    c->g->output = NEW(&c->g->arena, TensorId, 1);
    c->g->output[0] = c->known[c->known_count - 1].id;
    c->g->output_count = 1;
    return OK;
}

/* Forward of each sample by the device's kernels. */
static Status compare_eval(Case *c, Trainer *t, const float *x, double *worst, Diag *d)
{
    Graph *g = graph_copy(c->g);
    float *y = NULL;
    int64_t x_count = shape_count(&tensor(g, g->input[0])->shape);
    int64_t y_count = shape_count(&tensor(g, g->output[0])->shape);
    y = malloc((size_t)(SAMPLES * y_count) * sizeof *y);
    (void)trainer_run(t, &(Batch){.count = SAMPLES, .x = x}, y);
    for (int32_t i = 0; i < g->node_count; i++) {
        Node *n = &g->node[i];
        if (op_of(n)->lower != NULL) {
            TRY(op_of(n)->lower(g, n, d));
        } else {
            tensor(g, n->out[0])->alias_of = n->in[0];
        }
    }
    Eval *e = eval_new(g, false);
    double max = 0.0;
    double difference = 0.0;
    for (int32_t s = 0; s < SAMPLES; s++) {
        memcpy(eval_tensor(e, g->input[0]), x + s * x_count, (size_t)x_count * sizeof *x);
        eval_reset(e);
        eval_run(e);
        const float *expected = (const float *)(const void *)eval_tensor(e, g->output[0]);
        for (int64_t i = 0; i < y_count; i++) {
            double gap = fabs((double)expected[i] - (double)y[s * y_count + i]);
            max = fmax(max, fabs((double)expected[i]));
            difference = gap > difference || isnan(gap) ? gap : difference;
        }
    }
    *worst = difference / max;
    eval_free(e);
    graph_free(g);
    free(y);
    return OK;
}

static double slope(Trainer *t, const Batch *b, float *at, float step)
{
    float old = *at;
    *at = old + step;
    double high = trainer_step(t, b, 7, NULL);
    double width = (double)*at;
    *at = old - step;
    double low = trainer_step(t, b, 7, NULL);
    width -= (double)*at;
    *at = old;
    return (high - low) / width;
}

/* The gradient of some elements of each parameter. Elements where a step crosses a corner (two widths
 * give two slopes) are counted, not compared. */
static int32_t compare_gradients(Trainer *t, const Batch *b, double *worst, int32_t *corners)
{
    int32_t compared = 0;
    double max = 0.0;
    float *gradient = malloc((size_t)t->value_count * sizeof *gradient);
    (void)trainer_step(t, b, 7, NULL);
    memcpy(gradient, t->gradient, (size_t)t->value_count * sizeof *gradient);
    for (int64_t i = 0; i < t->value_count; i++) {
        max = fmax(max, fabs((double)gradient[i]));
    }
    for (int32_t p = 0; p < t->param_count; p++) {
        const Param *param = &t->param[p];
        for (int32_t k = 0; k < TRIES && k < param->count && param->kind != PARAM_STATISTIC; k++) {
            int64_t at = param->offset +
                         (param->count <= TRIES ? k : (int64_t)(uniform() * (double)param->count));
            double near = slope(t, b, t->value + at, 0.004f);
            double far = slope(t, b, t->value + at, 0.008f);
            double exact = near + (near - far) / 3.0;
            if (fabs(near - far) > 0.001 * max) {
                (*corners)++;
                continue;
            }
            double gap = fabs(exact - (double)gradient[at]) / max;
            *worst = gap > *worst || isnan(gap) ? gap : *worst;
            compared++;
        }
    }
    free(gradient);
    return compared;
}

/* Targets near the outputs, so that small differences of the loss keep their digits. */
static void make_batch(Case *c, Trainer *t, float *x, float *target)
{
    int64_t x_count = shape_count(&tensor(c->g, c->g->input[0])->shape);
    int64_t y_count = shape_count(&tensor(c->g, c->g->output[0])->shape);
    for (int64_t i = 0; i < SAMPLES * x_count; i++) {
        x[i] = (float)(c->range * (c->positive ? 0.2 + uniform() : 2.0 * uniform() - 1.0));
    }
    (void)trainer_run(t, &(Batch){.count = SAMPLES, .x = x}, target);
    for (int64_t i = 0; i < SAMPLES * y_count; i++) {
        target[i] += (float)(2.0 * uniform() - 1.0);
    }
}

static Status run_case(Case *c, char *input, char *nodes, Diag *d)
{
    Trainer *t = NULL;
    TRY(make_graph(c, input, nodes, d));
    TRY(trainer_new(c->g, &(TrainerOptions){.threads = 1, .shard = SHARD, .max_batch = SAMPLES}, &t,
                    d));
    int64_t x_count = shape_count(&tensor(c->g, c->g->input[0])->shape);
    int64_t y_count = shape_count(&tensor(c->g, c->g->output[0])->shape);
    float *x = malloc((size_t)(SAMPLES * x_count) * sizeof *x);
    float *target = malloc((size_t)(SAMPLES * y_count) * sizeof *target);
    double forward = 0.0;
    double backward = 0.0;
    int32_t corners = 0;
    Status status = OK;
    make_batch(c, t, x, target);
    bool has_kernels = strstr(c->name, "host only") == NULL;
    for (int32_t i = 0; i < c->g->node_count; i++) {
        has_kernels = has_kernels && (op_of(&c->g->node[i])->traits & TRAIT_TRAIN_ONLY) == 0;
    }
    if (has_kernels) {
        status = compare_eval(c, t, x, &forward, d);
    }
    Batch b = {.count = SAMPLES, .x = x, .target = target};
    int32_t compared = compare_gradients(t, &b, &backward, &corners);
    if (status == OK && !(forward <= 1e-5)) {
        status = fail(d, ERR_DIFFERS, "forward differs by %.2g of the largest element", forward);
    }
    if (status == OK && !(backward <= 1e-3)) {
        status = fail(d, ERR_DIFFERS, "backward differs by %.2g of the largest gradient", backward);
    }
    if (status == OK && compared < 4 * corners) {
        status = fail(d, ERR_DIFFERS, "%d elements compared, %d at corners", compared, corners);
    }
    printf("%-44s forward %.1e, backward %.1e, %d elements, %d corners\n", c->name, forward,
           backward, compared, corners);
    trainer_free(t);
    free(x);
    free(target);
    return status;
}

int main(int count, char **args)
{
    char line[2048];
    int32_t passed = 0;
    int32_t failed = 0;
    FILE *f = count > 1 ? fopen(args[1], "r") : NULL;
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *input = strchr(line, '|');
        char *nodes = input != NULL ? strchr(input + 1, '|') : NULL;
        if (line[0] == '#' || nodes == NULL) {
            continue;
        }
        *input = '\0';
        *nodes = '\0';
        Case c = {.name = trim(line)};
        Diag d = {.where = c.name};
        if (count > 2 && strstr(c.name, args[2]) == NULL) {
            continue;
        }
        state = 12345;
        if (run_case(&c, input + 1, nodes + 1, &d) == OK) {
            passed++;
        } else {
            failed++;
            printf("FAIL engine: %s\n", d.text);
        }
        diag_clear(&d);
        graph_free(c.g);
    }
    if (f != NULL) {
        fclose(f);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
