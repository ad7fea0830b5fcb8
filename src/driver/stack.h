/* How deep the stack can get: a bound proven from the machine code that a target's compiler makes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_DRIVER_STACK_H
#define SHRINC_DRIVER_STACK_H

#include "driver/target.h"
#include "ir/ir.h"

/* --- stack.c ----------------------------------------------------------------------------------- */

typedef struct StackJob {
    const char *target;
    const char *name; /* the model's prefix: DIR holds NAME.c, NAME.h and the rest */
    const char *dir;
    const char *opt;  /* "-O2", "-Os" */
    const Graph *g;   /* for the parameters of NAME_run */
} StackJob;

typedef struct StackBound {
    int64_t bytes;      /* most that NAME_run, NAME_invoke or NAME_reset takes, its return address
                         * included where a call pushes one; 0: not known */
    int64_t code_bytes; /* of the linked model and its library functions, weights included */
    int64_t data_bytes; /* of it, what also takes RAM */
    const char *how;    /* compiler, version, flags */
    const char *path;   /* the deepest chain of calls with each one's depth at the call */
    const char *note;   /* why BYTES is not known, "" if it is */
} StackBound;

/* Compiles the emitted files for the target, links them with its library, and walks the machine
 * code of all that can be called. Interrupts are not counted. Not known (OK with a note): the
 * target is native or its compiler is missing. ERR_LIMIT: the model does not fit the target.
 * ERR_TOOL: recursion, a frame of no fixed size, a call through a pointer, or an instruction that
 * is not understood; also if the compiler's own figures (-fstack-usage) say more. Text lives in A. */
Status stack_bound(Arena *a, const StackJob *job, StackBound *bound, Diag *d) MUST_CHECK;

/* --- stack_code.c: machine code as objdump prints it ------------------------------------------- */

typedef enum Isa { ISA_ARM, ISA_RISCV, ISA_AVR } Isa;

typedef struct Insn {
    uint32_t address;
    const char *mnemonic; /* "push", "beq.n"; ".word" and the like for data */
    const char *operands;
    int32_t symbol;       /* index of the symbol it stands below */
} Insn;

typedef struct CodeSymbol {
    const char *name;
    int32_t first, count; /* instructions */
} CodeSymbol;

typedef struct Code {
    Isa isa;
    int32_t return_bytes; /* what a call itself pushes */
    Insn *insn;           /* sorted by address */
    int32_t insn_count;
    CodeSymbol *symbol;
    int32_t symbol_count;
} Code;

/* Takes TEXT apart in place: what `objdump -d --no-show-raw-insn` printed. */
Status code_parse(Arena *a, Isa isa, int32_t return_bytes, char *text, Code *code, Diag *d) MUST_CHECK;
/* Disassembles "image.elf" in DIR, a folder to work in, with the target's objdump (stack.c). */
Status code_disassemble(Arena *a, const TargetInfo *target, const char *dir, Code *code, Diag *d) MUST_CHECK;
int32_t code_at(const Code *code, uint32_t address); /* index or -1 */
int32_t code_symbol(const Code *code, const char *name); /* index or -1 */

typedef struct CodeDepth {
    int64_t bytes;    /* below the stack pointer at entry, callees included */
    int64_t own;      /* callees not included */
    const char *path; /* "f (24) > g (8)" */
} CodeDepth;

/* The depths of function SYMBOL and of all that it can call. WALK keeps what is known of others. */
typedef struct CodeWalk CodeWalk;
CodeWalk *code_walk_new(Arena *a, const Code *code);
Status code_depth(CodeWalk *w, int32_t symbol, CodeDepth *depth, Diag *d) MUST_CHECK;

/* --- stack_isa.c: what one instruction does to the stack and where it leads -------------------- */

typedef enum Flow {
    FLOW_NEXT,
    FLOW_BRANCH, /* to TARGET or on */
    FLOW_JUMP,   /* to TARGET */
    FLOW_SKIP,   /* on, or over the next instruction */
    FLOW_CALL,   /* TARGET, then on */
    FLOW_SWITCH, /* to places of the same function; TARGET: a helper that is called for it, or 0 */
    FLOW_RETURN,
    FLOW_END     /* traps: leads nowhere */
} Flow;

typedef struct Effect {
    Flow flow;
    uint32_t target;
    int64_t change;      /* bytes that the stack grows by; negative: shrinks */
    const char *problem; /* NULL, or what cannot be bounded: "calls through a pointer" */
} Effect;

Effect isa_effect(const Code *code, int32_t index);

#endif
