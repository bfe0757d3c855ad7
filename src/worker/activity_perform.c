/* What an activity task asks for, performed on a thread of a pool. */
#include "base/clock.h"
#include "worker/activity_task.h"
#include "worker/logged_action.h"

static bool is_canceled(void *hook)
{
    return activity_is_canceled(hook);
}

bool activity_is_canceled(const struct activity *activity)
{
    return atomic_load_explicit(&activity->give_up, memory_order_relaxed);
}

bool activity_is_late(const struct activity *activity)
{
    return activity->deadline_us != 0 && clock_monotonic_us() > activity->deadline_us;
}

/* False: then its fault says why it cannot be read. */
static bool read_input(struct activity *activity)
{
    struct error error = ERROR_IN(activity->arena);
    const struct activity_task *task = &activity->task;
    enum status status;
    if (task->input_foreign)
        status = error_set(&error, STATUS_INVALID, TEXT_NONE, "payload encoding is not json/plain");
    else if (activity->marks)
        status = execution_mark_read(activity->arena, task->input, &activity->change, &error);
    else
        status = action_request_read(activity->arena, task->input, &activity->request, &error);
    activity->log = action_log_context(&activity->log, &activity->request);
    if (status == STATUS_OK && activity->marks)
        activity->log.execution_id = activity->change.execution_id;
    if (status == STATUS_OK)
        return true;
    activity->fault_type = "wrapError";
    activity->fault =
        arena_print(activity->arena,
                    "unable to decode the activity function input payload with error: %.*s for function name: %.*s",
                    TEXT_ARG(error.message), TEXT_ARG(task->activity_type));
    if (activity->fault.data == NULL)
        activity->fault = TEXT("unable to decode the activity function input payload");
    return false;
}

/* ---- actions ---- */

static bool asked_as_async(const struct activity *activity)
{
    return text_is(activity->task.activity_type, ACTIVITY_ASYNC);
}

const struct action_type *activity_type_of(const struct activity *activity)
{
    return action_catalog_find(activity->worker->options.catalog, activity->request.action_type);
}

static void write_output(struct activity *activity)
{
    struct buffer output = buffer_in(activity->arena, LIMIT_ACTIVITY_ARENA);
    action_output_write(&output, &activity->request, &activity->report.result);
    activity->output = buffer_text(&output);
}

static void perform_action(struct activity *activity)
{
    struct action_environment environment = {
        .catalog = activity->worker->options.catalog,
        .services = activity->worker->options.services,
        .attempt = activity->task.attempt,
        .last_attempt = activity->task.last_attempt,
        .async = asked_as_async(activity),
        .task_token = activity->task.token,
        .now = wall_clock(activity->arena),
        .deadline_us = activity->deadline_us,
        .is_canceled = is_canceled,
        .hook = activity,
    };
    log_line(LOG_DEBUG, "Executing action activity", LOG_TEXT("activity_id", activity->task.activity_id),
             LOG_INTEGER("attempt", activity->task.attempt));
    logged_action_perform(&environment, activity->arena, &activity->request, &activity->report);
    if (activity->report.outcome != ACTION_OUTCOME_DONE)
        return;
    log_line(LOG_DEBUG, "Action execution succeeded");
    write_output(activity);
}

void activity_not_begun(struct activity *activity)
{
    activity->report = (struct action_report){.outcome = ACTION_OUTCOME_RETRY, .failure_type = ""};
    activity->report.failure =
        arena_print(activity->arena, "async action %.*s (%.*s): start: canceled before it began",
                    TEXT_ARG(activity->request.action_name), TEXT_ARG(activity->request.action_id));
    if (activity->report.failure.data == NULL)
        activity->report.failure = TEXT("async action: canceled before it began");
}

/* On the pool of all activities at first, where an asynchronous action is found to be one. */
static void perform_here(struct activity *activity)
{
    if (activity->place == PLACE_ASYNC) {
        /* It may have stood in line for long: what nobody waits for any more is not begun. */
        if (activity_is_canceled(activity) || activity_is_late(activity))
            activity_not_begun(activity);
        else
            perform_action(activity);
        return;
    }
    if (!read_input(activity))
        return;
    const struct action_type *type = activity_type_of(activity);
    activity->is_async = asked_as_async(activity) && type != NULL && type->mode == ACTION_MODE_ASYNC;
    if (!activity->is_async)
        perform_action(activity);
}

void activity_perform(struct activity *activity)
{
    const struct log_context *before = log_set_context(&activity->log);
    perform_here(activity);
    (void)log_set_context(before);
}

/* ---- marking ---- */

static enum action_outcome outcome_of(enum status status)
{
    if (status == STATUS_OK)
        return ACTION_OUTCOME_DONE;
    return status == STATUS_UNAVAILABLE ? ACTION_OUTCOME_RETRY : ACTION_OUTCOME_REFUSED;
}

void activity_mark(struct activity *activity)
{
    const struct worker_options *options = &activity->worker->options;
    if (!read_input(activity))
        return;
    activity->change.deadline_us = activity->deadline_us;
    activity->change.is_canceled = is_canceled;
    activity->change.hook = activity;
    struct error error = ERROR_IN(activity->arena);
    enum status status = STATUS_OK;
    const struct log_context *before = log_set_context(&activity->log);
    if (options->execution_changed != NULL)
        status = options->execution_changed(options->hook, &activity->change, activity->arena, &error);
    (void)log_set_context(before);
    activity->report =
        (struct action_report){.outcome = outcome_of(status), .failure = error.message, .failure_type = ""};
    activity->output = TEXT(""); /* no result */
}
