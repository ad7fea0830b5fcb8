/* Cycles from instructions: the timing tables of Arm's technical reference manuals (Cortex-M0 r0p0 3.3,
 * Cortex-M3 r2p1 3.3, Cortex-M4 r0p1 3.3 and 7.2.3), with memory that answers at once. Ranges count as their middle.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/profile.h"

static const CycleModel models[] = {
    {"cortex-m0", 2, 2, 2, 1, 1, 1, 1, 1, 1, 2},
    {"cortex-m3", 2, 1, 1, 1, 2, 4, 7, 1, 1, 2},
    {"cortex-m4", 2, 1, 1, 1, 1, 1, 7, 3, 14, 2},
};

const CycleModel *cycle_model(const char *target)
{
    for (size_t i = 0; i < COUNT(models); i++) {
        if (strcmp(models[i].target, target) == 0) {
            return &models[i];
        }
    }
    return NULL;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool begins_any(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (begins(text, *list)) {
            return true;
        }
    }
    return false;
}

/* Registers in "r0!, {r1, r4-r7, lr}" or "{s0-s3}"; doubles count as two words. */
static int32_t list_words(const char *operands)
{
    const char *p = strchr(operands, '{');
    int32_t words = 0, from = -1;
    if (p == NULL) {
        return 1;
    }
    for (p++; *p != '\0' && *p != '}';) {
        int32_t number = -1;
        int32_t each = *p == 'd' ? 2 : 1;
        while (*p != '\0' && strchr(" ,", *p) != NULL) {
            p++;
        }
        each = *p == 'd' ? 2 : each;
        if ((*p == 'r' || *p == 's' || *p == 'd') && p[1] >= '0' && p[1] <= '9') {
            for (number = 0, p++; *p >= '0' && *p <= '9'; p++) {
                number = number * 10 + (*p - '0');
            }
        } else if (begins(p, "sl")) { /* objdump's names of r10, r11 */
            number = 10;
        } else if (begins(p, "fp")) {
            number = 11;
        }
        words += from >= 0 && number > from ? (number - from) * each : each;
        from = -1;
        while (*p != '\0' && strchr(",-}", *p) == NULL) {
            p++;
        }
        if (*p == '-') {
            from = number;
            p++;
        }
    }
    return words;
}

static int64_t cycles_one(const CycleModel *m, const Insn *insn, bool behind_memory)
{
    static const char *const multiple[] = {"ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop", NULL};
    static const char *const pairs[] = {"ldrd", "strd", NULL};
    static const char *const loads[] = {"ldr", "vldr", NULL};
    static const char *const stores[] = {"str", "vstr", NULL};
    static const char *const wide[] = {"smull", "umull", "smlal", "umlal", NULL};
    static const char *const float_sums[] = {"vmla", "vmls", "vfma", "vfms", "vnm", "vfnm", NULL};
    static const char *const float_slow[] = {"vdiv", "vsqrt", NULL};
    const char *name = insn->mnemonic;
    if (begins_any(name, multiple)) {
        return 1 + (int64_t)m->word * list_words(insn->operands);
    }
    if (begins_any(name, pairs)) {
        return 1 + (int64_t)m->word * 2;
    }
    if (begins_any(name, loads)) {
        return behind_memory ? m->load_again : m->load;
    }
    return begins_any(name, stores)                                        ? m->store
           : begins_any(name, wide)                                        ? m->mul_long
           : strcmp(name, "mla") == 0 || begins(name, "mls")               ? m->mla
           : begins(name, "sdiv") || begins(name, "udiv")                  ? m->divide
           : begins_any(name, float_sums)                                  ? m->float_mla
           : begins_any(name, float_slow)                                  ? m->float_divide
                                                                           : 1;
}

int64_t cycles_straight(const CycleModel *m, const Code *code, int32_t first, int64_t count)
{
    int64_t cycles = 0;
    bool behind_memory = false;
    for (int64_t i = first; i < first + count && i < code->insn_count; i++) {
        const char *name = code->insn[i].mnemonic;
        cycles += cycles_one(m, &code->insn[i], behind_memory);
        behind_memory = begins(name, "ldr") || begins(name, "str") || begins(name, "vldr") || begins(name, "vstr");
    }
    return cycles;
}

const char *cycle_model_text(Arena *a, const CycleModel *m)
{
    if (m == NULL) {
        return "cycles are not estimated: no instruction timings are published for this core";
    }
    return arena_printf(a,
                        "cycles are an estimate from the core's manual, memory without wait states: 1 an instruction, "
                        "load %d (behind another access %d), store %d, several words 1 + %d each, multiply-add %d, "
                        "64-bit multiply %d, divide %d, float multiply-add %d, float divide %d, and %d more for a "
                        "branch, call or return taken",
                        m->load, m->load_again, m->store, m->word, m->mla, m->mul_long, m->divide, m->float_mla,
                        m->float_divide, m->taken);
}
