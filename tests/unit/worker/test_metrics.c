/* The labels of metrics. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/limits.h"
#include "worker/worker_metrics.h"

static const struct action_type types[] = {{.name = "send_email"}, {.name = "update_field"}};
static const struct action_catalog catalog = {.types = types, .count = 2};
static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    const struct text queues[] = {TEXT("first"), TEXT("se\"co\\nd")};
    worker_metrics_start(&catalog, TEXT("here"), queues, 2);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(worker_metrics, .init = set_up, .fini = tear_down);

static struct text page(void)
{
    struct buffer buffer = buffer_in(arena, LIMIT_METRICS_BYTES);
    metrics_write(&buffer);
    struct text text = buffer_text(&buffer);
    cr_assert_not_null(text.data);
    return text;
}

static void assert_line(const char *line)
{
    cr_expect_neq(text_find(page(), arena_print(arena, "\n%s\n", line)), SIZE_MAX, "no %s", line);
}

static size_t lines(void)
{
    size_t count = 0;
    for (struct text rest = page(); rest.data != NULL; count++)
        (void)text_split(&rest, '\n');
    return count;
}

Test(worker_metrics, series_start_at_0_for_each_queue)
{
    assert_line("workflow_worker_ready{namespace=\"here\"} 0");
    assert_line("temporal_worker_start_total{namespace=\"here\",task_queue=\"first\"} 0");
    assert_line("temporal_worker_start_total{namespace=\"here\",task_queue=\"se\\\"co\\\\nd\"} 0");
    assert_line("temporal_num_pollers{namespace=\"here\",task_queue=\"first\",poller_type=\"activity_task\"} 0");
    assert_line("temporal_workflow_failed_total{namespace=\"here\",task_queue=\"first\","
                "workflow_type=\"ExecuteGraphWorkflow\"} 0");
    assert_line("temporal_activity_execution_failed_total{namespace=\"here\",task_queue=\"first\","
                "workflow_type=\"ExecuteGraphWorkflow\",activity_type=\"ExecuteActionActivity\"} 0");
    assert_line("workflow_worker_actions_total{namespace=\"here\",task_queue=\"first\",action_type=\"send_email\","
                "dispatch=\"local\",outcome=\"refused\"} 0");
}

Test(worker_metrics, each_known_type_has_its_series)
{
    struct metric_labels place =
        metric_labels(1, TEXT("ExecuteBranchUntilConvergence"), TEXT("ExecuteAsyncActionActivity"));
    worker_count(METRIC_ACTIVITY_RECEIVED, place, 2);
    worker_count(METRIC_WORKFLOW_COMPLETED, place, 3);
    worker_observe(METRIC_ACTIVITY_WAIT, place, 1500000);
    assert_line("temporal_activity_task_received_total{namespace=\"here\",task_queue=\"se\\\"co\\\\nd\","
                "workflow_type=\"ExecuteBranchUntilConvergence\",activity_type=\"ExecuteAsyncActionActivity\"} 2");
    assert_line("temporal_activity_schedule_to_start_latency_seconds_sum{namespace=\"here\","
                "task_queue=\"se\\\"co\\\\nd\",workflow_type=\"ExecuteBranchUntilConvergence\","
                "activity_type=\"ExecuteAsyncActionActivity\"} 1.5");
    assert_line("temporal_workflow_completed_total{namespace=\"here\",task_queue=\"se\\\"co\\\\nd\","
                "workflow_type=\"ExecuteBranchUntilConvergence\"} 3");
    assert_line("temporal_workflow_completed_total{namespace=\"here\",task_queue=\"first\","
                "workflow_type=\"ExecuteGraphWorkflow\"} 0");
    metric_add(worker_metric_action(place, &types[1], false, ACTION_OUTCOME_DONE), 1);
    assert_line("workflow_worker_actions_total{namespace=\"here\",task_queue=\"se\\\"co\\\\nd\","
                "action_type=\"update_field\",dispatch=\"activity\",outcome=\"done\"} 1");
}

Test(worker_metrics, unknown_types_share_one_series)
{
    size_t after_first = 0;
    for (int i = 0; i < 1000; i++) {
        char type[32];
        (void)snprintf(type, sizeof(type), "Foreign\"%d", i);
        struct metric_labels place = metric_labels(0, text_from(type), text_from(type));
        worker_count(METRIC_TASK_FAILED_WORKFLOW, place, 1);
        worker_count(METRIC_ACTIVITY_RECEIVED, place, 1);
        worker_count(METRIC_ACTIVITY_UNREGISTERED, place, 1);
        metric_add(worker_metric_action(place, NULL, false, ACTION_OUTCOME_REFUSED), 1);
        if (i == 0)
            after_first = lines();
    }
    cr_expect_eq(lines(), after_first);
    assert_line("temporal_workflow_task_execution_failed_total{namespace=\"here\",task_queue=\"first\","
                "workflow_type=\"other\",failure_reason=\"WorkflowError\"} 1000");
    assert_line("temporal_activity_task_received_total{namespace=\"here\",task_queue=\"first\","
                "workflow_type=\"other\",activity_type=\"other\"} 1000");
    assert_line("temporal_unregistered_activity_invocation_total{namespace=\"here\",task_queue=\"first\","
                "workflow_type=\"other\",activity_type=\"other\"} 1000");
    assert_line("workflow_worker_actions_total{namespace=\"here\",task_queue=\"first\",action_type=\"other\","
                "dispatch=\"activity\",outcome=\"refused\"} 1000");
}

Test(worker_metrics, a_sum_is_over_the_types_of_one_queue)
{
    worker_count(METRIC_WORKFLOW_FAILED, metric_labels(0, TEXT("ExecuteGraphWorkflow"), TEXT_NONE), 1);
    worker_count(METRIC_WORKFLOW_FAILED, metric_labels(0, TEXT("of others"), TEXT_NONE), 2);
    worker_count(METRIC_WORKFLOW_FAILED, metric_labels(1, TEXT("ExecuteGraphWorkflow"), TEXT_NONE), 4);
    cr_expect_eq(worker_metrics_sum(METRIC_WORKFLOW_FAILED, 0), 3);
    cr_expect_eq(worker_metrics_sum(METRIC_WORKFLOW_FAILED, 1), 4);
    worker_metrics_share(METRIC_TASK_SLOTS_AVAILABLE, 7);
    cr_expect_eq(worker_metrics_sum(METRIC_TASK_SLOTS_AVAILABLE, 0), 7);
    cr_expect_eq(worker_metrics_sum(METRIC_TASK_SLOTS_AVAILABLE, 1), 7);
}
