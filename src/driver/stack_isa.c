/* What instructions of Thumb, RISC-V and AVR do to the stack pointer, from objdump's text. What is
 * not known to leave it alone and writes it is a problem, never a guess.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/stack.h"

#include <stdlib.h>

static const char DYNAMIC[] = "sets the stack pointer to what is not known here";
static const char POINTER[] = "calls through a pointer";

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The address in front of the last "<symbol>": "lr, 12a4 <f+0x3c>", "; 0x18d0 <g>". */
static bool find_target(const char *operands, uint32_t *target)
{
    const char *at = strrchr(operands, '<');
    if (at == NULL) {
        return false;
    }
    while (at > operands && at[-1] == ' ') {
        at--;
    }
    const char *end = at;
    while (at > operands && strchr("0123456789abcdef", at[-1]) != NULL) {
        at--;
    }
    *target = (uint32_t)strtoul(at, NULL, 16);
    return at < end;
}

/* The symbol that the operands name, with what follows: "f+0x3c>". */
static const char *target_name(const char *operands)
{
    const char *at = strrchr(operands, '<');
    return at != NULL ? at + 1 : "";
}

/* The number behind the last MARK ('#' or ','): decimal or hexadecimal. */
static bool last_number(const char *operands, char mark, int64_t *value)
{
    const char *at = strrchr(operands, mark);
    char *end = NULL;
    if (at == NULL) {
        return false;
    }
    *value = strtoll(at + 1, &end, 0);
    return end != at + 1;
}

static Effect jump(Flow flow, const char *operands)
{
    Effect e = {.flow = flow};
    if (!find_target(operands, &e.target)) {
        e.problem = "leads to a place that is not known";
    }
    return e;
}

/* --- Thumb (ARMv6-M to ARMv8.1-M) --- */

static const char *const conditions[] = {"eq", "ne", "cs", "cc", "hs", "lo", "mi", "pl", "vs",
                                         "vc", "hi", "ls", "ge", "lt", "gt", "le"};

/* MNEMONIC is BASE, perhaps with a condition; ".n" and ".w" are gone. */
static bool is_arm(const char *mnemonic, const char *base, bool *has_condition)
{
    size_t bytes = strlen(base);
    if (strncmp(mnemonic, base, bytes) != 0) {
        return false;
    }
    *has_condition = mnemonic[bytes] != '\0';
    return !*has_condition || is_one_of(mnemonic + bytes, conditions, COUNT(conditions));
}

/* Bytes of "{r4, r5, lr}" or "{d8-d11}"; HAS_PC: pc is among them. */
static int64_t arm_list_bytes(const char *operands, bool *has_pc)
{
    const char *at = strchr(operands, '{');
    int64_t bytes = 0;
    *has_pc = false;
    while (at != NULL && *at != '}' && *at != '\0') {
        at += strspn(at, "{, ");
        int64_t each = *at == 'd' ? 8 : *at == 'q' ? 16 : 4;
        int64_t many = 1;
        *has_pc = *has_pc || starts(at, "pc");
        size_t length = strcspn(at, ",-}");
        if (at[length] == '-') {
            many = strtoll(at + length + 2, NULL, 10) - strtoll(at + 1, NULL, 10) + 1;
            length += strcspn(at + length, ",}");
        }
        bytes += each * many;
        at += length;
    }
    return bytes;
}

/* The constant in REG just before INDEX, by the straight line of instructions that made it. */
static bool arm_constant(const Code *code, int32_t index, const char *reg, int32_t patience,
                         int64_t *value)
{
    size_t bytes = strlen(reg);
    int32_t first = code->symbol[code->insn[index].symbol].first;
    for (int32_t i = index - 1; i >= first && patience > 0; i--, patience--) {
        const char *m = code->insn[i].mnemonic, *o = code->insn[i].operands;
        if (m[0] == 'b' || strncmp(o, reg, bytes) != 0 || o[bytes] != ',' || starts(m, "str") ||
            starts(m, "cmp")) {
            if (m[0] == 'b' && !starts(m, "bic")) {
                return false;
            }
            continue;
        }
        uint32_t address = 0;
        if (starts(m, "ldr") && strstr(o, "[pc") != NULL && find_target(o, &address)) {
            int32_t at = code_at(code, address);
            if (at < 0 || strcmp(code->insn[at].mnemonic, ".word") != 0) {
                return false;
            }
            *value = (int32_t)(uint32_t)strtoul(code->insn[at].operands, NULL, 16);
            return true;
        }
        if ((starts(m, "mov") || starts(m, "lsls")) && last_number(o, '#', value)) {
            int64_t shift = *value;
            return starts(m, "mov") || (arm_constant(code, i, reg, patience, value) &&
                                        (*value = *value << shift) < INT32_MAX);
        }
        if (starts(m, "negs") || starts(m, "rsbs")) {
            bool known = arm_constant(code, i, reg, patience, value);
            *value = -*value;
            return known;
        }
        return false;
    }
    return false;
}

/* "sp, #8", "sp, sp, #8", "sp, r4", "sp, sp, r4": what is added or taken away. */
static Effect arm_move_sp(const Code *code, int32_t index, int64_t sign)
{
    const char *o = code->insn[index].operands;
    Effect e = {.flow = FLOW_NEXT};
    int64_t value = 0;
    const char *last = strrchr(o, ',');
    char reg[8] = "";
    const char *comment = strchr(o, '@');
    char plain[64] = "";
    (void)snprintf(plain, sizeof plain, "%.*s", (int)(comment != NULL ? comment - o : 63), o);
    if (last_number(plain, '#', &value)) {
        e.change = sign * value;
        return e;
    }
    (void)snprintf(reg, sizeof reg, "%.*s", (int)strcspn(last + 2, " \t"), last + 2);
    if (!starts(o, "sp") || !arm_constant(code, index, reg, 12, &value)) {
        e.problem = DYNAMIC;
    }
    e.change = sign * value;
    return e;
}

/* Pushes, pops, and stores and loads that move sp. False: none of these. */
static bool arm_transfer(const char *m, const char *o, Effect *e)
{
    bool has_pc = false, has_condition = false;
    int64_t value = 0;
    const char *base = strstr(o, "[sp");
    if ((starts(m, "stmia") || starts(m, "ldmia")) && starts(o, "sp,")) { /* sp itself stays */
        (void)arm_list_bytes(o, &has_pc);
        e->flow = has_pc ? FLOW_RETURN : FLOW_NEXT;
        return true;
    }
    if (is_arm(m, "push", &has_condition) || is_arm(m, "vpush", &has_condition) ||
        ((starts(m, "stmdb") || starts(m, "vstmdb")) && starts(o, "sp!"))) {
        e->change = arm_list_bytes(o, &has_pc);
        return true;
    }
    if (is_arm(m, "pop", &has_condition) || is_arm(m, "vpop", &has_condition) ||
        ((starts(m, "ldmia") || starts(m, "vldmia")) && starts(o, "sp!"))) {
        e->change = -arm_list_bytes(o, &has_pc);
    } else if (base != NULL && strstr(base, "]!") != NULL && last_number(base, '#', &value)) {
        e->change = -value;
    } else if (base != NULL && starts(base, "[sp],") && last_number(base, '#', &value)) {
        e->change = -value;
        has_pc = starts(m, "ldr") && starts(o, "pc");
        if (!is_arm(m, "ldrd", &has_condition)) {
            (void)is_arm(m, "ldr", &has_condition);
        }
    } else {
        return false;
    }
    if (has_condition && e->change < 0) {
        e->change = 0; /* where it does not happen, the stack stays as deep */
    }
    e->flow = has_pc && !has_condition ? FLOW_RETURN : FLOW_NEXT;
    e->change = e->flow == FLOW_RETURN ? 0 : e->change;
    return true;
}

static bool is_inside(const Code *code, int32_t index, uint32_t address)
{
    int32_t at = code_at(code, address);
    return at >= 0 && code->insn[at].symbol == code->insn[index].symbol;
}

static bool arm_flow(const Code *code, int32_t index, const char *m, Effect *e)
{
    const char *o = code->insn[index].operands;
    bool has_condition = false;
    if (is_arm(m, "bl", &has_condition) || is_arm(m, "blx", &has_condition)) {
        *e = jump(FLOW_CALL, o);
        e->problem = strchr(o, '<') == NULL ? POINTER : e->problem;
        if (starts(target_name(o), "__gnu_thumb1_case")) {
            e->flow = FLOW_SWITCH;
        } else if (strchr(target_name(o), '+') != NULL && is_inside(code, index, e->target)) {
            e->flow = FLOW_JUMP; /* ARMv6-M has no longer jump, so gcc takes a call where lr is saved */
        }
    } else if (is_arm(m, "bx", &has_condition) || is_arm(m, "bxns", &has_condition)) {
        e->flow = has_condition ? FLOW_NEXT : FLOW_RETURN;
        e->problem = starts(o, "lr") ? NULL : POINTER;
    } else if (is_arm(m, "b", &has_condition)) {
        *e = jump(has_condition ? FLOW_BRANCH : FLOW_JUMP, o);
    } else if (starts(m, "cbz") || starts(m, "cbnz") || starts(m, "le") || starts(m, "wls")) {
        *e = jump(FLOW_BRANCH, o); /* le, letp, wls, wlstp: loops of ARMv8.1-M */
    } else if (starts(m, "tbb") || starts(m, "tbh") || (starts(m, "ldr") && starts(o, "pc,"))) {
        e->flow = FLOW_SWITCH;
    } else if ((starts(m, "mov") || starts(m, "add")) && starts(o, "pc,")) {
        e->flow = strcmp(o, "pc, lr") == 0 ? FLOW_RETURN : FLOW_SWITCH;
    } else if (starts(m, "udf") || starts(m, "bkpt")) {
        e->flow = FLOW_END;
    } else {
        return false;
    }
    return true;
}

static Effect arm_effect(const Code *code, int32_t index)
{
    const char *o = code->insn[index].operands;
    char m[16] = "";
    (void)snprintf(m, sizeof m, "%.*s", (int)strcspn(code->insn[index].mnemonic, "."),
                   code->insn[index].mnemonic);
    Effect e = {.flow = FLOW_NEXT};
    if (arm_transfer(m, o, &e) || arm_flow(code, index, m, &e)) {
        return e;
    }
    if (starts(o, "sp,") && (starts(m, "sub") || starts(m, "add"))) {
        return arm_move_sp(code, index, starts(m, "sub") ? 1 : -1);
    }
    bool reads = starts(m, "str") || starts(m, "cmp") || starts(m, "cmn") || starts(m, "tst");
    if ((starts(o, "sp,") && !reads) || starts(o, "sp!") || starts(m, "msr")) {
        e.problem = DYNAMIC;
    }
    return e;
}

/* --- RISC-V --- */

/* The constant in REG just before INDEX: "li", or "lui" with an "addi" behind it. */
static bool riscv_constant(const Code *code, int32_t index, const char *reg, int64_t *value)
{
    size_t bytes = strlen(reg);
    int64_t added = 0;
    int32_t first = code->symbol[code->insn[index].symbol].first;
    for (int32_t i = index - 1; i >= first && i > index - 12; i--) {
        const char *m = code->insn[i].mnemonic, *o = code->insn[i].operands;
        if (m[0] == 'b' || m[0] == 'j' || strncmp(o, reg, bytes) != 0 || o[bytes] != ',') {
            if (m[0] == 'b' || m[0] == 'j') {
                return false;
            }
            continue;
        }
        if (!last_number(o, ',', value)) {
            return false;
        }
        if (strcmp(m, "li") == 0) {
            *value += added;
            return true;
        }
        if (strcmp(m, "lui") == 0) {
            *value = (int32_t)((uint32_t)*value << 12) + added;
            return true;
        }
        if (!starts(m, "add") || strncmp(o + bytes + 1, reg, bytes) != 0) {
            return false;
        }
        added += *value;
    }
    return false;
}

/* libgcc's entry sequences, called by "jal t0": each takes room for ra and some of s0 .. s11 in
 * steps of 16 bytes; those for more than seven take the most, then give some back. */
static Effect riscv_save(const char *name)
{
    int64_t saved = strtoll(name + strlen("__riscv_save_"), NULL, 10);
    return (Effect){.flow = FLOW_NEXT, .change = saved > 7 ? 64 : saved > 3 ? 32 : 16};
}

static Effect riscv_move_sp(const Code *code, int32_t index, bool subtracts)
{
    const char *o = code->insn[index].operands;
    Effect e = {.flow = FLOW_NEXT};
    int64_t value = 0;
    const char *last = strrchr(o, ',') + 1;
    if (!starts(o, "sp,sp,") ||
        (!last_number(o, ',', &value) && !riscv_constant(code, index, last, &value))) {
        e.problem = DYNAMIC;
    }
    e.change = subtracts ? value : -value;
    return e;
}

static Effect riscv_effect(const Code *code, int32_t index)
{
    const char *m = code->insn[index].mnemonic, *o = code->insn[index].operands;
    Effect e = {.flow = FLOW_NEXT};
    bool has_target = strchr(o, '<') != NULL;
    if (starts(m, "jal") && starts(target_name(o), "__riscv_save_")) {
        return riscv_save(target_name(o));
    }
    if (starts(m, "jal")) {
        e = jump(FLOW_CALL, o);
        e.problem = has_target && !starts(o, "t0,") ? e.problem : POINTER;
    } else if (strcmp(m, "ret") == 0 || (strcmp(m, "jr") == 0 && strcmp(o, "ra") == 0)) {
        e.flow = FLOW_RETURN;
    } else if (strcmp(m, "j") == 0 || (strcmp(m, "jr") == 0 && has_target)) {
        e = jump(FLOW_JUMP, o);
    } else if (strcmp(m, "jr") == 0) {
        e.flow = FLOW_SWITCH;
    } else if (m[0] == 'b' && has_target) {
        e = jump(FLOW_BRANCH, o);
    } else if (strcmp(m, "ebreak") == 0 || strcmp(m, "unimp") == 0) {
        e.flow = FLOW_END;
    } else if (starts(o, "sp,") && (starts(m, "add") || strcmp(m, "sub") == 0)) {
        return riscv_move_sp(code, index, strcmp(m, "sub") == 0);
    } else if (starts(o, "sp,") && m[0] != 's') {
        e.problem = DYNAMIC; /* what begins with s: stores, and shifts, which do not compute sp */
    }
    return e;
}

/* --- AVR --- */

/* "out SPL, r28" after an adjustment of r29:r28: what was taken. Between both may stand what saves
 * the interrupt flag. A growth must start from the stack pointer itself. */
static Effect avr_set_sp(const Code *code, int32_t index)
{
    Effect e = {.flow = FLOW_NEXT, .problem = DYNAMIC};
    const Insn *insn = code->insn;
    int32_t first = code->symbol[insn[index].symbol].first;
    int32_t i = index - 1;
    int64_t value = 0, high = 0;
    while (i >= first && (strcmp(insn[i].mnemonic, "cli") == 0 || starts(insn[i].operands, "0x3e, r29") ||
                          starts(insn[i].operands, "0x3f, r0") || starts(insn[i].operands, "r0, 0x3f"))) {
        i--;
    }
    if (i < first + 2 || !starts(insn[index].operands, "0x3d, r28")) {
        return e;
    }
    const char *m = insn[i].mnemonic, *o = insn[i].operands;
    if ((strcmp(m, "sbiw") == 0 || strcmp(m, "adiw") == 0) && starts(o, "r28, ")) {
        value = strtoll(o + 5, NULL, 0);
        value = m[0] == 'a' ? -value : value;
        i--;
    } else if (((strcmp(m, "sbci") == 0 && starts(o, "r29, ")) ||
                (strcmp(m, "sbc") == 0 && starts(o, "r29, r1"))) && /* r1 is zero by the ABI */
               strcmp(insn[i - 1].mnemonic, "subi") == 0 && starts(insn[i - 1].operands, "r28, ")) {
        high = m[3] == 'i' ? strtoll(o + 5, NULL, 0) : 0;
        value = (int16_t)(high << 8 | strtoll(insn[i - 1].operands + 5, NULL, 0));
        i -= 2;
    } else {
        return e;
    }
    if (value < 0 || (i > first && starts(insn[i].operands, "r29, 0x3e") &&
                      starts(insn[i - 1].operands, "r28, 0x3d"))) {
        e.change = value;
        e.problem = NULL;
    }
    return e;
}

/* A jump to libgcc's common entry sequence, which saves up to 18 registers and takes r27:r26 bytes
 * more, then goes on behind the jump. */
static Effect avr_prologue(const Code *code, int32_t index)
{
    Effect e = {.flow = FLOW_NEXT, .problem = DYNAMIC};
    int64_t part[2] = {-1, -1}; /* r26, r27 */
    const char *offset = strchr(target_name(code->insn[index].operands), '+');
    for (int32_t i = index - 1; i >= 0 && i > index - 6; i--) {
        const char *o = code->insn[i].operands;
        for (int32_t k = 0; k < 2 && strcmp(code->insn[i].mnemonic, "ldi") == 0; k++) {
            if (starts(o, k == 0 ? "r26, " : "r27, ") && part[k] < 0) {
                part[k] = strtoll(o + 5, NULL, 0);
            }
        }
    }
    if (part[0] >= 0 && part[1] >= 0) {
        int64_t skipped = offset != NULL ? strtoll(offset + 1, NULL, 0) / 2 : 0;
        e.change = 18 - skipped + part[0] + (part[1] << 8);
        e.problem = NULL;
    }
    return e;
}

static Effect avr_effect(const Code *code, int32_t index)
{
    static const char *const skips[] = {"cpse", "sbrc", "sbrs", "sbic", "sbis"};
    const char *m = code->insn[index].mnemonic, *o = code->insn[index].operands;
    const char *name = target_name(o);
    Effect e = {.flow = FLOW_NEXT};
    bool calls = strcmp(m, "call") == 0 || strcmp(m, "rcall") == 0;
    bool jumps = strcmp(m, "jmp") == 0 || strcmp(m, "rjmp") == 0;
    if (strcmp(m, "push") == 0 || strcmp(m, "pop") == 0) {
        e.change = m[1] == 'u' ? 1 : -1;
    } else if (strcmp(m, "rcall") == 0 && starts(o, ".+0")) {
        e.change = code->return_bytes; /* room for a local, taken in one instruction */
    } else if (jumps && starts(name, "__prologue_saves__")) {
        return avr_prologue(code, index);
    } else if (jumps && starts(name, "__epilogue_restores__")) {
        e.flow = FLOW_RETURN;
    } else if (starts(name, "__tablejump")) {
        return jump(FLOW_SWITCH, o);
    } else if (calls || jumps) {
        return jump(calls ? FLOW_CALL : FLOW_JUMP, o);
    } else if (strcmp(m, "ret") == 0 || strcmp(m, "reti") == 0) {
        e.flow = FLOW_RETURN;
    } else if (strcmp(m, "ijmp") == 0 || strcmp(m, "eijmp") == 0) {
        e.flow = FLOW_SWITCH;
    } else if (strcmp(m, "icall") == 0 || strcmp(m, "eicall") == 0) {
        e.problem = POINTER;
    } else if (m[0] == 'b' && m[1] == 'r') {
        return jump(FLOW_BRANCH, o);
    } else if (is_one_of(m, skips, COUNT(skips))) {
        e.flow = FLOW_SKIP;
    } else if (strcmp(m, "out") == 0 && starts(o, "0x3d")) {
        return avr_set_sp(code, index);
    }
    return e;
}

Effect isa_effect(const Code *code, int32_t index)
{
    if (code->insn[index].mnemonic[0] == '.') {
        return (Effect){.problem = "runs into data"};
    }
    switch (code->isa) {
    case ISA_ARM: return arm_effect(code, index);
    case ISA_RISCV: return riscv_effect(code, index);
    case ISA_AVR: break;
    }
    return avr_effect(code, index);
}
