/* Turns SIGINT and SIGTERM into a call of the worker's stop function. */
#include "console/signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/log.h"

static struct {
    pthread_t thread;
    void (*stop)(void *userdata);
    void *userdata;
    atomic_bool ending;
} waiter;

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

/* Waits for a signal and returns its number; 0 after signals_end. */
static int next_signal(void)
{
    sigset_t set = stop_signals();
    int number;
    while (sigwait(&set, &number) != 0)
        continue;
    return atomic_load(&waiter.ending) ? 0 : number;
}

static void *wait_for_signals(void *userdata)
{
    (void)userdata;
    if (next_signal() == 0)
        return NULL;
    waiter.stop(waiter.userdata);
    int number = next_signal();
    if (number == 0)
        return NULL;
    log_line(LOG_WARN, "Second signal, exiting at once", LOG_INTEGER("signal", number));
    _exit(1);
}

bool signals_start(void (*stop)(void *userdata), void *userdata)
{
    waiter.stop = stop;
    waiter.userdata = userdata;
    return pthread_create(&waiter.thread, NULL, wait_for_signals, NULL) == 0;
}

void signals_end(void)
{
    atomic_store(&waiter.ending, true);
    pthread_kill(waiter.thread, SIGTERM); /* interrupts sigwait */
    pthread_join(waiter.thread, NULL);
}
