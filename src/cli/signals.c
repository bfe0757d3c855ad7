#include "cli/signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/log.h"

static struct {
    pthread_t thread;
    void (*stop)(void *hook);
    void *hook;
    atomic_bool ending;
} waiting;

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void signals_block(void)
{
    sigset_t set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* The next of them; 0: nobody waits for one any more. */
static int next_signal(void)
{
    sigset_t set = stop_signals();
    int number;
    while (sigwait(&set, &number) != 0)
        continue;
    return atomic_load(&waiting.ending) ? 0 : number;
}

static void *wait_for_signals(void *argument)
{
    (void)argument;
    if (next_signal() == 0)
        return NULL;
    waiting.stop(waiting.hook);
    int number = next_signal();
    if (number == 0)
        return NULL;
    log_line(LOG_WARN, "second signal: ends at once", LOG_INTEGER("signal", number));
    _exit(1);
}

bool signals_start(void (*stop)(void *hook), void *hook)
{
    waiting.stop = stop;
    waiting.hook = hook;
    return pthread_create(&waiting.thread, NULL, wait_for_signals, NULL) == 0;
}

void signals_end(void)
{
    atomic_store(&waiting.ending, true);
    pthread_kill(waiting.thread, SIGTERM); /* wakes it */
    pthread_join(waiting.thread, NULL);
}
