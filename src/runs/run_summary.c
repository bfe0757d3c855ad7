/* Summarizes runs from their histories. */
#include "runs/run_summary.h"

#include "action/shown_result.h"

/* On a terminal a result is cut here. */
#define SHOWN_RESULT 120

const char *run_close_name(enum run_close close)
{
    switch (close) {
    case CLOSE_NONE: return "running";
    case CLOSE_COMPLETED: return "completed";
    case CLOSE_FAILED: return "failed";
    case CLOSE_CANCELED: return "canceled";
    case CLOSE_TERMINATED: return "terminated";
    case CLOSE_TIMED_OUT: return "timed out";
    case CLOSE_CONTINUED: return "continued as new";
    }
    return "unknown";
}

static bool copy_text(struct arena *arena, struct text *text)
{
    *text = arena_copy(arena, *text);
    return text->data != NULL;
}

enum status run_summary_copy_actions(struct arena *arena, const struct run *run, struct run_summary *summary,
                                     struct error *error)
{
    summary->action_count = run_action_count(run);
    summary->actions = ARENA_ARRAY(arena, summary->action_count, struct run_action);
    bool copied = summary->actions != NULL;
    for (size_t i = 0; i < summary->action_count && copied; i++) {
        struct run_action *action = &summary->actions[i];
        run_action_at(run, i, action);
        action->result =
            shown_result_text(arena, action_catalog_find(&action_catalog_all, action->type), action->result);
        copied = copy_text(arena, &action->id) && copy_text(arena, &action->name) && copy_text(arena, &action->type) &&
                 copy_text(arena, &action->result) && copy_text(arena, &action->failure);
    }
    return copied ? STATUS_OK : error_budget(error);
}

enum status run_summary_fold(struct run *run, const struct event *events, size_t count, struct run_summary *summary,
                             struct error *error)
{
    struct history_summary history;
    enum status status = run_fold(run, events, count, &history, error);
    *summary = (struct run_summary){
        .close = history.close,
        .failure = history.failure,
        .started_us = history.started_us,
        .ended_us = history.ended_us,
        .event_count = count,
    };
    return status;
}

bool run_summary_read(struct arena *arena, const struct event *events, size_t count, struct run_summary *summary)
{
    const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    struct run *run = run_new(&policy);
    if (run == NULL)
        return false;
    struct error error = ERROR_IN(arena);
    if (run_summary_fold(run, events, count, summary, &error) != STATUS_OK && summary->failure.size == 0)
        summary->failure = error.message;
    bool copied = run_summary_copy_actions(arena, run, summary, NULL) == STATUS_OK;
    run_free(run);
    return copied;
}

/* ---- for a terminal ---- */

static struct text how_it_ended(const struct run_action *action)
{
    return action->failure.size > 0 ? action->failure : action->result;
}

static void write_action(struct buffer *buffer, const struct run_action *action, int width)
{
    buffer_print(buffer, "  %-*.*s  %-9s", width, TEXT_ARG(action->name), action_state_name(action->state));
    struct text end = how_it_ended(action);
    bool failed = action->failure.size > 0;
    struct text shown = failed ? end : text_cut_utf8(end, SHOWN_RESULT);
    if (shown.size > 0) {
        buffer_add(buffer, TEXT("  "));
        buffer_add(buffer, shown);
        if (shown.size < end.size)
            buffer_add(buffer, TEXT("..."));
    }
    buffer_add_byte(buffer, '\n');
}

void run_summary_write(struct buffer *buffer, const struct run_summary *summary)
{
    buffer_print(buffer, "status    %s after %lld ms, %zu history events\n", run_close_name(summary->close),
                 (long long)(summary->ended_us - summary->started_us) / 1000, summary->event_count);
    if (summary->failure.size > 0) {
        buffer_add(buffer, TEXT("failure   "));
        buffer_add(buffer, summary->failure);
        buffer_add_byte(buffer, '\n');
    }
    int width = 4;
    for (size_t i = 0; i < summary->action_count; i++) {
        size_t size = summary->actions[i].name.size;
        width = size > (size_t)width && size <= 40 ? (int)size : width;
    }
    for (size_t i = 0; i < summary->action_count; i++)
        write_action(buffer, &summary->actions[i], width);
}

/* ---- JSON ---- */

void run_action_write_json(struct json_writer *json, const struct run_action *action)
{
    json_member_text(json, "id", action->id);
    json_member_text(json, "name", action->name);
    json_member_text(json, "type", action->type);
    json_member_string(json, "state", action_state_name(action->state));
}

static void write_json_action(struct json_writer *json, const struct run_action *action)
{
    json_begin_object(json);
    run_action_write_json(json, action);
    json_member_boolean(json, "local", action->local);
    json_member_raw(json, "result", action->result.size > 0 ? action->result : TEXT("null"));
    json_member_text_or_null(json, "failure", action->failure);
    json_end_object(json);
}

void run_summary_write_json(struct buffer *buffer, struct text workflow_id, struct text run_id,
                            const struct run_summary *summary)
{
    struct json_writer json = {buffer};
    json_begin_object(&json);
    json_member_text(&json, "workflow_id", workflow_id);
    json_member_text(&json, "run_id", run_id);
    if (summary != NULL) {
        json_member_string(&json, "status", run_close_name(summary->close));
        json_member_text_or_null(&json, "failure", summary->failure);
        json_member_integer(&json, "milliseconds", (summary->ended_us - summary->started_us) / 1000);
        json_member_integer(&json, "events", (int64_t)summary->event_count);
        json_key(&json, "actions");
        json_begin_array(&json);
        for (size_t i = 0; i < summary->action_count; i++)
            write_json_action(&json, &summary->actions[i]);
        json_end_array(&json);
    }
    json_end_object(&json);
    buffer_add_byte(buffer, '\n');
}
