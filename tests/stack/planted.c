/* Stack bounds of planted C: frames whose depth is known, and what must be refused.
 * Usage: planted TARGET DIR. The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"
#include "driver/stack.h"

/* The header of a model without input and output; BODY defines m_invoke and what it calls. */
static const char header[] =
    "#include <stdint.h>\n#include <string.h>\n#include <math.h>\n"
    "typedef struct m { volatile int32_t v[4]; } m;\n"
    "void m_invoke(m *x);\n"
    "static inline void m_run(m *x) { m_invoke(x); x->v[3]++; }\n";

#define NOINLINE "__attribute__((noinline)) "

typedef struct Case {
    const char *name, *opt, *body;
    int64_t least, most;  /* bytes; 0: refused */
    const char *sentence; /* part of it where it is refused */
} Case;

static const Case cases[] = {
    {"nothing", "-O2", "void m_invoke(m *x) { x->v[0] = 1; }", 1, 40, ""},
    {"1000", "-O2", "void m_invoke(m *x) { volatile char a[1000]; a[x->v[0]] = 1; x->v[1] = a[0]; }", 1000, 1060, ""},
    {"20000", "-O2", "void m_invoke(m *x) { volatile char a[20000]; a[x->v[0]] = 1; x->v[1] = a[0]; }", 20000, 20060, ""},
    {"60", "-Os", "void m_invoke(m *x) { volatile char a[60]; a[x->v[0]] = 1; x->v[1] = a[0]; }", 60, 110, ""},
    {"1000 below 500", "-O2",
     NOINLINE "static void f(m *x) { volatile char a[1000]; a[x->v[0]] = 1; x->v[1] = a[0]; }\n"
              "void m_invoke(m *x) { volatile char a[500]; f(x); a[x->v[0]] = 1; x->v[1] = a[0]; }",
     1500, 1600, ""},
    {"deeper of two", "-O2",
     NOINLINE "static void f(m *x) { volatile char a[1000]; a[x->v[0]] = 1; x->v[1] = a[0]; }\n" NOINLINE
              "static void g(m *x) { volatile char a[300]; a[x->v[0]] = 1; x->v[1] = a[0]; }\n"
              "void m_invoke(m *x) { if (x->v[0] > 0) { f(x); } g(x); x->v[2] = 1; }",
     1000, 1080, ""},
    {"tail call", "-O2",
     NOINLINE "static void f(m *x) { volatile char a[1000]; a[x->v[0]] = 1; x->v[1] = a[0]; }\n"
              "void m_invoke(m *x) { volatile char a[700]; a[x->v[0]] = 1; x->v[2] = a[0]; f(x); }",
     1000, 1800, ""},
    {"switch", "-O2",
     NOINLINE "static void f(m *x) { volatile char a[1000]; a[x->v[0]] = 1; x->v[1] = a[0]; }\n" NOINLINE
              "static void g(m *x, int32_t k) { x->v[2] = k; }\n"
              "void m_invoke(m *x) { switch (x->v[0]) { case 0: g(x, 7); break; case 1: g(x, 9); x->v[1] = 3; break;"
              " case 2: f(x); break; case 3: x->v[3] = 1; break; case 4: g(x, 11); g(x, 1); break;"
              " case 5: x->v[2] = x->v[1]; break; default: break; } x->v[0]++; }",
     1000, 1080, ""},
    {"64 bits", "-O2", "void m_invoke(m *x) { x->v[0] = (int32_t)((int64_t)x->v[1] * x->v[2] / (x->v[3] | 1)); }", 4, 200, ""},
    {"float library", "-O2", "void m_invoke(m *x) { x->v[0] = (int32_t)(sinf((float)x->v[1]) * powf((float)x->v[2], 1.5f)); }", 16, 900, ""},
    {"recursion", "-O2",
     NOINLINE "static int32_t f(m *x, int32_t k) { return k == 0 ? x->v[0] : f(x, k - 1) * x->v[1] + f(x, k - 1); }\n"
              "void m_invoke(m *x) { x->v[2] = f(x, x->v[3]); }",
     0, 0, "calls itself"},
    {"recursion by two", "-O1",
     "void f(m *x, int32_t k);\n" NOINLINE "void g(m *x, int32_t k) { f(x, k - 1); x->v[0]++; }\n" NOINLINE
     "void f(m *x, int32_t k) { if (k > 0) { g(x, k); x->v[1]++; } }\n"
     "void m_invoke(m *x) { f(x, x->v[3]); x->v[2] = 0; }",
     0, 0, "calls itself"},
    {"variable array", "-O2", "void m_invoke(m *x) { volatile char a[x->v[0]]; a[x->v[1]] = 1; x->v[1] = a[0]; }", 0, 0, "has no bound"},
    {"alloca in a loop", "-O2",
     "void m_invoke(m *x) { for (int32_t i = 0; i < x->v[0]; i++) { *(volatile char *)__builtin_alloca(64) = 1; } x->v[1] = 2; }",
     0, 0, "has no bound"},
    {"function pointer", "-O2",
     "typedef void (*f)(m *);\nvoid m_invoke(m *x) { (*(f volatile *)(void *)&x->v[0])(x); x->v[1] = 0; }", 0, 0,
     "calls through a pointer"},
    {"bad C", "-O2", "void m_invoke(m *x) { x->v[0] = ; }", 0, 0, "could not build"},
};

static Status put(Arena *a, const char *dir, const char *name, const char *text, Diag *d)
{
    return file_write(path_join(a, dir, name), text, strlen(text), d);
}

static bool one(const char *target, const char *dir, const Case *c, const Graph *g)
{
    Arena a = {0};
    Diag d = {0};
    StackBound bound = {0};
    StackJob job = {target, "m", dir, c->opt, g};
    Status s = put(&a, dir, "m.h", header, &d);
    s = s == OK ? put(&a, dir, "m.c", arena_printf(&a, "#include \"m.h\"\n%s\n", c->body), &d) : s;
    s = s == OK ? stack_bound(&a, &job, &bound, &d) : s;
    bool fine = c->least > 0 ? s == OK && bound.bytes >= c->least && bound.bytes <= c->most
                             : s == ERR_TOOL && strstr(d.text, c->sentence) != NULL;
    if (!fine) {
        printf("FAIL stack:%s:%s: %jd bytes, wanted %jd to %jd: %s%s\n", target, c->name, (intmax_t)bound.bytes,
               (intmax_t)c->least, (intmax_t)c->most, d.text, bound.note == NULL ? "" : bound.note);
    }
    diag_clear(&d);
    arena_free(&a);
    return fine;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: planted TARGET DIR\n");
        return 2;
    }
    Graph *g = graph_new("m");
    int failed = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        failed += !one(argv[1], argv[2], &cases[i], g);
    }
    graph_free(g);
    printf("%d passed, %d failed\n", (int)COUNT(cases) - failed, failed);
    return failed > 0;
}
