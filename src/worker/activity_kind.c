/* The differences between actions and marks: how they are read, performed, counted and logged. */
#include "worker/activity_kind.h"

#include <assert.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/uuid.h"
#include "engine/names.h"

bool activity_is_stopped(const struct activity *activity)
{
    return atomic_load_explicit(&activity->stop, memory_order_relaxed) &&
           (activity->type == NULL || activity->type->idempotent);
}

static bool is_canceled(void *userdata)
{
    const struct activity *activity = userdata;
    return atomic_load_explicit(&activity->give_up, memory_order_relaxed) || activity_is_stopped(activity);
}

bool activity_is_late(const struct activity *activity)
{
    return activity->deadline_us != 0 && clock_monotonic_us() > activity->deadline_us;
}

/* ---- actions ---- */

static bool is_asked_as_async(const struct activity *activity)
{
    const struct text type = activity->task.activity_type;
    return text_is(type, ACTIVITY_ASYNC) || text_is(type, ACTIVITY_ASK) || text_is(type, ACTIVITY_REMIND);
}

static enum status action_read(struct activity *activity, struct error *error)
{
    const struct action_catalog *catalog = activity->activities->resources->options.catalog;
    enum status status = action_request_read(activity->arena, activity->task.input, &activity->request, error);
    activity->log = action_log_context(&activity->log, &activity->request);
    activity->type = action_catalog_find(catalog, activity->request.action_type);
    activity->is_async = status == STATUS_OK && is_asked_as_async(activity) && activity->type != NULL &&
                         activity->type->mode == ACTION_MODE_ASYNC;
    return status;
}

/* The limit ends shortly before the activity times out, because a failure before the timeout counts and a timeout does
   not. */
static struct wait_limit activity_limit(struct activity *activity)
{
    struct wait_limit limit = {.deadline_us = activity->deadline_us, .is_canceled = is_canceled, .userdata = activity};
    if (limit.deadline_us == 0)
        return limit;
    int64_t margin_us = (activity->deadline_us - activity->started_us) / 10;
    limit.deadline_us -= margin_us < LIMIT_ANSWER_MARGIN_MS * 1000 ? margin_us : LIMIT_ANSWER_MARGIN_MS * 1000;
    return limit;
}

/* An attempt was lost with its worker, and may have been performed or not. */
static bool refuse_repeat(struct activity *activity)
{
    const struct activity_task *task = &activity->task;
    if (activity->type == NULL || activity->type->idempotent || task->attempt - 1 <= task->failures)
        return false;
    struct failure failure = failure_print(
        activity->arena,
        PUBLIC("%saction %.*s (%.*s): it may have been performed by a worker that was lost, and must not run twice"),
        is_asked_as_async(activity) ? "async " : "", TEXT_ARG(activity->request.action_name),
        TEXT_ARG(activity->request.action_id));
    if (failure.text.data == NULL)
        failure = FAILURE_TEXT("action: it may have been performed by a worker that was lost, and must not run twice");
    activity->report = (struct action_report){.outcome = ACTION_OUTCOME_REFUSED,
                                              .failure_type = "",
                                              .failure = failure.text,
                                              .failure_head = failure.head,
                                              .failure_tail = failure.tail};
    return true;
}

static void action_perform_now(struct activity *activity)
{
    const struct worker_options *options = &activity->activities->resources->options;
    struct action_environment environment = {
        .catalog = options->catalog,
        .services = options->services,
        .stand_in = options->stand_in,
        .attempt = activity->task.attempt,
        .scheduled_us = activity->started_us - activity->task.age_us,
        .last_attempt = activity->task.last_attempt,
        .async = is_asked_as_async(activity),
        .task_token = activity->task.token,
        .now = date_text(activity->arena, clock_utc_seconds_us(), DATE_RFC3339),
        .limit = activity_limit(activity),
    };
    if (refuse_repeat(activity))
        return;
    log_line(LOG_DEBUG, "Executing action activity", LOG_TEXT("activity_id", activity->task.activity_id),
             LOG_INTEGER("attempt", activity->task.attempt));
    logged_action_perform(&environment, activity->arena, &activity->request, &activity->report);
    if (activity->report.outcome != ACTION_OUTCOME_DONE)
        return;
    log_line(LOG_DEBUG, "Action execution succeeded");
    struct buffer output = buffer_in(activity->arena, LIMIT_ACTIVITY_ARENA);
    action_output_write(&output, &activity->request, &activity->report);
    activity->output = buffer_text(&output);
}

static void action_count(const struct activity *activity)
{
    metric_add(worker_metric_action(activity->labels, activity->type, false, activity->report.outcome), 1);
}

static void action_log_failure(const struct activity *activity, struct failure failure, bool retryable)
{
    log_line(LOG_WARN, "Action execution failed", LOG_INTEGER("attempt", activity->task.attempt),
             LOG_BOOLEAN("retryable", retryable), LOG_FAILURE("error", failure));
}

/* ---- marks: the status of an execution ---- */

/* Reads the text of a member or of the whole input. */
static enum status read_text(const struct json_value *value, const char *what, struct text *text, struct error *error)
{
    if (value == NULL || value->type == JSON_NULL)
        return STATUS_OK;
    if (value->type != JSON_STRING)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "%s: expected string, found %s", what,
                         json_type_name(value->type));
    *text = value->string;
    return STATUS_OK;
}

static enum status read_change(const struct json_value *document, struct execution_change *change, struct error *error)
{
    if (change->status != EXECUTION_FAILED)
        return read_text(document, "execution id", &change->execution_id, error);
    if (document->type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "expected object, found %s", json_type_name(document->type));
    enum status status =
        read_text(json_get_lenient(document, TEXT("ErrorMessage")), "ErrorMessage", &change->failure, error);
    if (status != STATUS_OK)
        return status;
    return read_text(json_get_lenient(document, TEXT("ExecutionID")), "execution id", &change->execution_id, error);
}

static enum status mark_read(struct activity *activity, struct error *error)
{
    struct execution_change *change = &activity->change;
    struct json_value document;
    enum status status = json_read(activity->arena, activity->task.input, &document, error);
    if (status == STATUS_OK)
        status = read_change(&document, change, error);
    if (status != STATUS_OK)
        return status;
    struct uuid uuid;
    if (!uuid_parse(change->execution_id, &uuid))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "execution id: expected a UUID, found '%.*s'",
                         TEXT_ARG(text_cut_utf8(change->execution_id, LIMIT_FAULT_VALUE)));
    change->execution_id = uuid_text(activity->arena, uuid);
    activity->log.execution_id = change->execution_id;
    return change->execution_id.data != NULL ? STATUS_OK : error_budget(error);
}

static enum action_outcome outcome_of(enum status status)
{
    if (status == STATUS_OK)
        return ACTION_OUTCOME_DONE;
    return status == STATUS_UNAVAILABLE ? ACTION_OUTCOME_RETRY : ACTION_OUTCOME_REFUSED;
}

static void mark_perform(struct activity *activity)
{
    const struct worker_options *options = &activity->activities->resources->options;
    activity->change.limit = activity_limit(activity);
    struct error error = ERROR_IN(activity->arena);
    enum status status = STATUS_OK;
    if (options->execution_changed != NULL)
        status = options->execution_changed(options->userdata, &activity->change, activity->arena, &error);
    activity->report = (struct action_report){.outcome = outcome_of(status),
                                              .failure = error.message,
                                              .failure_head = error.head,
                                              .failure_tail = error.tail,
                                              .failure_type = ""};
    activity->output = TEXT(""); /* no result */
}

static void mark_count(const struct activity *activity)
{
    (void)activity; /* not an action */
}

static void mark_log_failure(const struct activity *activity, struct failure failure, bool retryable)
{
    log_line(LOG_WARN, "Failed to mark execution", LOG_STRING("status", execution_status_name(activity->change.status)),
             LOG_INTEGER("attempt", activity->task.attempt), LOG_BOOLEAN("retryable", retryable),
             LOG_FAILURE("error", failure));
}

/* ---- the table ---- */

static const struct activity_kind kind_action = {action_read, action_perform_now, action_count, action_log_failure};
static const struct activity_kind kind_mark = {mark_read, mark_perform, mark_count, mark_log_failure};

static const struct {
    const char *type;
    const struct activity_kind *kind;
    enum execution_status status; /* of a mark */
} types[] = {
    {ACTIVITY_SYNC, &kind_action, EXECUTION_RUNNING}, {ACTIVITY_ASYNC, &kind_action, EXECUTION_RUNNING},
    {ACTIVITY_ASK, &kind_action, EXECUTION_RUNNING},  {ACTIVITY_REMIND, &kind_action, EXECUTION_RUNNING},
    {MARK_RUNNING, &kind_mark, EXECUTION_RUNNING},    {MARK_COMPLETED, &kind_mark, EXECUTION_COMPLETED},
    {MARK_FAILED, &kind_mark, EXECUTION_FAILED},
};

const struct activity_kind *activity_kind_find(struct activity *activity)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (!text_is(activity->task.activity_type, types[i].type))
            continue;
        activity->change.status = types[i].status;
        return types[i].kind;
    }
    return NULL;
}

struct text activity_kind_unknown(struct arena *arena, struct text type)
{
    return arena_print(arena,
                       "unable to find activityType=%.*s. Supported types: [" ACTIVITY_SYNC ", " ACTIVITY_ASYNC
                       ", " ACTIVITY_ASK ", " ACTIVITY_REMIND ", " MARK_TYPES "]",
                       TEXT_ARG(type));
}

/* ---- on a thread ---- */

/* False: `fault` says why the input cannot be read. */
static bool read_input(struct activity *activity)
{
    struct error error = ERROR_IN(activity->arena);
    enum status status = activity->task.input_foreign
                             ? error_set(&error, STATUS_INVALID, TEXT_NONE, "payload encoding is not json/plain")
                             : activity->kind->read(activity, &error);
    if (status == STATUS_OK)
        return true;
    activity->fault_type = "wrapError";
    activity->fault = failure_print(
        activity->arena,
        "unable to decode the activity function input payload with error: %.*s" PUBLIC(" for function name: %.*s"),
        TEXT_ARG(error.message), TEXT_ARG(activity->task.activity_type));
    if (activity->fault.text.data == NULL)
        activity->fault = FAILURE_TEXT("unable to decode the activity function input payload");
    return false;
}

void activity_not_started(struct activity *activity)
{
    activity->report = (struct action_report){.outcome = ACTION_OUTCOME_RETRY, .failure_type = ""};
    activity->report.failure =
        arena_print(activity->arena, "async action %.*s (%.*s): start: canceled before it began",
                    TEXT_ARG(activity->request.action_name), TEXT_ARG(activity->request.action_id));
    if (activity->report.failure.data == NULL)
        activity->report.failure = TEXT("async action: canceled before it began");
    activity->report.failure_head = activity->report.failure.size; /* no data */
}

void activity_perform(struct activity *activity)
{
    assert(activity->state == ACTIVITY_STATE_RUNNING || activity->state == ACTIVITY_STATE_ASYNC);
    LOG_SCOPE(&activity->log);
    if (activity->state == ACTIVITY_STATE_ASYNC) {
        /* The activity may have been queued for a long time. If nobody waits for it any more it is not started. */
        if (is_canceled(activity) || activity_is_late(activity))
            activity_not_started(activity);
        else
            activity->kind->perform(activity);
    } else if (read_input(activity) && !activity->is_async) {
        activity->kind->perform(activity);
    }
}
