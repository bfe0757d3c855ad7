#include "worker/watchdog.h"

#include "base/clock.h"
#include "base/log.h"
#include "worker/worker_metrics.h"

#define EVERY_MS 500
/* A turn that is later than this is logged. */
#define LATE_US 1000000

static void turn(void *userdata);

static void wait_for_turn(struct watchdog *watchdog, int64_t now_us)
{
    const struct worker_options *options = &watchdog->resources->options;
    watchdog->due_us = now_us + EVERY_MS * 1000;
    options->due_changed(options->userdata, watchdog->due_us);
    (void)channel_after(watchdog->resources->channel, EVERY_MS, turn, watchdog);
}

static void turn(void *userdata)
{
    struct watchdog *watchdog = userdata;
    int64_t now_us = clock_monotonic_us(), late_us = now_us - watchdog->due_us;
    watchdog->late_us = late_us > 0 ? late_us : 0;
    if (watchdog->late_us > watchdog->worst_us)
        watchdog->worst_us = watchdog->late_us;
    worker_observe(METRIC_LOOP_LATENESS, OF_THE_WORKER, watchdog->late_us);
    if (watchdog->late_us > LATE_US)
        log_line(LOG_WARN, "The event loop was late", LOG_INTEGER("late_ms", watchdog->late_us / 1000));
    wait_for_turn(watchdog, now_us);
}

void watchdog_start(struct watchdog *watchdog)
{
    if (watchdog->resources->options.due_changed != NULL)
        wait_for_turn(watchdog, clock_monotonic_us());
}
