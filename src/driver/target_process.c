/* Runs a program without a shell, with a time limit, in a folder; temporary folders.
 * SPDX-License-Identifier: Apache-2.0 */
#include "driver/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t target_stop;

void args_add(Args *a, const char *word)
{
    if (a->count + 2 > a->capacity) {
        const int capacity = a->capacity * 2 + 32;
        const char **grown = NEW(a->arena, const char *, capacity);
        if (a->count > 0) {
            memcpy(grown, a->word, (size_t)a->count * sizeof *grown);
        }
        a->word = grown;
        a->capacity = capacity;
    }
    a->word[a->count++] = word;
    a->word[a->count] = NULL;
}

void args_words(Args *a, const char *words)
{
    while (*words != '\0') {
        const size_t length = strcspn(words, " ");
        if (length > 0) {
            args_add(a, arena_strndup(a->arena, words, length));
        }
        words += length;
        words += strspn(words, " ");
    }
}

/* A child must end when we do, even if we are killed; only Linux can promise that. */
#if defined(__linux__)
static void die_with_parent(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}
#else
static void die_with_parent(void)
{
}
#endif

/* The child's half. Exit code 127: not started. */
static void child(const Args *a, char *const *argv, const Process *p)
{
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out;

    die_with_parent();
    (void)setpgid(0, 0);
    if (chdir(p->dir) != 0 || null < 0) {
        _exit(127);
    }
    out = open(p->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) {
        _exit(127);
    }
    if (p->max_files > 0) {
        const struct rlimit limit = {(rlim_t)p->max_files, (rlim_t)p->max_files};
        (void)close(null);
        (void)close(out);
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    (void)setenv("LC_ALL", "C", 1);
    (void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    (void)execvp(a->word[0], argv);
    _exit(127);
}

static double seconds_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Waits for PID; false if it had to be killed. Short programs are noticed within half a
 * millisecond, long ones within ten. */
static bool wait_until(pid_t pid, double limit, int *wait_status)
{
    const double start = seconds_now();
    long nap_ns = 500000;

    for (;;) {
        const pid_t done = waitpid(pid, wait_status, WNOHANG);
        if (done == pid || (done < 0 && errno != EINTR)) {
            return done == pid;
        }
        if (target_stop != 0 || seconds_now() - start > limit) {
            (void)kill(-pid, SIGKILL);
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, wait_status, 0);
            return false;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = nap_ns}, NULL);
        nap_ns = nap_ns < 10000000 ? nap_ns + nap_ns / 4 : nap_ns;
    }
}

Status process_run(const Args *a, const Process *p, int *exit_code, Diag *d)
{
    char **argv = NEW(a->arena, char *, a->count + 1);
    int wait_status = 0;

    for (int i = 0; i < a->count; i++) {
        argv[i] = arena_strdup(a->arena, a->word[i]);
    }
    const pid_t pid = fork();
    if (pid < 0) {
        return fail(d, ERR_TOOL, "cannot start %s: %s", a->word[0], strerror(errno));
    }
    if (pid == 0) {
        child(a, argv, p);
    }
    if (!wait_until(pid, p->timeout_seconds, &wait_status)) {
        return target_stop != 0
                   ? fail(d, ERR_TOOL, "%s was stopped", a->word[0])
                   : fail(d, ERR_TOOL, "%s did not end within %d seconds and was stopped",
                          a->word[0], p->timeout_seconds);
    }
    *exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    if (*exit_code == 127) {
        return fail(d, ERR_TOOL, "cannot start %s", a->word[0]);
    }
    return OK;
}

const char *process_find(Arena *a, const char *program)
{
    const char *path = getenv("PATH");

    if (strchr(program, '/') != NULL) {
        return access(program, X_OK) == 0 ? program : NULL;
    }
    while (path != NULL && *path != '\0') {
        const size_t length = strcspn(path, ":");
        const char *candidate = arena_printf(a, "%.*s/%s", (int)length, path, program);
        struct stat st;
        if (length > 0 && access(candidate, X_OK) == 0 && stat(candidate, &st) == 0 &&
            S_ISREG(st.st_mode)) {
            return candidate;
        }
        path += length;
        path += *path == ':';
    }
    return NULL;
}

Status temp_dir_make(Arena *a, const char *dir, const char **path, Diag *d)
{
    const char *tmp = getenv("TMPDIR");

    if (dir == NULL) {
        dir = tmp != NULL && tmp[0] == '/' ? tmp : "/tmp";
    }
    char *name = arena_printf(a, "%s/shrinc-XXXXXX", dir);
    if (mkdtemp(name) == NULL) {
        return fail(d, ERR_IO, "cannot make a temporary folder in '%s': %s", dir, strerror(errno));
    }
    *path = name;
    return OK;
}

/* The folder is ours and flat: only its files need to go. */
void temp_dir_remove(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;

    if (dir == NULL) {
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    (void)closedir(dir);
    (void)rmdir(path);
}
