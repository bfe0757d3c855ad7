/* Applies events to a run and takes the outcomes of its actions. */
#include "engine/run.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "engine/names.h"
#include "engine/run_internal.h"

/* Small, since the cache holds many runs. */
#define RUN_FIRST_CHUNK 1024

struct run *run_new(const struct run_policy *policy)
{
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return NULL;
    run->policy = policy;
    run->arena = arena_new(LIMIT_RUN_ARENA, RUN_FIRST_CHUNK);
    if (run->arena == NULL) {
        free(run);
        return NULL;
    }
    return run;
}

void run_free(struct run *run)
{
    if (run == NULL)
        return;
    run_free_signals(run);
    arena_free(run->arena);
    free(run);
}

static struct text event_place(struct error *error, const struct event *event)
{
    return error != NULL && error->arena != NULL ? arena_print(error->arena, "event %lld", (long long)event->id)
                                                 : TEXT_NONE;
}

/* Finds the action of an activity. An activity of this worker has the action's id; one that the Go worker scheduled
   names the action in its input. UINT32_MAX: the activity belongs to no action, such as one that records the status. */
static enum status action_of(struct run *run, const struct event *event, uint32_t *action, struct error *error)
{
    *action = graph_find(&run->graph, event->activity_id);
    if (*action != UINT32_MAX || event->payload.size == 0)
        return STATUS_OK;
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value input;
    if (json_read(scratch, event->payload, &input, NULL) == STATUS_OK)
        *action = graph_find(&run->graph, json_get_text(&input, TEXT("action_id")));
    arena_free(scratch);
    return STATUS_OK;
}

static enum status apply_scheduled(struct run *run, const struct event *event, struct error *error)
{
    uint32_t action;
    bool known;
    enum status status = run_ask_scheduled(run, event, &known, error);
    if (status != STATUS_OK || known)
        return status;
    status = action_of(run, event, &action, error);
    if (status != STATUS_OK || action == UINT32_MAX)
        return status;
    status = run_confirm_identity(run, event, error);
    if (status != STATUS_OK)
        return status;
    enum action_state state = (enum action_state)run->nodes[action].state;
    if (action_state_ended(state) && state != ACTION_STATE_CANCELED)
        return STATUS_OK;
    return run_note_scheduled(run, event, action, EXECUTOR_ACTIVITY, error);
}

static void apply_started(struct run *run, const struct event *event)
{
    const struct scheduled *scheduled = run_find_scheduled(run, event->scheduled_id);
    if (scheduled != NULL && scheduled->ask != ASK_ASIDE)
        run->nodes[scheduled->action].attempts = event->attempt > UINT16_MAX ? UINT16_MAX : (uint16_t)event->attempt;
}

static void apply_canceling(struct run *run, const struct event *event)
{
    const struct scheduled *scheduled = run_find_scheduled(run, event->scheduled_id);
    if (scheduled != NULL && scheduled->ask > 0)
        run_ask_canceling(run, scheduled);
}

static enum status apply_result(struct run *run, uint32_t action, const struct event *event, bool is_output,
                                struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value result;
    struct failure why;
    enum status status = run_read_result(scratch, event, is_output,
                                         action_catalog_find(run->policy->catalog, run->graph.actions[action].type),
                                         &result, &why, error);
    if (status == STATUS_OK && why.text.size == 0) {
        struct text json = json_to_text(scratch, &result);
        status = json.data != NULL ? run_finish(run, action, json, &result, error) : error_budget(error);
    } else if (status == STATUS_OK) {
        status = run_fail(run, action, failure_join(scratch, FAILURE_TEXT("its result cannot be read: "), why),
                          FAILURE_PERMANENT, error);
    }
    arena_free(scratch);
    return status;
}

static uint32_t ready_delay(struct run *run, int64_t duration_ms)
{
    if (run->ready_count > 0 && run->nodes[run->ready[0]].state != ACTION_STATE_READY)
        run_squeeze_ready(run);
    for (uint32_t i = 0; i < run->ready_count; i++) {
        const struct graph_action *action = &run->graph.actions[run->ready[i]];
        if (run->nodes[run->ready[i]].state == ACTION_STATE_READY && text_is(action->type, DELAY_TYPE) &&
            delay_lasts(action, duration_ms))
            return run->ready[i];
    }
    return UINT32_MAX;
}

/* A timer of this worker has the action's id. The Go worker, which runs one action at a time, numbers its timers: such
   a timer belongs to the delay that is ready, possibly after an inactive action. */
static enum status apply_timer_started(struct run *run, const struct event *event, struct error *error)
{
    bool known;
    enum status status = run_ask_scheduled(run, event, &known, error);
    if (status != STATUS_OK || known)
        return status;
    uint32_t action = graph_find(&run->graph, event->activity_id);
    if (action == UINT32_MAX)
        action = ready_delay(run, event->duration_ms);
    if (action == UINT32_MAX) {
        run_skip_inactive(run);
        action = ready_delay(run, event->duration_ms);
    }
    if (action == UINT32_MAX || action_state_ended((enum action_state)run->nodes[action].state))
        return STATUS_OK;
    if (run->nodes[action].wait != NULL)
        run_wait_timer_started(run, action, event);
    return run_note_scheduled(run, event, action, EXECUTOR_TIMER, error);
}

static enum status apply_timer_fired(struct run *run, const struct scheduled *scheduled, struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    uint32_t action = scheduled->action;
    struct json_value config, result;
    int64_t duration_ms;
    struct text written = TEXT_NONE;
    enum status status = json_read(scratch, run->graph.actions[action].config, &config, error);
    /* The timer was started, so its duration was valid then: a template had it, or an older worker accepted it. */
    if (status == STATUS_OK && delay_read(scratch, TEXT_NONE, &config, &duration_ms, &written, NULL) != STATUS_OK)
        written = delay_text(scratch, scheduled->duration_ms);
    struct text json = delay_result(scratch, written);
    if (status == STATUS_OK)
        status = json.data != NULL ? json_read(scratch, json, &result, error) : error_budget(error);
    if (status == STATUS_OK)
        status = run_finish(run, action, json, &result, error);
    arena_free(scratch);
    return status;
}

/* The failure in a history. Which parts of it are data is not known, so nothing is public. */
static struct failure of_history(const struct event *event)
{
    return (struct failure){.text = event->failure};
}

static enum status apply_timed_out(struct run *run, const struct scheduled *scheduled, const struct event *event,
                                   struct error *error)
{
    uint32_t action = scheduled->action;
    const struct action_type *type = action_catalog_find(run->policy->catalog, run->graph.actions[action].type);
    if (type != NULL && type->mode == ACTION_MODE_HUMAN)
        return run_unanswered(run, action, type, scheduled->duration_ms / 1000, error);
    return run_fail(run, action, event->failure.size > 0 ? of_history(event) : FAILURE_TEXT("activity timed out"),
                    FAILURE_TIMED_OUT, error);
}

/* Applies the end of an activity, a timer or a branch, found by its scheduled event. No effect when that event belongs
   to no action, when the action has already ended, or when a later branch began with the same action. */
static enum status apply_end(struct run *run, const struct event *event, struct error *error)
{
    const struct scheduled *scheduled = run_find_scheduled(run, event->scheduled_id);
    uint32_t action = scheduled != NULL ? scheduled->action : UINT32_MAX;
    if (scheduled != NULL && scheduled->ask > 0)
        return run_ask_ended(run, scheduled, event, error);
    if (action == UINT32_MAX || action_state_ended((enum action_state)run->nodes[action].state) ||
        run->nodes[action].scheduled_id != event->scheduled_id)
        return STATUS_OK;
    switch (event->kind) {
    case EVENT_ACTIVITY_COMPLETED: return apply_result(run, action, event, true, error);
    case EVENT_ACTIVITY_TIMED_OUT: return apply_timed_out(run, scheduled, event, error);
    case EVENT_ACTIVITY_CANCELED:
    case EVENT_TIMER_CANCELED:
        if (!run->cancel_requested)
            return run_fail(run, action, FAILURE_TEXT("canceled"), FAILURE_CANCELED, error);
        run_move(run, action, ACTION_STATE_CANCELED);
        return STATUS_OK;
    case EVENT_TIMER_FIRED:
        if (run->nodes[action].wait == NULL)
            return apply_timer_fired(run, scheduled, error);
        run_wait_fired(run, action, event);
        return STATUS_OK;
    case EVENT_CHILD_COMPLETED: return run_branch_done(run, action, event, error);
    default:
        return run_fail(run, action, of_history(event), event->permanent ? FAILURE_PERMANENT : FAILURE_ATTEMPTS, error);
    }
}

static enum status apply_recorded(struct run *run, const struct event *event, struct error *error)
{
    uint32_t action = graph_find(&run->graph, event->activity_id);
    bool known = false;
    enum status status = action == UINT32_MAX ? run_ask_noted(run, event, &known, error) : STATUS_OK;
    if (status != STATUS_OK || known)
        return status;
    if (action == UINT32_MAX)
        return error_set(error, STATUS_INVALID, event_place(error, event),
                         PUBLIC("a result is recorded for action %.*s, which is not in the graph"),
                         TEXT_ARG(event->activity_id));
    run->nodes[action].recorded = true;
    run->nodes[action].attempts = 1;
    if (run->nodes[action].ended_us == 0)
        run->nodes[action].ended_us = event->time_us;
    if (action_state_ended((enum action_state)run->nodes[action].state))
        return STATUS_OK;
    if (run->nodes[action].wait != NULL)
        run_wait_was_recorded(run, action, event->payload);
    return event->failure.size > 0 ? run_fail(run, action, of_history(event), FAILURE_PERMANENT, error)
                                   : apply_result(run, action, event, false, error);
}

/* The worker's setting at the start of a run applies to the whole run. */
static void apply_task_completed(struct run *run, const struct event *event)
{
    run->task_completed = true;
    if (event->holds && (run->hold == HOLD_UNDECIDED || run->hold == HOLD_BY_POLICY))
        run->hold = HOLD_BY_HISTORY;
}

static enum status apply_failed_action(struct run *run, const struct event *event, struct error *error)
{
    run->known_failed_action = arena_copy(run->arena, event->activity_id);
    return run->known_failed_action.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status apply_signaled(struct run *run, const struct event *event, struct error *error)
{
    enum status status = run_note_signal(run, event, error);
    return status == STATUS_OK ? run_signaled(run, event, error) : status;
}

static enum status apply_running(struct run *run, const struct event *event, struct error *error)
{
    switch (event->kind) {
    case EVENT_ACTIVITY_SCHEDULED: return apply_scheduled(run, event, error);
    case EVENT_ACTIVITY_STARTED: apply_started(run, event); return STATUS_OK;
    case EVENT_ACTIVITY_CANCEL_REQUESTED: apply_canceling(run, event); return STATUS_OK;
    case EVENT_ACTIVITY_COMPLETED:
    case EVENT_ACTIVITY_FAILED:
    case EVENT_ACTIVITY_TIMED_OUT:
    case EVENT_ACTIVITY_CANCELED:
    case EVENT_TIMER_FIRED:
    case EVENT_TIMER_CANCELED:
    case EVENT_CHILD_COMPLETED:
    case EVENT_CHILD_FAILED: return apply_end(run, event, error);
    case EVENT_TIMER_STARTED: return apply_timer_started(run, event, error);
    case EVENT_CHILD_INITIATED: return run_branch_initiated(run, event, error);
    case EVENT_RESULT_RECORDED: return apply_recorded(run, event, error);
    case EVENT_SIGNALED: return apply_signaled(run, event, error);
    case EVENT_UPDATE_ACCEPTED: return run_apply_accepted(run, event, error);
    case EVENT_TASK_COMPLETED: apply_task_completed(run, event); return STATUS_OK;
    case EVENT_FAILED_ACTION: return apply_failed_action(run, event, error);
    default: return STATUS_OK;
    }
}

/* Everything in flight is canceled with the run, except branches of the Go worker, which may outlive it. */
static void apply_closed(struct run *run)
{
    run_skip_inactive(run);
    for (uint32_t i = 0; run->in_flight > 0 && i < run->graph.action_count; i++)
        if (run->nodes[i].state == ACTION_STATE_SCHEDULED && run->nodes[i].executor != EXECUTOR_BRANCH)
            run_move(run, i, ACTION_STATE_CANCELED);
    run_cancel_held(run);
    run->phase = PHASE_OVER;
}

enum status run_apply(struct run *run, const struct event *event, struct error *error)
{
    if (event->time_us > 0)
        run->clock_us = event->time_us;
    switch (event->kind) {
    case EVENT_STARTED:
        if (run->phase != PHASE_NEW)
            return error_set(error, STATUS_INVALID, event_place(error, event), "the run is started twice");
        return run_start(run, event, text_equal(event->activity_type, TEXT(BRANCH_TYPE)), error);
    case EVENT_TASK_STARTED:
        run->history_length = event->id;
        run->suggest_continue = run->suggest_continue || event->suggest_continue;
        return STATUS_OK;
    case EVENT_CANCEL_REQUESTED: run->cancel_requested = true; return STATUS_OK;
    case EVENT_CLOSED: apply_closed(run); return STATUS_OK;
    default: break;
    }
    if (run->phase == PHASE_NEW)
        return error_set(error, STATUS_INVALID, event_place(error, event),
                         "history does not begin with WorkflowExecutionStarted");
    return run->phase == PHASE_RUNNING || (run->phase == PHASE_OVER && run->nodes != NULL)
               ? apply_running(run, event, error)
               : STATUS_OK;
}

static void summarize(const struct event *events, size_t count, struct history_summary *summary)
{
    *summary = (struct history_summary){0};
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &events[i];
        if (event->kind == EVENT_STARTED) {
            summary->trace = event->trace;
            summary->started_us = event->time_us;
        } else if (event->kind == EVENT_CLOSED) {
            summary->close = event->close;
            summary->failure = event->failure;
        }
        summary->ended_us = event->time_us;
    }
}

enum status run_fold(struct run *run, const struct event *events, size_t count, struct history_summary *summary,
                     struct error *error)
{
    if (summary != NULL)
        summarize(events, count, summary);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = run_apply(run, &events[i], error);
    return status;
}

static enum status fail_large(struct run *run, uint32_t action, size_t bytes, struct error *error)
{
    const struct graph_action *described = &run->graph.actions[action];
    struct failure failure =
        failure_print(run->task_arena,
                      PUBLIC("action %.*s (%.*s): its result of %zu bytes is larger than the %zu that Temporal takes"),
                      TEXT_ARG(described->name), TEXT_ARG(described->id), bytes, (size_t)LIMIT_PAYLOAD_BYTES);
    return failure.text.data != NULL ? run_fail(run, action, failure, FAILURE_PERMANENT, error) : error_budget(error);
}

enum status run_perform_done(struct run *run, uint32_t action, const struct action_report *report, struct error *error)
{
    if (action >= run->graph.action_count || run->nodes[action].state != ACTION_STATE_PERFORMING)
        return error_set(error, STATUS_INTERNAL, TEXT_NONE, PUBLIC("action %u is not being performed"), action);
    assert(run->performing > 0 && run->task_arena != NULL);
    enum status status = STATUS_OK;
    run->nodes[action].attempts = 1;
    switch (report->outcome) {
    case ACTION_OUTCOME_DONE: {
        struct text json = json_to_text(run->task_arena, &report->result);
        if (json.data == NULL)
            return error_budget(error);
        struct task_note *note = run_note(run, action);
        if (note == NULL)
            return error_budget(error);
        note->result = report->result;
        note->parsed = true;
        note->stored_result = report->stored_result;
        status = json.size <= LIMIT_PAYLOAD_BYTES ? run_finish(run, action, json, &report->result, error)
                                                  : fail_large(run, action, json.size, error);
        break;
    }
    case ACTION_OUTCOME_REFUSED:
        status = run_fail(run, action, action_report_failure(report), FAILURE_PERMANENT, error);
        break;
    case ACTION_OUTCOME_RETRY:
        run->nodes[action].attempts = 0;
        run->nodes[action].handed_over = true;
        run_make_ready(run, action);
        return STATUS_OK;
    case ACTION_OUTCOME_PENDING:
        return error_set(error, STATUS_INTERNAL, TEXT_NONE, "a local action cannot be pending");
    }
    if (status == STATUS_OK)
        run_add_unrecorded(run, action);
    return status;
}

void run_task_end(struct run *run)
{
    run->task_arena = NULL;
    run->notes = NULL;
    run->trigger_read = false;
    run->handed_out = 0;
    run->handed_bytes = 0;
    run->answer_bytes = 0;
    run->answer_full = false;
}

bool run_must_tell_hold(const struct run *run)
{
    return run->hold == HOLD_BY_POLICY;
}

bool run_is_performing(const struct run *run)
{
    return run->performing > 0;
}

bool run_is_over(const struct run *run)
{
    return run->phase == PHASE_OVER;
}

size_t run_bytes(const struct run *run)
{
    return sizeof *run + arena_bytes(run->arena) + run_signal_bytes(run);
}
