/* Holds new runs back while those that have begun wait. */
#include "worker/admission.h"

#include "base/limits.h"

/* Tasks that wait longer than this are late: a tenth of the time after which the server gives them to other workers. */
#define LATE_US (STICKY_TIMEOUT_MS * INT64_C(100))
/* How long the wait of one task remains valid for the tasks after it. */
#define FRESH_US INT64_C(1000000)
/* With fewer runs the cache is small because of its setting, and evicts without overload. */
#define CROWD LIMIT_OPEN_TASKS

static const char *const names[ADMISSION_STATES] = {"open", "tasks are late", "the cache is full"};

const char *admission_state_name(enum admission_state state)
{
    return names[state];
}

void admission_note_task(struct admission *admission, int64_t waited_us, int64_t polled_us, int64_t now_us)
{
    if (waited_us < 0)
        return;
    admission->waited_us = waited_us > polled_us ? waited_us : 0;
    admission->waited_at_us = now_us;
}

/* Judged by the server's clock, or by the activities that this worker has completed, in case the server sends no
   times. */
static bool tasks_are_late(const struct admission *admission, int64_t polling_us, int64_t now_us)
{
    if (admission->waited_us > LATE_US && now_us - admission->waited_at_us < FRESH_US)
        return true;
    int64_t due_us = run_cache_due_since(admission->cache, now_us - STICKY_TIMEOUT_MS * INT64_C(1000));
    return due_us < now_us - LATE_US && due_us < polling_us;
}

static bool cache_is_full(const struct admission *admission, int64_t now_us)
{
    return run_cache_count(admission->cache) >= CROWD &&
           run_cache_is_crowded(admission->cache, now_us - STICKY_TIMEOUT_MS * INT64_C(1000));
}

enum admission_state admission_state(const struct admission *admission, int64_t polling_us, int64_t now_us)
{
    if (admission->cache == NULL)
        return ADMISSION_OPEN;
    if (tasks_are_late(admission, polling_us, now_us))
        return ADMISSION_TASKS_LATE;
    return cache_is_full(admission, now_us) ? ADMISSION_CACHE_FULL : ADMISSION_OPEN;
}
