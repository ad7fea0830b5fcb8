/* Floor 6: the command line. One table from which parsing, --help, the man page and completion are
 * made. The only place that prints and exits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_CLI_H
#define SHRINC_CLI_H

#include "driver/driver.h"
#include "driver/explain.h"
#include "driver/settings.h"
#include "driver/target.h"
#include "driver/train.h"

typedef enum OptionId {
    OPT_HELP,
    OPT_JSON,
    OPT_OUT_DIR,
    OPT_NAME,
    OPT_TARGET,
    OPT_OPTIMIZE,
    OPT_ROUNDING,
    OPT_RAM,
    OPT_FLASH,
    OPT_EXPLAIN,
    OPT_FEED,
    OPT_AFTER,
    OPT_INPUT,
    OPT_OUTPUT,
    OPT_REAL,
    OPT_ON,
    OPT_ON_ONE,
    OPT_VECTORS,
    OPT_SEED,
    OPT_INPUTS,
    OPT_EXPECT,
    OPT_SVG,
    OPT_PNG,
    OPT_OUT_FILE,
    OPT_TO,
    OPT_EDGES,
    OPT_CALIBRATION,
    OPT_PERCENTILE,
    OPT_VARIANTS,
    OPT_VARIANTS_DIR,
    OPT_EQUALIZE,
    OPT_BIAS_CORRECTION,
    OPT_ADAROUND,
    OPT_MAX_DROP,
    OPT_WIDTHS,
    OPT_KEEP,
    OPT_ZEROS,
    OPT_MULTIPLE,
    OPT_X,
    OPT_Y,
    OPT_X_LABEL,
    OPT_Y_LABEL,
    OPT_TITLE,
    OPT_LOG,
    OPT_RECIPE,
    OPT_SAMPLES,
    OPT_NOISE,
    OPT_EVENTS,
    OPT_FAULTS,
    OPT_SYNTH,
    OPT_CLIPS,
    OPT_FRAMES,
    OPT_ENERGY,
    OPT_COUNT
} OptionId;

enum { MAX_OPERANDS = 32, MAX_SETTINGS = 128 };

typedef struct OptionDesc {
    const char *name;  /* "ram", also the long flag */
    char letter;       /* short flag or 0 */
    const char *value; /* name of its value, NULL: a switch */
    const char *help;  /* one line */
} OptionDesc;

typedef struct CliArgs {
    const struct Command *command;
    const char *value[OPT_COUNT]; /* NULL: not given; switches: "" */
    const char *setting[MAX_SETTINGS]; /* by index into the verb's settings; likewise */
    const char *operand[MAX_OPERANDS];
    int operand_count;
    const char *line; /* the whole call as typed, for "to see it again" */
} CliArgs;

typedef struct Command {
    const char *name;
    const char *operands; /* "MODEL" or "" */
    int min_operands, max_operands;
    const char *summary;          /* one line */
    const char *about;            /* a paragraph for the man page */
    OptionId options[32];         /* ends with OPT_COUNT */
    int (*run)(const CliArgs *a); /* the exit code */
    const Setting *(*settings)(void); /* more flags, which a recipe may hold too; NULL: none */
} Command;

extern const OptionDesc options[OPT_COUNT];
extern const Command commands[]; /* ends with a NULL name */
/* Its settings; ends with a NULL name. */
const Setting *command_settings(const Command *c);

/* --- main.c */
int exit_code(Status s);
/* Prints the diagnosis' sentence and hints; returns the exit code. */
int report_failure(const CliArgs *a, const Diag *d);
void print_warnings(const Diag *d);
void print_json(json_t *document); /* one document to stdout; takes it over */
bool want_json(const CliArgs *a);

/* --- parse.c */
/* Fills ARGS from the words after the command; prints what is wrong and returns the exit code, 0
 * when fine. */
int args_parse(const Command *c, int argc, char **argv, CliArgs *a);
/* "24k", "0x100", "1M" (k = 1024) to bytes or a count. */
Status args_number(const CliArgs *a, OptionId id, int64_t fallback, int64_t min, int64_t max,
                   int64_t *out, Diag *d) MUST_CHECK;
Status args_real(const CliArgs *a, OptionId id, double fallback, double min, double max, double *out,
                 Diag *d) MUST_CHECK;
/* Index of the value among NAMES (ends with NULL). */
Status args_choose(const CliArgs *a, OptionId id, const char *const *names, int32_t fallback, int32_t *out,
                   Diag *d) MUST_CHECK;
/* The flags that are settings, over what SETTINGS holds. */
Status args_settings(const CliArgs *a, void *settings, Diag *d) MUST_CHECK;
Status args_compile(const CliArgs *a, CompileOptions *o, Diag *d) MUST_CHECK;
/* What verify and profile share; TARGETS: where --on is not given. */
Status args_verify(const CliArgs *a, const char *targets, VerifyOptions *o, Diag *d) MUST_CHECK;
/* Which samples, from the recipe (its texts in ARENA) and, before it, the flags. SHARED, or NULL: whether they say how
 * the samples are shared into parts. */
Status args_samples(const CliArgs *a, Arena *arena, TrainSettings *t, bool *shared, Diag *d) MUST_CHECK;
/* --svg and --png end as they should: to be asked before the work that leads to a picture. */
Status args_pictures(const CliArgs *a, Diag *d) MUST_CHECK;

/* --- progress.c */
/* From here the first SIGINT or SIGTERM sets target_stop, the second one ends the program. */
void stop_on_signals(void);
/* "[2/3] cortex-m4 ..." on a terminal, until cleared; CONTEXT is not used. */
void show_progress(void *context, const char *name, int32_t index, int32_t count);
void clear_progress(void);

/* --- explain.c */
void print_explain(const Explain *x);

/* --- train.c */
/* The classes of M (at most 20): rows are what samples are, columns what was said. Names may be NULL. */
void print_confusion(const Metrics *m, const char *const *class_name, int32_t class_count, const char *title);

/* --- help.c */
void print_help(FILE *f);
void print_command_help(FILE *f, const Command *c);
void print_man(FILE *f);
void print_completion(FILE *f);

/* --- one file per verb */
int cli_info(const CliArgs *a);
int cli_dump(const CliArgs *a);
int cli_compile(const CliArgs *a);
int cli_run(const CliArgs *a);
int cli_stream(const CliArgs *a);
int cli_eval(const CliArgs *a);
int cli_verify(const CliArgs *a);
int cli_profile(const CliArgs *a);
int cli_array(const CliArgs *a);
int cli_quantize(const CliArgs *a);
int cli_prune(const CliArgs *a);
int cli_ops(const CliArgs *a);
int cli_targets(const CliArgs *a);
int cli_compare(const CliArgs *a);
int cli_plot(const CliArgs *a);
int cli_synth(const CliArgs *a);
int cli_data(const CliArgs *a);
int cli_doctor(const CliArgs *a);
int cli_train(const CliArgs *a);
int cli_bridge(const CliArgs *a);
int cli_watch(const CliArgs *a);

#endif
