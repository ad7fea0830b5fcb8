/* Floor 1: status, sentences, memory, text, bytes and files. Knows nothing of neural networks.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_BASE_H
#define SHRINC_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#if defined(__GNUC__)
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define MUST_CHECK __attribute__((warn_unused_result))
#else
#define PRINTF_LIKE(f, a)
#define MUST_CHECK
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- status.c: a failure is a code and a sentence ------------------------------------------- */

/* One code per reaction of the caller; the CLI maps them to exit codes 0, 3, 6, 4, 3, 7, 5, 2. */
typedef enum Status {
    OK = 0,
    ERR_INPUT,       /* the file, flag or data is wrong */
    ERR_UNSUPPORTED, /* valid, but shrinc has no such operator, type or attribute */
    ERR_LIMIT,       /* does not fit a budget or a limit */
    ERR_IO,          /* a file could not be read or written */
    ERR_TOOL,        /* an external compiler or emulator is missing or failed */
    ERR_DIFFERS,     /* verification found a difference */
    ERR_USAGE        /* the command line is wrong */
} Status;

enum { DIAG_BYTES = 4096, DIAG_WARNINGS = 32 };

/* The first failure wins: later calls of fail() keep the sentence and the code of the first. */
typedef struct Diag {
    const char *where;        /* put before each sentence, usually the file's name; may be NULL */
    Status code;
    char text[DIAG_BYTES];    /* the sentence, "" while all is well */
    char *warning[DIAG_WARNINGS]; /* owned, freed by diag_clear */
    int32_t warning_count;    /* how many were given; only the first DIAG_WARNINGS are kept */
} Diag;

/* Writes "where: sentence" (if none stands yet) and returns CODE (the first one's). D may be NULL. */
Status fail(Diag *d, Status code, const char *format, ...) PRINTF_LIKE(3, 4);
Status vfail(Diag *d, Status code, const char *format, va_list args);
void warn(Diag *d, const char *format, ...) PRINTF_LIKE(2, 3);
void diag_clear(Diag *d);
/* Forgets the failure, and the warnings beyond the first COUNT: what failed is tried another way. */
void diag_rewind(Diag *d, int32_t count);

/* Runs CALL and returns its status from the enclosing function unless it is OK. */
#define TRY(call)                      \
    do {                               \
        Status try_status_ = (call);   \
        if (try_status_ != OK) {       \
            return try_status_;        \
        }                              \
    } while (0)

/* --- arena.c: memory belongs to a phase ------------------------------------------------------ */

typedef struct Arena {
    struct ArenaBlock *block;
    size_t total_bytes;
} Arena;

/* Zeroed memory, aligned for any type; never NULL: out of memory on the host aborts. */
void *arena_alloc(Arena *a, size_t count, size_t bytes_each);
void arena_free(Arena *a);
#define NEW(arena, T, n) ((T *)arena_alloc((arena), (size_t)(n), sizeof(T)))

char *arena_strdup(Arena *a, const char *text);
char *arena_strndup(Arena *a, const char *text, size_t bytes);
void *arena_memdup(Arena *a, const void *data, size_t bytes);
char *arena_printf(Arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

/* --- out.c: text that grows -------------------------------------------------------------------- */

/* A growing text buffer; TEXT is always NUL-terminated once something was written. */
typedef struct Out {
    char *text;
    size_t bytes;
    size_t capacity;
    int32_t indent; /* spaces that out_line puts first */
} Out;

void out_free(Out *o);
void out_bytes(Out *o, const void *data, size_t bytes);
void out_text(Out *o, const char *text);
void out_printf(Out *o, const char *format, ...) PRINTF_LIKE(2, 3);
/* One whole line: indent, the formatted text, newline. */
void out_line(Out *o, const char *format, ...) PRINTF_LIKE(2, 3);

/* --- text.c: text from outside --- */

/* A copy in which control characters and broken UTF-8 are '?': fit for one line of a terminal and for JSON. */
char *text_clean(Arena *a, const char *text, size_t bytes);

/* --- random.c: numbers from a seed, the same on every machine ------------------------------------ */

/* Streams of one seed are independent of each other; each is a count, so that any part can be repeated. */
typedef struct Random {
    uint64_t key;
    uint64_t count;
} Random;

Random random_stream(uint64_t seed, uint64_t stream);
uint64_t random_bits(Random *r);
double random_unit(Random *r);                 /* [0, 1) */
int64_t random_below(Random *r, int64_t n);    /* 0 .. n-1, n <= 2^53 */
double random_normal(Random *r);               /* mean 0, deviation 1 */

/* --- file.c: whole files ----------------------------------------------------------------------- */

typedef struct Span {
    const uint8_t *data;
    size_t bytes;
} Span;

/* Reads a whole regular file of at most LIMIT bytes; the bytes live in A. */
Status file_read(Arena *a, const char *path, size_t limit, Span *out, Diag *d) MUST_CHECK;
/* Writes PATH by way of a temporary file in the same folder: either whole or not at all. */
Status file_write(const char *path, const void *data, size_t bytes, Diag *d) MUST_CHECK;
/* Makes a folder (and its parents); fine when it is there. */
Status dir_make(const char *path, Diag *d) MUST_CHECK;
const char *path_base(const char *path);                    /* "a/b.c" -> "b.c" */
char *path_join(Arena *a, const char *dir, const char *name);

/* Lower-case hexadecimal SHA-256 of the bytes, 64 characters and a NUL. */
void sha256_hex(Span bytes, char hex[65]);

/* --- embedded files (the build writes the table) -------------------------------------------------- */

typedef struct EmbeddedFile {
    const char *path; /* as in the source tree: "rt/shrinc_add_s8.c", "targets/cortex-m4/target.ini" */
    const uint8_t *data;
    size_t bytes;
} EmbeddedFile;

const EmbeddedFile *embedded_find(const char *path); /* NULL if there is none */
const EmbeddedFile *embedded_at(size_t index);       /* NULL past the end; sorted by path */

#endif
