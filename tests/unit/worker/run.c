/* A worker's whole life, and what operators see of it at the end. */
#include <criterion/criterion.h>

#include "base/log.h"
#include "tests/unit/worker/server.h"
#include "worker/worker_metrics.h"

/* Nothing is under way at the end. */
static void assert_gauges_at_rest(void)
{
    static const enum worker_metric used[] = {
        METRIC_READY,          METRIC_ASYNC_USED,       METRIC_TASK_SLOTS_USED, METRIC_ACTIVITY_SLOTS_USED,
        METRIC_POLLERS_STICKY, METRIC_POLLERS_WORKFLOW, METRIC_POLLERS_ACTIVITY};
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
        cr_expect_eq(worker_metrics_sum(used[i], 0), 0, "gauge %d", (int)used[i]);
    if (worker_metrics_sum(METRIC_WORKER_START, 0) == 0)
        return; /* it was stopped before it was ready */
    cr_expect_eq(worker_metrics_sum(METRIC_TASK_SLOTS_AVAILABLE, 0), LIMIT_OPEN_TASKS);
    cr_expect_eq(worker_metrics_sum(METRIC_ACTIVITY_SLOTS_AVAILABLE, 0), server.options.activities);
}

enum worker_end server_run(void)
{
    server.worker = worker_new(&server.options);
    cr_assert_not_null(server.worker);
    enum worker_end end = worker_run(server.worker);
    cr_expect_null(log_get_context(), "log lines of the loop still carry the fields of something that may be freed");
    if (end == WORKER_DRAINED) {
        assert_gauges_at_rest();
        worker_free(server.worker);
    }
    return end;
}
