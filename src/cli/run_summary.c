#include "cli/run_summary.h"

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

static bool keep(struct arena *arena, struct text *text)
{
    *text = arena_copy(arena, *text);
    return text->data != NULL;
}

static bool copy_actions(struct arena *arena, const struct run *run, struct run_summary *summary)
{
    summary->action_count = run_action_count(run);
    summary->actions = ARENA_ARRAY(arena, summary->action_count, struct run_action);
    if (summary->actions == NULL)
        return false;
    for (size_t i = 0; i < summary->action_count; i++) {
        struct run_action *action = &summary->actions[i];
        run_action_at(run, i, action);
        if (!keep(arena, &action->id) || !keep(arena, &action->name) || !keep(arena, &action->type) ||
            !keep(arena, &action->result) || !keep(arena, &action->failure))
            return false;
    }
    return true;
}

bool run_summary_read(struct arena *arena, const struct workflow_task *history, struct run_summary *summary)
{
    *summary = (struct run_summary){.event_count = history->event_count};
    const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    struct run *run = run_new(&policy);
    if (run == NULL)
        return false;
    struct error error = ERROR_IN(arena);
    struct history_summary seen;
    enum status status = run_fold(run, history->events, history->event_count, &seen, &error);
    summary->began_us = seen.started_us;
    summary->ended_us = seen.ended_us;
    summary->close = seen.close;
    summary->failure = seen.failure;
    bool good = copy_actions(arena, run, summary);
    run_free(run);
    if (status != STATUS_OK && summary->failure.size == 0)
        summary->failure = error.message;
    return good;
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
                 (long long)(summary->ended_us - summary->began_us) / 1000, summary->event_count);
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

static void write_member(struct buffer *json, const char *key, struct text value)
{
    buffer_print(json, "\"%s\":", key);
    json_write_string(json, value);
}

static void write_json_action(struct buffer *json, const struct run_action *action)
{
    buffer_add_byte(json, '{');
    write_member(json, "id", action->id);
    buffer_add_byte(json, ',');
    write_member(json, "name", action->name);
    buffer_add_byte(json, ',');
    write_member(json, "type", action->type);
    buffer_print(json, ",\"state\":\"%s\",\"local\":%s,\"result\":", action_state_name(action->state),
                 action->local ? "true" : "false");
    buffer_add(json, action->result.size > 0 ? action->result : TEXT("null"));
    buffer_add_byte(json, ',');
    if (action->failure.size > 0)
        write_member(json, "failure", action->failure);
    else
        buffer_add(json, TEXT("\"failure\":null"));
    buffer_add_byte(json, '}');
}

void run_summary_write_json(struct buffer *buffer, struct text workflow_id, struct text run_id,
                            const struct run_summary *summary)
{
    buffer_add_byte(buffer, '{');
    write_member(buffer, "workflow_id", workflow_id);
    buffer_add_byte(buffer, ',');
    write_member(buffer, "run_id", run_id);
    if (summary != NULL) {
        buffer_print(buffer, ",\"status\":\"%s\",", run_close_name(summary->close));
        if (summary->failure.size > 0)
            write_member(buffer, "failure", summary->failure);
        else
            buffer_add(buffer, TEXT("\"failure\":null"));
        buffer_print(buffer, ",\"milliseconds\":%lld,\"events\":%zu,\"actions\":[",
                     (long long)(summary->ended_us - summary->began_us) / 1000, summary->event_count);
        for (size_t i = 0; i < summary->action_count; i++) {
            if (i > 0)
                buffer_add_byte(buffer, ',');
            write_json_action(buffer, &summary->actions[i]);
        }
        buffer_add_byte(buffer, ']');
    }
    buffer_add(buffer, TEXT("}\n"));
}
