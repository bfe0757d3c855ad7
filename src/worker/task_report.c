/* Writes log lines about workflow tasks. */
#include "worker/task_report.h"

#include "base/limits.h"
#include "base/log.h"

/* A large input is slow to read, and the history holds every one of them. */
static void warn_of_large_input(const struct command *command)
{
    size_t bytes = command->kind == COMMAND_SCHEDULE_ACTIVITY ? command->payload.size : command->input.size;
    if (bytes > WARN_CONTEXT_BYTES)
        log_line(LOG_WARN, "The input of an action is large", LOG_TEXT("action_id", command->action_id),
                 LOG_TEXT("action_name", command->action_name), LOG_TEXT("action_type", command->action_type),
                 LOG_INTEGER("bytes", bytes));
}

/* No new rule may have such a delay; a run with an older one sleeps as long as its rule says. */
static void warn_of_long_delay(const struct command *command)
{
    if (command->kind == COMMAND_START_TIMER && text_is(command->action_type, "delay") &&
        command->duration_ms > LIMIT_DELAY_MS)
        log_line(LOG_WARN, "Delay exceeds the limit for rules", LOG_TEXT("action_id", command->action_id),
                 LOG_TEXT("action_name", command->action_name), LOG_INTEGER("duration_ms", command->duration_ms));
}

void task_report_commands(const struct command_list *commands)
{
    for (size_t i = 0; i < commands->count; i++) {
        warn_of_large_input(&commands->items[i]);
        warn_of_long_delay(&commands->items[i]);
    }
}

/* Temporal hands a task out again when it is not answered in time, usually after ten seconds. */
void task_report_slow(int64_t duration_us, unsigned attempt)
{
    if (duration_us > WARN_TASK_MS * INT64_C(1000))
        log_line(LOG_WARN, "[TMPRL1104] A workflow task took longer than 5 seconds",
                 LOG_INTEGER("duration_ms", duration_us / 1000), LOG_INTEGER("attempt", attempt));
}

const struct command *task_report_end(const struct command_list *commands, int64_t history_length)
{
    for (size_t i = 0; i < commands->count; i++) {
        const struct command *command = &commands->items[i];
        switch (command->kind) {
        case COMMAND_COMPLETE: log_line(LOG_DEBUG, "Workflow completed"); return command;
        case COMMAND_FAIL:
            log_line(LOG_WARN, "Workflow failed", LOG_FAILURE("error", command_failure(command)));
            return command;
        case COMMAND_CANCEL: log_line(LOG_INFO, "Workflow canceled"); return command;
        case COMMAND_CONTINUE_AS_NEW:
            log_line(LOG_INFO, "History threshold exceeded, continuing as new workflow",
                     LOG_INTEGER("history_length", history_length));
            return command;
        default: break;
        }
    }
    return NULL;
}

/* Adds the code in the form that the SDKs use. */
static struct failure with_code(enum task_failure_cause cause, struct failure failure, struct arena *arena)
{
    static const struct text codes[] = {
        [TASK_FAILURE_UNHANDLED] = {0},
        [TASK_FAILURE_NON_DETERMINISTIC] = {"[TMPRL1100] ", sizeof "[TMPRL1100] " - 1},
        [TASK_FAILURE_PAYLOADS_TOO_LARGE] = {"[TMPRL1103] ", sizeof "[TMPRL1103] " - 1},
        [TASK_FAILURE_MESSAGE_TOO_LARGE] = {"[TMPRL1103] ", sizeof "[TMPRL1103] " - 1},
    };
    if (codes[cause].size == 0)
        return failure;
    struct failure joined = failure_join(arena, failure_public(codes[cause]), failure);
    return joined.text.data != NULL ? joined : failure;
}

struct failure task_report_failure(enum task_failure_cause cause, struct failure failure, unsigned attempt,
                                   struct arena *arena)
{
    failure = with_code(cause, failure, arena);
    log_line(attempt <= 1 ? LOG_ERROR : LOG_DEBUG, "Workflow task failed", LOG_INTEGER("attempt", attempt),
             LOG_FAILURE("error", failure));
    return failure;
}

void task_report_signals(const struct run *run, const struct workflow_task *task)
{
    for (size_t i = 0; i < task->event_count; i++) {
        const struct event *event = &task->events[i];
        if (event->kind == EVENT_SIGNALED && event->id > task->previous_started_id &&
            !run_awaits_signal(run, event->activity_type))
            log_line(LOG_WARN, "Signal ignored: no action of the run waits for it",
                     LOG_TEXT("signal", event->activity_type));
    }
}

/* An incomplete history would lead to wrong decisions. The history of a query's task does not have the start of that
   task. */
struct failure task_history_gap(const struct workflow_task *task, struct arena *arena)
{
    int64_t next = task->first_event_id;
    for (size_t i = 0; i < task->event_count; i++, next++)
        if (task->events[i].id != next)
            return failure_print(arena, PUBLIC("the history has event %lld where event %lld is due"),
                                 (long long)task->events[i].id, (long long)next);
    if (task->legacy_query || next == task->started_id + 1)
        return (struct failure){0};
    return failure_print(arena, PUBLIC("the history ends with event %lld, the task began with event %lld"),
                         (long long)next - 1, (long long)task->started_id);
}
