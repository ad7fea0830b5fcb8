/* QEMU TCG plugin: exact execution counts of the instructions between two marker addresses.
 * Arguments:  begin=ADDR   counting starts when the block at ADDR has run
 * end=ADDR     counting stops when the block at ADDR is entered
 * pause=ADDR   optional: inside a window, notes the count so far and stops counting
 * resume=ADDR  optional: goes on behind the block at ADDR
 * mark=ADDR    optional: ends a part of a window; the block at ADDR itself is not counted
 * out=FILE     where the profile is written
 * * Profile:    START SIZE INSNS EXECS TAKEN   one line per translation block that ran in a window
 * mark N                         count so far in its window, one line per pause
 * window N                       instructions of one window, in order
 * windows W total N              the last line
 * With mark, before all others and part by part:
 * in START SIZE INSNS EXECS TAKEN   one line per block that ran in this part
 * part N                            ends a part: count so far in its window
 * end N                             ends a window's last part: the window's count
 * * TAKEN says how often a block was followed by one that does not start at its end: how often its
 * last instruction really branched. A block always runs whole (exceptions end blocks), so the sum of
 * INSNS * EXECS is exact. Instructions skipped inside an Arm IT block count as executed.
 * The prototypes are written out, so no QEMU header is needed; they are the same in the plugin
 * interface versions 1 (QEMU 6.0 to 8.2) and 2 and later (QEMU 9.0 on).
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*TranslateCallback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*ExecuteCallback)(unsigned int, void *);
typedef void (*ExitCallback)(qemu_plugin_id_t, void *);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, TranslateCallback);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, ExecuteCallback, int,
                                                 void *);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, ExitCallback, void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);

/* Only QEMU 9.0 and later export this one: they refuse version 1, earlier ones refuse 2. */
extern void *qemu_plugin_scoreboard_new(size_t) __attribute__((weak));
EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = 1;

__attribute__((constructor)) static void choose_version(void)
{
    if (qemu_plugin_scoreboard_new != NULL) {
        qemu_plugin_version = 2;
    }
}

typedef struct Block {
    struct Block *next;
    uint64_t start, end, insns, execs, taken;
    uint64_t told_execs, told_taken; /* as of the last part */
} Block;

typedef struct List {
    uint64_t *value;
    size_t count, capacity;
} List;

static const uint64_t no_address = 1; /* odd: no block starts there */
static uint64_t begin_at, end_at, pause_at, resume_at, mark_at;
static Block *all;
static Block *previous;
static bool inside;   /* a window is open */
static bool counting; /* and not paused */
static uint64_t so_far; /* instructions of the open window */
static List marks;
static List windows;
static const char *out_path;
static FILE *out_file; /* open as soon as there is something to write */

static void append(List *list, uint64_t value)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 256;
        list->value = realloc(list->value, list->capacity * sizeof *list->value);
        if (list->value == NULL) {
            abort();
        }
    }
    list->value[list->count++] = value;
}

static void note_branch(const Block *block)
{
    if (previous != NULL && block->start != previous->end) {
        previous->taken++;
    }
    previous = NULL;
}

/* What ran since the last part of this window. */
static void end_part(const char *kind)
{
    if (out_file == NULL && out_path != NULL) {
        out_file = fopen(out_path, "w");
    }
    for (Block *block = all; block != NULL && out_file != NULL; block = block->next) {
        if (block->execs != block->told_execs) {
            fprintf(out_file, "in %llx %llu %llu %llu %llu\n", (unsigned long long)block->start,
                    (unsigned long long)(block->end - block->start),
                    (unsigned long long)block->insns,
                    (unsigned long long)(block->execs - block->told_execs),
                    (unsigned long long)(block->taken - block->told_taken));
        }
        block->told_execs = block->execs;
        block->told_taken = block->taken;
    }
    if (out_file != NULL) {
        fprintf(out_file, "%s %llu\n", kind, (unsigned long long)so_far);
    }
}

/* Outside a window only the begin marker matters. */
static void on_marker(unsigned int cpu, void *data)
{
    const Block *block = data;

    (void)cpu;
    if (block->start == begin_at) {
        inside = counting = true;
        so_far = 0;
        previous = NULL;
    } else if (inside && block->start == end_at) {
        note_branch(block);
        append(&windows, so_far);
        if (mark_at != no_address) {
            end_part("end");
        }
        inside = counting = false;
    } else if (inside && block->start == mark_at) {
        note_branch(block);
        end_part("part");
    } else if (inside && block->start == pause_at) {
        note_branch(block);
        append(&marks, so_far);
        counting = false;
    } else if (inside && block->start == resume_at) {
        counting = true;
    }
}

static void on_execute(unsigned int cpu, void *data)
{
    Block *block = data;

    (void)cpu;
    if (counting) {
        note_branch(block);
        block->execs++;
        so_far += block->insns;
        previous = block;
    }
}

static bool is_marker(const Block *block)
{
    return block->start == begin_at || block->start == end_at || block->start == pause_at ||
           block->start == resume_at || block->start == mark_at;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t insns = qemu_plugin_tb_n_insns(tb);
    const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, insns - 1);
    Block *block = calloc(1, sizeof *block);

    (void)id;
    if (block == NULL) {
        abort();
    }
    block->start = qemu_plugin_tb_vaddr(tb);
    block->end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
    block->insns = insns;
    block->next = all;
    all = block;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, is_marker(block) ? on_marker : on_execute, 0, block);
}

static void on_exit_write(qemu_plugin_id_t id, void *data)
{
    FILE *file = out_file == NULL && out_path != NULL ? fopen(out_path, "w") : out_file;
    uint64_t total = 0;

    (void)id;
    (void)data;
    if (file == NULL) {
        return;
    }
    for (const Block *block = all; block != NULL; block = block->next) {
        total += block->execs * block->insns;
        if (block->execs != 0) {
            fprintf(file, "%llx %llu %llu %llu %llu\n", (unsigned long long)block->start,
                    (unsigned long long)(block->end - block->start),
                    (unsigned long long)block->insns, (unsigned long long)block->execs,
                    (unsigned long long)block->taken);
        }
    }
    for (size_t i = 0; i < marks.count; i++) {
        fprintf(file, "mark %llu\n", (unsigned long long)marks.value[i]);
    }
    for (size_t i = 0; i < windows.count; i++) {
        fprintf(file, "window %llu\n", (unsigned long long)windows.value[i]);
    }
    fprintf(file, "windows %llu total %llu\n", (unsigned long long)windows.count,
            (unsigned long long)total);
    fclose(file);
}

static bool read_address(const char *argument, const char *name, uint64_t *address)
{
    const size_t length = strlen(name);

    if (strncmp(argument, name, length) != 0) {
        return false;
    }
    *address = strtoull(argument + length, NULL, 0);
    return true;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
                               char **argv);
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    begin_at = end_at = pause_at = resume_at = mark_at = no_address;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            out_path = strdup(argv[i] + 4);
        } else if (!read_address(argv[i], "begin=", &begin_at) &&
                   !read_address(argv[i], "end=", &end_at) &&
                   !read_address(argv[i], "pause=", &pause_at) &&
                   !read_address(argv[i], "resume=", &resume_at) &&
                   !read_address(argv[i], "mark=", &mark_at)) {
            fprintf(stderr, "count plugin: unknown argument %s\n", argv[i]);
            return -1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
    return 0;
}
