/* Targets: build an image from C files, run it on the host or an emulated chip, measure it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_TARGET_H
#define SHRINC_DRIVER_TARGET_H

#include "base/base.h"

#include <signal.h>

/* --- target.c: which targets there are (targets/NAME/target.ini) ------------------------------ */

typedef enum TargetKind {
    TARGET_NATIVE,   /* an ordinary program of this machine */
    TARGET_SEMIHOST, /* a board of QEMU's, files by semihosting, instructions counted */
    TARGET_SIMAVR    /* a chip of simavr's, cycles counted */
} TargetKind;

typedef struct TargetRegion {
    int64_t start;
    int64_t bytes;
} TargetRegion;

/* Word lists are separated by spaces; a key that the file lacks is "". */
typedef struct TargetInfo {
    const char *name;        /* the folder's name, as in --on cortex-m4 */
    const char *description; /* "Cortex-M4F (mps2-an386)" */
    TargetKind kind;
    const char *compiler, *compiler_package;
    const char *library, *library_package; /* a file that the compiler must find */
    const char *emulator, *emulator_package;
    const char *machine; /* the emulator's flags */
    const char *cpu;     /* the compiler's flags for the core, also given when linking */
    const char *files;   /* the harness's files besides the common ones, below targets/ */
    const char *link;    /* flags for linking only */
    const char *script;  /* the linker script, below targets/; "" on the host */
    const char *sanitize, *sanitize_package;
    TargetRegion vectors, code, ram; /* vectors.bytes is 0 where code holds them */
    int64_t stack_bytes;             /* at the end of ram; 0: all that is left */
    int64_t window_overhead;         /* instructions or cycles of the harness in the window */
    int64_t plain_kernels;           /* 1: the loops over packed weights cost more than plain ones (8-bit cores) */
    int64_t max_files;               /* open files that the emulator may have; 0: no limit */
} TargetInfo;

int target_count(void);
const TargetInfo *target_info(int index);         /* sorted by name; NULL past the end */
const TargetInfo *target_find(const char *name);  /* NULL if there is none */

/* True if a program or library that T needs is not installed; then TOOL says which, and PACKAGE
 * which package of Debian's has it. Looks along PATH and asks the compiler for its library. */
bool target_missing(const TargetInfo *t, const char **tool, const char **package);
/* The same for compiler and library alone, for what is built and not run. */
bool target_missing_compiler(const TargetInfo *t, const char **tool, const char **package);
/* The same as target_missing as a status: ERR_TOOL and a sentence that names the package. */
Status target_require(const TargetInfo *t, Diag *d) MUST_CHECK;

/* --- target_run.c: one model on one target ---------------------------------------------------- */

typedef struct TargetJob {
    const char *target;
    const char *const *sources; /* .c and .S files of the model */
    int source_count;
    const char *include_dir;    /* holds model_io.h and the model's headers */
    const char *include_dir2;   /* one more folder to look in, or NULL */
    const char *opt;            /* "-O2", "-Os"; several flags separated by spaces; NULL: -O2 */
    bool sanitize;              /* host targets: stop at undefined behaviour and bad addresses */
    bool trace;                 /* define HARNESS_TRACE: records of layers, see targets/README.md */
    const char *input_path;     /* all runs' inputs, one after another */
    const char *output_path;    /* written: all runs' outputs, one after another */
    const char *profile_path;   /* written where counted: the plugin's raw profile; or NULL */
    const char *image_path;     /* written: the image itself; or NULL */
    const char *work_dir;       /* where a temporary folder is made; NULL: TMPDIR or /tmp */
    int timeout_seconds;        /* for each program; 0: 120 for compilers, 600 for the run */
} TargetJob;

/* What was not measured is -1. Sizes are the image's minus those of an image without a model. */
typedef struct TargetResult {
    int64_t runs;
    int64_t instructions; /* the most that one run took; exact */
    int64_t cycles;       /* the most that one run took; AVR */
    int64_t stack_bytes;  /* the deepest that a run went below the harness's frame */
    int64_t text_bytes, rodata_bytes, data_bytes, bss_bytes;
    char flags[256];      /* compiler and flags of the model's files */
} TargetResult;

/* Builds, runs and measures. ERR_TOOL: something is missing, does not compile or did not end;
 * ERR_LIMIT: the model does not fit the target's memory or stack; ERR_INPUT: the input is no whole
 * number of runs; ERR_DIFFERS: the model raised a fault or a sanitizer stopped it. */
Status target_run(const TargetJob *job, TargetResult *result, Diag *d) MUST_CHECK;

/* Set by a signal handler to stop what runs: target_run then cleans up and returns ERR_TOOL. */
extern volatile sig_atomic_t target_stop;

/* --- target_process.c: programs without a shell ----------------------------------------------- */

/* A growing, NULL-terminated list of words. */
typedef struct Args {
    Arena *arena;
    const char **word;
    int count, capacity;
} Args;

void args_add(Args *a, const char *word);
void args_words(Args *a, const char *words); /* splits at spaces */

typedef struct Process {
    const char *dir; /* where it works */
    const char *log; /* output and errors, a path relative to DIR */
    int timeout_seconds;
    int64_t max_files; /* 0: no limit of its own */
} Process;

/* Runs A. *EXIT_CODE is 128 plus the signal if one ended it. ERR_TOOL: could not be started, timed
 * out or was stopped. */
Status process_run(const Args *a, const Process *p, int *exit_code, Diag *d) MUST_CHECK;
/* The path of a program found along PATH, or NULL. */
const char *process_find(Arena *a, const char *program);
/* Makes a folder of a unique name in DIR (NULL: TMPDIR or /tmp); the path lives in A. */
Status temp_dir_make(Arena *a, const char *dir, const char **path, Diag *d) MUST_CHECK;
void temp_dir_remove(const char *path);

/* Compiler and flags of the model's own files, without those that say where files are. */
void target_model_flags(Args *args, const TargetInfo *t, const char *opt, bool sanitize);

/* True if a compiler or linker says in LOG that memory or addresses ran out. */
bool target_says_too_large(const char *log);

/* --- target_elf.c: 32-bit little-endian images ------------------------------------------------ */

typedef struct ElfSizes {
    int64_t text, rodata, data, bss; /* rodata includes .ARM.ex* */
} ElfSizes;

Status elf_sizes(Span image, ElfSizes *sizes, Diag *d) MUST_CHECK;
/* The value of a symbol; false if the image has none of that name. */
bool elf_symbol(Span image, const char *name, uint32_t *value);
/* The header's e_machine and e_flags; 0 and 0 if the image is no such file. */
void elf_machine(Span image, uint32_t *machine, uint32_t *flags);

/* --- target_count.c: the counting plugin and what emulators wrote ----------------------------- */

/* The plugin's path: $SHRINC_PLUGIN, or the cache folder's, or compiled in WORK (and then kept). */
Status plugin_path(Arena *a, const char *work, const char **path, Diag *d) MUST_CHECK;
/* The most instructions of one window; -1 if PROFILE holds no window. */
int64_t profile_window_max(Span profile);
/* The most cycles between the marks 1 and 2 of simavr's trace; -1 if there are none. */
int64_t vcd_window_max(Span vcd);
/* The value behind "NAME " at the start of a line of the harness's report, or -1. */
int64_t report_value(Span report, const char *name);
/* Splits what a simavr image printed into output bytes and a report ("name value" lines). */
Status avr_log_split(Arena *a, Span log, Span *output, Span *report, Diag *d) MUST_CHECK;

#endif
