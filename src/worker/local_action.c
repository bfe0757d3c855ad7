/* Performs actions inside a workflow task: pure ones on the loop, others on threads. */
#include "worker/local_action.h"

#include "base/clock.h"
#include "base/date.h"

#define NOT_PERFORMED INT64_C(-1)

struct local_job {
    struct task_job job;
    const struct local_actions *local;
    uint32_t action;
    const struct action_type *type;
    struct action_request request; /* its texts live in the task's arena */
    struct action_report report;
    int64_t took_us; /* or NOT_PERFORMED */
};

/* Returns how long the action took. Any thread. */
static int64_t perform(const struct local_actions *local, struct arena *arena, const struct action_request *request,
                       struct action_report *report)
{
    int64_t started_us = clock_monotonic_us();
    if (started_us >= local->until_us) {
        *report = (struct action_report){.outcome = ACTION_OUTCOME_PENDING};
        return NOT_PERFORMED;
    }
    const struct worker_options *options = &local->resources->options;
    struct action_environment environment = {
        .catalog = options->catalog,
        .services = options->services,
        .stand_in = options->stand_in,
        .attempt = local->attempt,
        .local = true,
        .now = date_text(arena, clock_utc_seconds_us(), DATE_RFC3339),
        .limit.deadline_us = local->until_us,
    };
    logged_action_perform(&environment, arena, request, report);
    return clock_monotonic_us() - started_us;
}

static void count(const struct local_actions *local, const struct action_type *type, enum action_outcome outcome,
                  int64_t took_us)
{
    metric_add(worker_metric_action(local->labels, type, true, outcome), 1);
    worker_count(METRIC_LOCAL_TOTAL, local->labels, 1);
    if (outcome != ACTION_OUTCOME_DONE)
        worker_count(METRIC_LOCAL_FAILED, local->labels, 1);
    else
        worker_observe(METRIC_LOCAL_ENDTOEND, local->labels, took_us);
    if (took_us != NOT_PERFORMED)
        worker_observe(METRIC_LOCAL_EXECUTION, local->labels, took_us);
}

static void log_outcome(const struct local_actions *local, const struct action_request *request,
                        const struct action_report *report)
{
    const struct log_context context = action_log_context(local->jobs->log, request);
    LOG_SCOPE(&context);
    if (report->outcome == ACTION_OUTCOME_DONE)
        log_line(LOG_DEBUG, "Action completed");
    else if (report->outcome == ACTION_OUTCOME_RETRY)
        log_line(LOG_INFO, "Action continues as an activity", LOG_FAILURE("error", action_report_failure(report)));
    else
        log_line(LOG_WARN, "Action failed", LOG_FAILURE("error", action_report_failure(report)));
}

/* An action that has no outcome yet is performed again, as an activity. */
static void performed_once(const struct local_actions *local, const struct action_request *request,
                           const struct action_type *type, struct action_report *report, int64_t took_us)
{
    if (report->outcome == ACTION_OUTCOME_PENDING)
        *report = (struct action_report){.outcome = ACTION_OUTCOME_RETRY, .failure = TEXT("continues as an activity")};
    count(local, type, report->outcome, took_us);
    log_outcome(local, request, report);
}

static enum status perform_at_once(const struct local_actions *local, struct run *run, struct arena *arena,
                                   const struct command *command, struct error *error)
{
    struct action_report report;
    LOG_SCOPE(local->jobs->log);
    int64_t took_us = perform(local, arena, &command->request, &report);
    performed_once(local, &command->request, command->type, &report, took_us);
    return run_perform_done(run, command->action, &report, error);
}

static void work(struct task_job *job)
{
    struct local_job *action = (struct local_job *)job;
    action->took_us = perform(action->local, job->arena, &action->request, &action->report);
}

static void done(struct task_job *job, void *task)
{
    struct local_job *action = (struct local_job *)job;
    performed_once(action->local, &action->request, action->type, &action->report, action->took_us);
    action->local->done(task, action->action, &action->report);
}

static void perform_on_thread(const struct local_actions *local, const struct command *command)
{
    struct local_job *action = TASK_JOB_NEW(local->jobs, local->arenas, struct local_job);
    action->local = local;
    action->action = command->action;
    action->type = command->type;
    action->request = command->request;
    task_job_start(&action->job, local->turns, work, done);
}

enum status local_actions_perform(const struct local_actions *local, struct run *run, struct arena *arena,
                                  const struct command *commands, size_t count, size_t *performed, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct command *command = &commands[i];
        if (command->kind != COMMAND_PERFORM)
            continue;
        if (command->type->effects == EFFECTS_PURE) {
            status = perform_at_once(local, run, arena, command, error);
            ++*performed;
        } else {
            perform_on_thread(local, command);
        }
    }
    return status;
}
