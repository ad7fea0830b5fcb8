/* Nets from text against graphs in text, and sentences for wrong ones. Usage: net_test DIR; WRITE=1 rewrites what is
 * expected. DIR/NAME.net: a first line "SHAPE OUTPUTS" (28x28x1 10), then the net; beside it NAME.graph or NAME.err.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/net.h"

#include <dirent.h>
#include <stdlib.h>

static Shape read_shape(const char **p)
{
    Shape s = {0};
    do {
        char *end = NULL;
        s.dim[s.rank++] = (int32_t)strtol(*p, &end, 10);
        *p = end;
    } while (**p == 'x' && s.rank < MAX_RANK && (*p)++ != NULL);
    return s;
}

/* The text of the graph, or the sentence; SUFFIX says which. */
static void build(const char *name, const char *text, Out *got, const char **suffix)
{
    NetOptions o = {.name = name, .seed = 1};
    o.input = read_shape(&text);
    char *end = NULL;
    o.outputs = (int32_t)strtol(text, &end, 10);
    Diag d = {0};
    Graph *g = NULL;
    if (net_build(end + (*end == '\n'), &o, &g, &d) == OK) {
        *suffix = "graph";
        graph_print(g, got, NULL);
        graph_free(g);
    } else {
        *suffix = "err";
        out_printf(got, "%s\n", d.text);
    }
    diag_clear(&d);
}

static bool check(const char *dir, const char *file)
{
    Arena a = {0};
    Diag d = {0};
    char *name = arena_strndup(&a, file, strlen(file) - 4);
    Span text = {0};
    Span want = {0};
    Out got = {0};
    const char *suffix = NULL;
    bool good = file_read(&a, path_join(&a, dir, file), 1 << 20, &text, &d) == OK;
    if (good) {
        build(name, arena_strndup(&a, (const char *)text.data, text.bytes), &got, &suffix);
        char *path = arena_printf(&a, "%s/%s.%s", dir, name, suffix);
        if (getenv("WRITE") != NULL) {
            good = file_write(path, got.text, got.bytes, &d) == OK;
        } else {
            good = file_read(&a, path, 1 << 24, &want, &d) == OK && want.bytes == got.bytes &&
                   memcmp(want.data, got.text, got.bytes) == 0;
        }
    }
    if (!good) {
        printf("FAIL %s: %s\n%.2000s\n", file, d.text, got.text != NULL ? got.text : "");
    }
    out_free(&got);
    diag_clear(&d);
    arena_free(&a);
    return good;
}

int main(int argc, char **argv)
{
    DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
    int passed = 0;
    int failed = 0;
    for (struct dirent *e = NULL; dir != NULL && (e = readdir(dir)) != NULL;) {
        size_t n = strlen(e->d_name);
        if (n > 4 && strcmp(e->d_name + n - 4, ".net") == 0) {
            bool good = check(argv[1], e->d_name);
            passed += good;
            failed += !good;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0 || passed == 0;
}
