/* Lays out graphs with Graphviz's libraries, in a child process. */
#include "authoring/graphviz.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"

/* The same in Debian 12 and 13. */
#define GRAPHS_LIBRARY "libcgraph.so.6"
#define LAYOUT_LIBRARY "libgvc.so.6"

/* How the child ends. */
enum { CHILD_DONE = 0, CHILD_NO_LIBRARY = 3, CHILD_FAILED = 4 };

struct graphviz {
    void *(*agmemread)(const char *);
    void *(*gvContext)(void);
    int (*gvLayout)(void *, void *, const char *);
    int (*gvRenderData)(void *, void *, const char *, char **, unsigned *);
};

/* ---- the child ---- */

/* A pointer to a function is as large as one to data, which C leaves open and POSIX requires. */
static bool find(void *library, const char *name, void *function)
{
    *(void **)function = library != NULL ? dlsym(library, name) : NULL;
    return *(void **)function != NULL;
}

static bool load(struct graphviz *graphviz)
{
    void *graphs = dlopen(GRAPHS_LIBRARY, RTLD_NOW);
    void *layout = dlopen(LAYOUT_LIBRARY, RTLD_NOW);
    return find(graphs, "agmemread", &graphviz->agmemread) && find(layout, "gvContext", &graphviz->gvContext) &&
           find(layout, "gvLayout", &graphviz->gvLayout) && find(layout, "gvRenderData", &graphviz->gvRenderData);
}

static int write_answer(int output, const char *answer, size_t size)
{
    while (size > 0) {
        ssize_t written = write(output, answer, size);
        if (written < 0 && errno != EINTR)
            return CHILD_FAILED;
        if (written > 0) {
            answer += written;
            size -= (size_t)written;
        }
    }
    return CHILD_DONE;
}

static int lay_out(const char *graph, int output)
{
    struct graphviz graphviz;
    if (!load(&graphviz))
        return CHILD_NO_LIBRARY;
    void *read = graphviz.agmemread(graph), *context = graphviz.gvContext();
    char *answer = NULL;
    unsigned size = 0;
    if (read == NULL || context == NULL || graphviz.gvLayout(context, read, "dot") != 0 ||
        graphviz.gvRenderData(context, read, "json0", &answer, &size) != 0 || answer == NULL)
        return CHILD_FAILED;
    return write_answer(output, answer, size);
}

static _Noreturn void be_child(const char *graph, int output)
{
    const struct rlimit seconds = {.rlim_cur = LIMIT_LAYOUT_SECONDS, .rlim_max = LIMIT_LAYOUT_SECONDS + 1};
    (void)setrlimit(RLIMIT_CPU, &seconds);
    signal(SIGPIPE, SIG_DFL);
    _exit(lay_out(graph, output));
}

/* ---- the parent ---- */

static void read_answer(int input, struct buffer *answer)
{
    char chunk[KIB(64)];
    for (;;) {
        ssize_t size = read(input, chunk, sizeof chunk);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return;
        buffer_add(answer, (struct text){.data = chunk, .size = (size_t)size});
        if (answer->failed)
            return;
    }
}

static enum status judge(int status, struct error *error)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_DONE)
        return STATUS_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_NO_LIBRARY)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE,
                         "Graphviz is not installed: install the package libgvc6, or choose another --format");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return error_set(error, STATUS_BUDGET, TEXT_NONE,
                         "the layout takes more than %d s: the rule is too large for this --format",
                         LIMIT_LAYOUT_SECONDS);
    return error_set(error, STATUS_INTERNAL, TEXT_NONE, "Graphviz has failed (%s %d): choose another --format",
                     WIFSIGNALED(status) ? "signal" : "code",
                     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

enum status graphviz_layout(struct arena *arena, const char *graph, struct text *answer, struct error *error)
{
    int ends[2];
    if (pipe(ends) != 0)
        return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "no pipe to Graphviz: %s", strerrordesc_np(errno));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_child(graph, ends[1]);
    }
    close(ends[1]);
    struct buffer output = buffer_in(arena, MIB(256));
    if (child > 0)
        read_answer(ends[0], &output);
    close(ends[0]);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "no process for Graphviz: %s", strerrordesc_np(errno));
    *answer = buffer_text(&output);
    if (answer->data == NULL)
        return error_budget(error);
    return judge(status, error);
}
