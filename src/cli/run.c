/* run: the model on this machine.
 * SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

static void print_outputs(const Graph *g, bool real, const uint8_t *out, int64_t runs)
{
    for (int64_t r = 0; r < runs; r++) {
        const char *separator = "";
        for (int32_t i = 0; i < g->output_count; i++) {
            const Tensor *t = tensor(g, g->output[i]);
            for (int64_t k = 0; k < shape_count(&t->shape); k++) {
                double v = element_value(t->type, out, k);
                if (real && t->q.count == 1) {
                    v = (v - t->q.zero[0]) * (double)t->q.scale[0];
                }
                printf("%s%.9g", separator, v);
                separator = ",";
            }
            out += tensor_bytes(t);
        }
        printf("\n");
    }
}

int cli_run(const CliArgs *a)
{
    Session s = {0};
    CompileOptions o;
    bool real = a->value[OPT_REAL] != NULL;
    uint8_t *inputs = NULL;
    uint8_t *outputs = NULL;
    int64_t runs = 0;
    Status status = args_compile(a, &o, &s.diag);
    if (status == OK && a->value[OPT_INPUT] == NULL) {
        status = fail(&s.diag, ERR_USAGE, "run needs inputs: --input FILE (.npy, .csv or .bin)");
    }
    if (status == OK) {
        status = session_open(&s, a->operand[0]);
    }
    if (status == OK) {
        status = pipeline_run(&s, o.rounding, NULL);
    }
    if (status == OK) {
        s.diag.where = NULL; /* from here the sentences are about the data files */
        status = samples_read(&s.arena, s.g, a->value[OPT_INPUT], real, &inputs, &runs, &s.diag);
    }
    if (status == OK) {
        outputs = NEW(&s.arena, uint8_t, runs * graph_output_bytes(s.g) + 1);
        rehearse(s.g, true, inputs, runs, outputs);
        if (a->value[OPT_OUTPUT] != NULL) {
            status = samples_write(s.g, a->value[OPT_OUTPUT], real, outputs, runs, &s.diag);
        }
    }
    int code = 0;
    if (status != OK) {
        code = report_failure(a, &s.diag);
    } else {
        print_warnings(&s.diag);
        if (want_json(a)) {
            print_json(json_pack("{s:s, s:s, s:I, s:I, s:I}", "schema", "shrinc/run/1", "model", s.file_name, "runs",
                                 (json_int_t)runs, "input_bytes", (json_int_t)graph_input_bytes(s.g), "output_bytes",
                                 (json_int_t)graph_output_bytes(s.g)));
        } else if (a->value[OPT_OUTPUT] == NULL) {
            print_outputs(s.g, real, outputs, runs);
        }
    }
    session_close(&s);
    return code;
}
