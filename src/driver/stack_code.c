/* Machine code as objdump prints it, and the walk through it: every instruction that a function can
 * reach with the deepest stack it can be reached with.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stack.h"

#include <stdlib.h>

/* A stack that grows beyond this by going round a loop has no bound. */
enum { DEPTH_LIMIT = 1 << 24 };

typedef struct Function {
    CodeDepth depth;
    bool is_known, is_open; /* open: being walked, so that reaching it again is recursion */
} Function;

struct CodeWalk {
    Arena *arena;
    const Code *code;
    Function *function; /* by first instruction */
};

/* --- parsing --- */

static void count_lines(const char *text, int32_t *lines)
{
    *lines = 1;
    for (const char *p = text; *p != '\0'; p++) {
        *lines += *p == '\n';
    }
}

/* "00001000 <name>:" */
static bool parse_symbol(char *line, const char **name)
{
    char *open = strstr(line, " <");
    size_t bytes = strlen(line);
    if (line[0] == ' ' || open == NULL || bytes < 2 || strcmp(line + bytes - 2, ">:") != 0) {
        return false;
    }
    line[bytes - 2] = '\0';
    *name = open + 2;
    return true;
}

/* "    1092:\tldr\tr3, [pc, #432]" */
static bool parse_insn(char *line, Insn *insn)
{
    char *end = NULL;
    unsigned long address = strtoul(line, &end, 16);
    if (end == line || end[0] != ':' || end[1] != '\t') {
        return false;
    }
    char *tab = strchr(end + 2, '\t');
    *insn = (Insn){.address = (uint32_t)address, .mnemonic = end + 2, .operands = ""};
    if (tab != NULL) {
        *tab = '\0';
        insn->operands = tab + 1;
    }
    char *space = strchr(end + 2, ' '); /* objdump pads a mnemonic without operands */
    if (space != NULL && tab == NULL) {
        *space = '\0';
    }
    return true;
}

Status code_parse(Arena *a, Isa isa, int32_t return_bytes, char *text, Code *code, Diag *d)
{
    int32_t lines = 0;
    count_lines(text, &lines);
    *code = (Code){.isa = isa,
                   .return_bytes = return_bytes,
                   .insn = NEW(a, Insn, lines),
                   .symbol = NEW(a, CodeSymbol, lines)};
    for (char *line = text; line != NULL;) {
        char *newline = strchr(line, '\n');
        if (newline != NULL) {
            *newline = '\0';
        }
        const char *name = NULL;
        if (parse_symbol(line, &name)) {
            code->symbol[code->symbol_count++] = (CodeSymbol){name, code->insn_count, 0};
        } else if (code->symbol_count > 0 && parse_insn(line, &code->insn[code->insn_count])) {
            Insn *insn = &code->insn[code->insn_count];
            insn->symbol = code->symbol_count - 1;
            if (code->insn_count > 0 && insn[-1].address >= insn->address) {
                return fail(d, ERR_TOOL, "the disassembly goes back from 0x%x to 0x%x",
                            (unsigned)insn[-1].address, (unsigned)insn->address);
            }
            code->symbol[insn->symbol].count++;
            code->insn_count++;
        }
        line = newline != NULL ? newline + 1 : NULL;
    }
    return code->insn_count > 0 ? OK : fail(d, ERR_TOOL, "the disassembly holds no instruction");
}

int32_t code_at(const Code *code, uint32_t address)
{
    int32_t low = 0, high = code->insn_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (code->insn[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < code->insn_count && code->insn[low].address == address ? low : -1;
}

int32_t code_symbol(const Code *code, const char *name)
{
    for (int32_t i = 0; i < code->symbol_count; i++) {
        if (code->symbol[i].count > 0 && strcmp(code->symbol[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* --- the walk --- */

/* One function being walked: how deep the stack is where each instruction begins, -1: not reached. */
typedef struct Frame {
    CodeWalk *walk;
    int32_t entry;
    int32_t *depth;
    int32_t *todo; /* ring of instructions whose depth has grown */
    bool *is_todo;
    int32_t todo_first, todo_count;
} Frame;

static const char *name_at(const Code *code, int32_t index)
{
    return code->symbol[code->insn[index].symbol].name;
}

static Status stuck(const Code *code, int32_t index, const char *what, Diag *d)
{
    const Insn *insn = &code->insn[index];
    return fail(d, ERR_TOOL, "the stack of %s has no bound: at 0x%x (%s %s) it %s", name_at(code, index),
                (unsigned)insn->address, insn->mnemonic, insn->operands, what);
}

static Status reach(Frame *f, int32_t from, int32_t index, int64_t depth, Diag *d)
{
    const Code *code = f->walk->code;
    if (index < 0 || index >= code->insn_count) {
        return stuck(code, from, "leads to where no code is", d);
    }
    if (depth < 0 || depth > DEPTH_LIMIT) {
        return stuck(code, from, depth < 0 ? "gives back more than it took" : "grows in a loop", d);
    }
    if (depth > f->depth[index]) {
        f->depth[index] = (int32_t)depth;
        if (!f->is_todo[index]) {
            f->is_todo[index] = true;
            f->todo[(f->todo_first + f->todo_count++) % code->insn_count] = index;
        }
    }
    return OK;
}

/* A jump by table leads to places of its own function: each instruction of it that nothing else
 * reaches counts as one, so none is missed. Padding does not: it changes nothing, and what follows
 * it counts itself. */
static Status reach_all(Frame *f, int32_t from, int64_t depth, Diag *d)
{
    const Code *code = f->walk->code;
    const CodeSymbol *s = &code->symbol[code->insn[from].symbol];
    for (int32_t i = s->first; i < s->first + s->count; i++) {
        const char *m = code->insn[i].mnemonic;
        if (m[0] != '.' && strncmp(m, "nop", 3) != 0 && f->depth[i] < 0) {
            TRY(reach(f, from, i, depth, d));
        }
    }
    return OK;
}

static Status step(Frame *f, int32_t index, Diag *d)
{
    const Code *code = f->walk->code;
    Effect e = isa_effect(code, index);
    int64_t depth = f->depth[index] + e.change;
    if (e.problem != NULL) {
        return stuck(code, index, e.problem, d);
    }
    switch (e.flow) {
    case FLOW_JUMP: return reach(f, index, code_at(code, e.target), depth, d);
    case FLOW_BRANCH: TRY(reach(f, index, code_at(code, e.target), depth, d)); break;
    case FLOW_SKIP: TRY(reach(f, index, index + 2, depth, d)); break;
    case FLOW_SWITCH: /* last of all: what is reached otherwise has its depth by then */
    case FLOW_RETURN:
    case FLOW_END: return OK;
    case FLOW_NEXT:
    case FLOW_CALL: break;
    }
    return reach(f, index, index + 1, depth, d);
}

static Status spread(Frame *f, Diag *d)
{
    const Code *code = f->walk->code;
    while (f->todo_count > 0) {
        int32_t index = f->todo[f->todo_first];
        f->todo_first = (f->todo_first + 1) % code->insn_count;
        f->todo_count--;
        f->is_todo[index] = false;
        TRY(step(f, index, d));
    }
    return OK;
}

static Status spread_switches(Frame *f, Diag *d)
{
    const Code *code = f->walk->code;
    TRY(spread(f, d));
    for (int32_t i = 0; i < code->insn_count; i++) {
        if (f->depth[i] < 0) {
            continue;
        }
        Effect e = isa_effect(code, i);
        if (e.flow == FLOW_SWITCH) {
            TRY(reach_all(f, i, f->depth[i] + e.change, d));
            TRY(spread(f, d));
        }
    }
    return OK;
}

static Status walk_from(CodeWalk *w, int32_t entry, Function **out, Diag *d);

/* The deepest of all reached instructions, calls with what they call. */
static Status add_up(Frame *f, Function *fn, Diag *d)
{
    const Code *code = f->walk->code;
    const char *name = name_at(code, f->entry);
    for (int32_t i = 0; i < code->insn_count; i++) {
        if (f->depth[i] < 0) {
            continue;
        }
        Effect e = isa_effect(code, i);
        int64_t here = f->depth[i] + (e.change > 0 ? e.change : 0);
        if (here > fn->depth.own) {
            fn->depth.own = here;
        }
        if (here > fn->depth.bytes || fn->depth.path == NULL) {
            fn->depth.bytes = here;
            fn->depth.path = arena_printf(f->walk->arena, "%s (%jd)", name, (intmax_t)here);
        }
        if (e.flow == FLOW_CALL || (e.flow == FLOW_SWITCH && e.target != 0)) {
            Function *callee = NULL;
            TRY(walk_from(f->walk, code_at(code, e.target), &callee, d));
            int64_t at_call = f->depth[i] + code->return_bytes;
            if (at_call + callee->depth.bytes > fn->depth.bytes) {
                fn->depth.bytes = at_call + callee->depth.bytes;
                fn->depth.path = arena_printf(f->walk->arena, "%s (%jd) > %s", name,
                                              (intmax_t)at_call, callee->depth.path);
            }
        }
    }
    return OK;
}

static Status walk_from(CodeWalk *w, int32_t entry, Function **out, Diag *d)
{
    const Code *code = w->code;
    if (entry < 0) {
        return fail(d, ERR_TOOL, "the stack has no bound: a call leads to where no code is");
    }
    Function *fn = &w->function[entry];
    *out = fn;
    if (fn->is_known) {
        return OK;
    }
    if (fn->is_open) {
        return fail(d, ERR_TOOL, "the stack of %s has no bound: it calls itself", name_at(code, entry));
    }
    fn->is_open = true;
    size_t count = (size_t)code->insn_count;
    Arena scratch = {0};
    Frame f = {.walk = w,
               .entry = entry,
               .depth = NEW(&scratch, int32_t, count),
               .todo = NEW(&scratch, int32_t, count),
               .is_todo = NEW(&scratch, bool, count)};
    memset(f.depth, 0xFF, count * sizeof *f.depth);
    Status s = reach(&f, entry, entry, 0, d);
    s = s == OK ? spread_switches(&f, d) : s;
    s = s == OK ? add_up(&f, fn, d) : s;
    arena_free(&scratch);
    fn->is_open = false;
    fn->is_known = s == OK;
    return s;
}

CodeWalk *code_walk_new(Arena *a, const Code *code)
{
    CodeWalk *w = NEW(a, CodeWalk, 1);
    *w = (CodeWalk){a, code, NEW(a, Function, code->insn_count)};
    return w;
}

Status code_depth(CodeWalk *w, int32_t symbol, CodeDepth *depth, Diag *d)
{
    Function *fn = NULL;
    TRY(walk_from(w, w->code->symbol[symbol].first, &fn, d));
    *depth = fn->depth;
    return OK;
}
