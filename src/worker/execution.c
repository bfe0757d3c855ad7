/* Has it written down what becomes of an execution, where somebody wants to know: before a workflow task is answered,
   so that an end that the server knows of is never missing. The Go worker has activities for it instead. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/uuid.h"
#include "worker/workflow_task.h"

/* Lives in its arena. */
struct tell_job {
    struct pool_job job;
    struct open_task *task;
    struct arena *arena;
    struct execution_change change; /* its texts live in the run and the task's arena */
    enum status status;
    struct error error;
};

/* On a thread of the pool. */
static void tell(struct pool_job *job)
{
    struct tell_job *telling = (struct tell_job *)job;
    const struct worker_options *options = &telling->task->worker->options;
    telling->error = ERROR_IN(telling->arena);
    const struct log_context *before = log_set_context(&telling->task->log);
    telling->status = options->execution_changed(options->hook, &telling->change, telling->arena, &telling->error);
    (void)log_set_context(before);
}

static void log_untold(const struct tell_job *telling)
{
    const struct log_context *before = log_set_context(&telling->task->log);
    log_line(telling->change.status == EXECUTION_RUNNING ? LOG_WARN : LOG_ERROR, "Failed to mark execution",
             LOG_STRING("status", execution_status_name(telling->change.status)),
             LOG_FAILURE("error", telling->error.message));
    (void)log_set_context(before);
}

static struct text why_untold(const struct tell_job *telling)
{
    struct text why = arena_print(telling->task->arena, "mark execution %s: %.*s",
                                  execution_status_name(telling->change.status), TEXT_ARG(telling->error.message));
    return why.size > 0 ? why : TEXT("mark execution: out of the memory budget of this task");
}

/* An end that cannot be written now is left to the task's next try. What is refused for good must not keep the run from
   ending, nor may it wait for what only tells of its beginning. */
static void told(struct pool_job *job)
{
    struct tell_job *telling = (struct tell_job *)job;
    struct open_task *task = telling->task;
    struct text why = TEXT_NONE;
    if (telling->status == STATUS_UNAVAILABLE && telling->change.status != EXECUTION_RUNNING)
        why = why_untold(telling);
    else if (telling->status != STATUS_OK)
        log_untold(telling);
    arena_give(&task->worker->small_arenas, telling->arena);
    task->under_way--;
    workflow_task_told(task, why);
}

/* False when the commands do not end the execution: a run that continues as new goes on with it. */
static bool find_end(const struct command_list *commands, struct execution_change *change)
{
    for (size_t i = 0; i < commands->count; i++) {
        switch (commands->items[i].kind) {
        case COMMAND_COMPLETE: change->status = EXECUTION_COMPLETED; return true;
        case COMMAND_CANCEL: change->status = EXECUTION_CANCELED; return true;
        case COMMAND_FAIL:
            change->status = EXECUTION_FAILED;
            change->failure = commands->items[i].failure;
            return true;
        default: break;
        }
    }
    return false;
}

/* The execution of a branch is its parent's. */
static bool find_change(const struct open_task *task, struct execution_change *change)
{
    change->execution_id = run_execution_id(task->entry->run);
    if (change->execution_id.size == 0 || !text_is(task->task.workflow_type, WORKFLOW_TYPE))
        return false;
    change->deadline_us = task->local_until_us + LIMIT_TELL_END_MS * INT64_C(1000);
    if (find_end(&task->commands, change))
        return true;
    change->status = EXECUTION_RUNNING;
    change->deadline_us = clock_monotonic_us() + LIMIT_TELL_BEGIN_MS * INT64_C(1000);
    return task->task.previous_started_id == 0;
}

bool execution_tell(struct open_task *task)
{
    struct worker *worker = task->worker;
    struct execution_change change = {0};
    if (worker->options.execution_changed == NULL || !find_change(task, &change))
        return false;
    struct arena *arena = arena_take(&worker->small_arenas);
    struct tell_job *telling = ARENA_NEW(arena, struct tell_job);
    if (telling == NULL)
        abort();
    *telling = (struct tell_job){.job = {.work = tell, .done = told}, .task = task, .arena = arena, .change = change};
    task->under_way++;
    pool_submit(worker->pool, &telling->job, true);
    return true;
}

/* ---- of runs that the Go worker began ---- */

bool execution_mark_type(struct text activity_type, enum execution_status *status)
{
    static const struct {
        const char *type;
        enum execution_status status;
    } types[] = {
        {MARK_RUNNING, EXECUTION_RUNNING}, {MARK_COMPLETED, EXECUTION_COMPLETED}, {MARK_FAILED, EXECUTION_FAILED}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        *status = types[i].status;
        if (text_is(activity_type, types[i].type))
            return true;
    }
    return false;
}

/* Of a member or of the whole input. */
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

enum status execution_mark_read(struct arena *arena, struct text input, struct execution_change *change,
                                struct error *error)
{
    struct json_value document;
    enum status status = json_read(arena, input, &document, error);
    if (status != STATUS_OK)
        return status;
    const struct json_value *id = &document;
    if (change->status == EXECUTION_FAILED) {
        if (document.type != JSON_OBJECT)
            return error_set(error, STATUS_INVALID, TEXT_NONE, "expected object, found %s",
                             json_type_name(document.type));
        id = json_get_lenient(&document, TEXT("ExecutionID"));
        status = read_text(json_get_lenient(&document, TEXT("ErrorMessage")), "ErrorMessage", &change->failure, error);
    }
    if (status == STATUS_OK)
        status = read_text(id, "execution id", &change->execution_id, error);
    if (status != STATUS_OK)
        return status;
    struct uuid uuid;
    if (!uuid_parse(change->execution_id, &uuid))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "execution id: expected a UUID, found '%.*s'",
                         TEXT_ARG(text_cut_utf8(change->execution_id, LIMIT_FAULT_VALUE)));
    char canonical[UUID_TEXT_SIZE + 1];
    uuid_format(uuid, canonical);
    change->execution_id = arena_copy(arena, text_from(canonical));
    return change->execution_id.data != NULL ? STATUS_OK : error_budget(error);
}
