/* Names and foreign text in emitted C: identifiers, comments, string literals. Text from a model file is hostile: it
 * may hold comment ends, quotes, line continuations, trigraphs and anything else.
 * SPDX-License-Identifier: Apache-2.0 */
#include "emit/emitter.h"

enum { COMMENT_TEXT_BYTES = 80, LITERAL_BYTES = 1000 }; /* C99 promises literals of 4095 characters */

/* Words that an emitted name cannot be: keywords of C and C++, what our includes define, common predefined macros. */
static const char *const reserved[] = {
    /* C99, C11 */
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
    "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof",
    "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm", "fortran",
    "typeof",
    /* C++ and C23 */
    "alignas", "alignof", "and", "and_eq", "bitand", "bitor", "bool", "catch", "char8_t", "char16_t", "char32_t",
    "class", "compl", "concept", "consteval", "constexpr", "constinit", "const_cast", "co_await", "co_return",
    "co_yield", "decltype", "delete", "dynamic_cast", "explicit", "export", "false", "friend", "mutable", "namespace",
    "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public",
    "reinterpret_cast", "requires", "static_assert", "static_cast", "template", "this", "thread_local", "throw",
    "true", "try", "typeid", "typename", "typeof_unqual", "using", "virtual", "wchar_t", "xor", "xor_eq",
    /* parameters of the emitted functions */
    "m", "x", "y",
    /* headers of the C library: NAME.h must not hide them */
    "complex", "ctype", "fenv", "inttypes", "iso646", "limits", "locale", "math", "stdalign", "stdarg",
    "stdatomic", "stdbool", "stddef", "stdint", "stdio", "stdlib", "stdnoreturn", "string", "strings", "tgmath",
    "threads", "time", "uchar", "wchar", "wctype", "unistd",
    /* predefined by compilers in their own dialects */
    "linux", "unix", "i386", "arm", "avr", "near", "far", "pascal", "cdecl", "interrupt",
    /* functions that compilers know without a header, and the C library's other short names */
    "abort", "abs", "acos", "acosh", "alloca", "asin", "asinh", "assert", "atan", "atan2", "atanh", "atexit", "atof",
    "atoi", "atol", "bcmp", "bcopy", "bsearch", "bzero", "cabs", "calloc", "cbrt", "ceil", "clock", "copysign", "cos",
    "cosh", "div", "drem", "erf", "erfc", "errno", "exit", "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "ffs",
    "floor", "fma", "fmax", "fmin", "fmod", "fork", "fprintf", "fputc", "fputs", "free", "frexp", "fscanf", "fwrite",
    "gamma", "getc", "getchar", "gets", "gmtime", "hypot", "ilogb", "imaxabs", "index", "isalnum", "isalpha",
    "isascii", "isblank", "iscntrl", "isdigit", "isgraph", "isinf", "islower", "isnan", "isprint", "ispunct",
    "isspace", "isupper", "j0", "j1", "jn", "labs", "ldexp", "lgamma", "llabs", "llrint", "llround", "localtime",
    "log", "log10", "log1p", "log2", "logb", "longjmp", "lrint", "lround", "main", "malloc", "memchr", "memcmp",
    "memcpy", "memmove", "mempcpy", "memset", "mktime", "modf", "nan", "nearbyint", "nextafter", "offsetof", "pow",
    "pow10", "printf", "putc", "putchar", "puts", "qsort", "raise", "rand", "realloc", "remainder", "remove",
    "remquo", "rename", "rewind", "rindex", "rint", "round", "scalb", "scanf", "setjmp", "signal", "signbit",
    "significand", "sin", "sincos", "sinh", "snprintf", "sprintf", "sqrt", "srand", "sscanf", "stderr", "stdin",
    "stdout", "stpcpy", "strcat", "strchr", "strcmp", "strcpy", "strcspn", "strdup", "strlen", "strncat", "strncmp",
    "strncpy", "strndup", "strpbrk", "strrchr", "strspn", "strstr", "strtod", "strtok", "strtol", "strtoul",
    "system", "tan", "tanh", "tgamma", "time", "tmpfile", "tmpnam", "toascii", "tolower", "toupper", "trunc",
    "ungetc", "va_arg", "va_copy", "va_end", "va_list", "va_start", "vprintf", "vsprintf", "y0", "y1", "yn",
};

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < COUNT(reserved); i++) {
        if (strcmp(name, reserved[i]) == 0) {
            return true;
        }
    }
    size_t length = strlen(name);
    return (length >= 2 && strcmp(name + length - 2, "_t") == 0) || strncmp(name, "shrinc_", 7) == 0;
}

/* Not <ctype.h>: its answers depend on the locale. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool emit_name_is_usable(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length >= EMIT_NAME_BYTES || !is_letter(name[0]) || is_reserved(name)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_letter(name[i]) && !is_digit(name[i]) && name[i] != '_') {
            return false;
        }
    }
    return true;
}

void emit_name(const char *source_name, char name[EMIT_NAME_BYTES])
{
    const char *base = path_base(source_name);
    const char *dot = strrchr(base, '.');
    size_t length = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);
    size_t used = 0;
    for (size_t i = 0; i < length && used < EMIT_NAME_BYTES - 1; i++) {
        char c = base[i];
        if (used == 0 && is_digit(c)) {
            used = 6;
            memcpy(name, "model_", used);
        }
        if (is_letter(c) || is_digit(c)) {
            name[used++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        } else if (used > 0 && name[used - 1] != '_') {
            name[used++] = '_';
        }
    }
    while (used > 0 && name[used - 1] == '_') {
        used--;
    }
    name[used] = '\0';
    if (used == 0) {
        memcpy(name, "model", 6);
    } else if (strncmp(name, "shrinc_", 7) == 0) {
        memmove(name + 6, name + 7, used - 6); /* in place of the library's own prefix */
        memcpy(name, "model_", 6);
    } else if (!emit_name_is_usable(name)) {
        used = used > EMIT_NAME_BYTES - 7 ? EMIT_NAME_BYTES - 7 : used;
        memcpy(name + used, "_model", 7);
    }
}

static bool is_taken(const Emitter *e, const char *name)
{
    for (int32_t i = 0; i < e->taken_count; i++) {
        if (strcmp(e->taken[i], name) == 0) {
            return true;
        }
    }
    return is_reserved(name);
}

/* CNAME should be an identifier already; whatever else it is, the result is one, no macro's name and none
 * of the device library's. */
static char *clean(Arena *a, const char *cname)
{
    char *name = arena_strdup(a, cname);
    bool lower = false;
    for (char *c = name; *c != '\0'; c++) {
        if (!is_letter(*c) && !is_digit(*c)) {
            *c = '_';
        }
        lower = lower || (*c >= 'a' && *c <= 'z');
    }
    bool is_ours = strncmp(name, "shrinc_", 7) == 0;
    return lower && is_letter(name[0]) && !is_ours ? name : arena_printf(a, "t_%s", name);
}

void name_take(Emitter *e, const char *name)
{
    if (e->taken_count == e->taken_capacity) {
        e->taken_capacity = e->taken_capacity * 2 + 64;
        const char **more = NEW(&e->arena, const char *, e->taken_capacity);
        if (e->taken_count > 0) {
            memcpy(more, e->taken, sizeof(char *) * (size_t)e->taken_count);
        }
        e->taken = more;
    }
    e->taken[e->taken_count++] = name;
}

const char *name_unique(Emitter *e, const char *cname, const char *suffix)
{
    const char *stem = clean(&e->arena, cname != NULL ? cname : "");
    const char *name = suffix[0] == '\0' ? stem : arena_printf(&e->arena, "%s_%s", stem, suffix);
    const char *first = name;
    for (int32_t i = 2; is_taken(e, name); i++) {
        name = arena_printf(&e->arena, "%s_%d", first, i);
    }
    name_take(e, name);
    return name;
}

const char *text_upper(Arena *a, const char *text)
{
    char *upper = arena_strdup(a, text);
    for (char *c = upper; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        }
    }
    return upper;
}

const char *text_comment(Arena *a, const char *text)
{
    return text_comment_short(a, text, COMMENT_TEXT_BYTES);
}

const char *text_comment_short(Arena *a, const char *text, size_t most)
{
    size_t length = text == NULL ? 0 : strlen(text);
    bool cut = length > most;
    char *clean_text = arena_strndup(a, length == 0 ? "" : text, cut ? most : length);
    for (char *c = clean_text; *c != '\0'; c++) {
        bool printable = *c >= ' ' && *c <= '~';
        bool ends = *c == '*' || (*c == '?' && c[1] == '?') || *c == '\\' ||
                    (*c == '/' && c[1] == '/');
        if (!printable || ends) {
            *c = '_';
        }
    }
    return cut ? arena_printf(a, "%s...", clean_text) : clean_text;
}

const char *text_literal(Arena *a, const char *text)
{
    size_t length = strlen(text) < LITERAL_BYTES ? strlen(text) : LITERAL_BYTES;
    char *literal = NEW(a, char, length * 8 + 3);
    size_t used = 0;
    bool after_octal = false;
    literal[used++] = '"';
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool plain = c >= ' ' && c <= '~';
        if (plain && after_octal) { /* ends the escape sequence beyond doubt */
            literal[used++] = '"';
            literal[used++] = ' ';
            literal[used++] = '"';
        }
        if (!plain) {
            used += (size_t)snprintf(literal + used, 5, "\\%03o", c);
        } else {
            if (c == '"' || c == '\\' || c == '?') {
                literal[used++] = '\\';
            }
            literal[used++] = (char)c;
        }
        after_octal = !plain;
    }
    literal[used++] = '"';
    literal[used] = '\0';
    return literal;
}
