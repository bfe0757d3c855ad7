/* Fibers: a context and a stack each, both used again. */
#include "tests/simulation/fiber.h"

#include <assert.h>
#include <stdlib.h>
#include <ucontext.h>

#include "base/limits.h"
#include "base/log.h"

#define STACK_BYTES KIB(256)

struct fiber {
    ucontext_t own, outer; /* outer: of the code that resumed it */
    char *stack;
    sim_function *function;
    void *userdata;
    const struct log_context *log;
    bool ended;
    struct fiber *next_made, *next_free;
};

static struct fiber *made, *unused, *running;

void fiber_begin(void)
{
    running = unused = NULL;
    for (struct fiber *fiber = made; fiber != NULL; fiber = fiber->next_made) {
        fiber->next_free = unused;
        unused = fiber;
    }
}

struct fiber *fiber_current(void)
{
    return running;
}

static void run(void)
{
    struct fiber *fiber = running;
    fiber->function(fiber->userdata);
    fiber->ended = true;
    fiber_suspend();
}

static struct fiber *take(void)
{
    struct fiber *fiber = unused;
    if (fiber != NULL) {
        unused = fiber->next_free;
        return fiber;
    }
    fiber = calloc(1, sizeof *fiber);
    if (fiber == NULL || (fiber->stack = malloc(STACK_BYTES)) == NULL)
        abort();
    fiber->next_made = made;
    return made = fiber;
}

static void make_context(struct fiber *fiber)
{
    if (getcontext(&fiber->own) != 0)
        abort();
    fiber->own.uc_stack.ss_sp = fiber->stack;
    fiber->own.uc_stack.ss_size = STACK_BYTES;
    fiber->own.uc_link = NULL;
    makecontext(&fiber->own, run, 0);
}

void fiber_start(sim_function *function, void *userdata)
{
    struct fiber *fiber = take();
    fiber->function = function;
    fiber->userdata = userdata;
    fiber->log = NULL;
    fiber->ended = false;
    make_context(fiber);
    fiber_resume(fiber);
}

/* The context of the log belongs to a thread, and each fiber is one. */
void fiber_resume(struct fiber *fiber)
{
    const struct log_context *log = log_set_context(fiber->log);
    assert(running == NULL && !fiber->ended);
    running = fiber;
    if (swapcontext(&fiber->outer, &fiber->own) != 0)
        abort();
    running = NULL;
    fiber->log = log_set_context(log);
    if (!fiber->ended)
        return;
    fiber->next_free = unused;
    unused = fiber;
}

void fiber_suspend(void)
{
    struct fiber *fiber = running;
    assert(fiber != NULL);
    if (swapcontext(&fiber->own, &fiber->outer) != 0)
        abort();
}

static void wake(void *userdata)
{
    fiber_resume(userdata);
}

void fiber_sleep(int64_t delay_us)
{
    assert(sim.current != NULL && running != NULL);
    (void)sim_after(sim.current, delay_us, wake, running);
    fiber_suspend();
}
