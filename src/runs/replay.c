/* Replays histories offline. */
#include "runs/replay.h"

#include "base/json_writer.h"
#include "engine/names.h"

static enum status fold(struct arena *arena, const struct history_json *history, struct run *run, struct replay *replay)
{
    const struct event *first = history->events;
    if (history->count > 0 && first->kind == EVENT_STARTED) {
        replay->workflow_type = first->activity_type;
        if (!is_known_workflow_type(first->activity_type))
            return error_set(&replay->fault, STATUS_INVALID, TEXT("event 1"), "%.*s",
                             TEXT_ARG(unknown_workflow_type(arena, first->activity_type)));
    }
    return run_summary_fold(run, history->events, history->count, &replay->summary, &replay->fault);
}

static struct text command_text(struct arena *arena, const struct command *command)
{
    static const struct {
        const char *before, *after;
    } phrases[] = {
        [COMMAND_PERFORM] = {"perform ", " here"},
        [COMMAND_RECORD_RESULT] = {"record ", ""},
        [COMMAND_SCHEDULE_ACTIVITY] = {"schedule ", ""},
        [COMMAND_CANCEL_ACTIVITY] = {"cancel activity ", ""},
        [COMMAND_START_TIMER] = {"start timer ", ""},
        [COMMAND_CANCEL_TIMER] = {"cancel timer ", ""},
        [COMMAND_COMPLETE] = {"complete", ""},
        [COMMAND_FAIL] = {"fail: ", ""},
        [COMMAND_CANCEL] = {"cancel", ""},
        [COMMAND_CONTINUE_AS_NEW] = {"continue as new", ""},
    };
    return arena_print(arena, "%s%.*s%.*s%s", phrases[command->kind].before, TEXT_ARG(command->action_name),
                       TEXT_ARG(command->failure), phrases[command->kind].after);
}

static enum status decide(struct arena *arena, struct run *run, struct replay *replay)
{
    struct command_list commands = {.arena = arena};
    enum status status = run_decide(run, true, &commands, &replay->fault);
    replay->next_count = commands.count;
    replay->next = ARENA_ARRAY(arena, commands.count, struct text);
    for (size_t i = 0; i < commands.count && replay->next != NULL; i++)
        replay->next[i] = command_text(arena, &commands.items[i]);
    bool full = replay->next == NULL || (commands.count > 0 && replay->next[commands.count - 1].data == NULL);
    return status == STATUS_OK && full ? error_budget(&replay->fault) : status;
}

static enum status read_run(struct arena *arena, const struct history_json *history, struct run *run,
                            struct replay *replay)
{
    if (run == NULL)
        return error_budget(&replay->fault);
    enum status status = fold(arena, history, run, replay);
    if (status != STATUS_OK)
        return status;
    run_skip_inactive(run);
    replay->rule_name = arena_copy(arena, run_rule_name(run)); /* the run does not outlive this */
    if (replay->rule_name.data == NULL)
        return error_budget(&replay->fault);
    status = run_summary_copy_actions(arena, run, &replay->summary, &replay->fault);
    return status == STATUS_OK ? decide(arena, run, replay) : status;
}

void replay_fold(struct arena *arena, struct text name, const struct history_json *history, struct replay *replay)
{
    *replay = (struct replay){.file = name, .fault = ERROR_IN(arena)};
    const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    struct run *run = run_new(&policy);
    replay->status = read_run(arena, history, run, replay);
    run_free(run);
}

void replay_read(struct arena *arena, struct text file, struct text document, struct replay *replay)
{
    *replay = (struct replay){.file = file, .fault = ERROR_IN(arena)};
    struct history_json history;
    replay->status = history_json_read(arena, document, &history, &replay->fault);
    if (replay->status == STATUS_OK)
        replay_fold(arena, file, &history, replay);
}

/* Who executes or has executed the action; NULL before it starts. */
static const char *executor_of(const struct run_action *action)
{
    bool started = action->state == ACTION_STATE_SCHEDULED || action->state == ACTION_STATE_FINISHED ||
                   action->state == ACTION_STATE_FAILED || action->state == ACTION_STATE_CANCELED;
    return started ? action_executor_name(action->executor) : NULL;
}

/* The output that selects edges; empty when the action has none. */
static struct text output_of(struct arena *arena, const struct run_action *action)
{
    struct json_value result;
    if (action->result.size == 0 || json_read(arena, action->result, &result, NULL) != STATUS_OK)
        return TEXT_NONE;
    struct text output = json_get_text(&result, TEXT("output"));
    return output.size > 0 ? output : json_get_text(&result, TEXT("branch_taken"));
}

/* ---- for a terminal ---- */

#define SHOWN_RESULT 100
#define WIDEST       40

/* Writes at most `limit` bytes in one line, without control characters. */
static void write_shown(struct buffer *buffer, struct text text, size_t limit)
{
    struct text cut = text_cut_utf8(text, limit);
    for (size_t i = 0; i < cut.size; i++)
        buffer_add_byte(buffer, (unsigned char)cut.data[i] < ' ' || cut.data[i] == 0x7f ? ' ' : cut.data[i]);
    if (cut.size < text.size)
        buffer_add(buffer, TEXT("..."));
}

static int width_of(const struct run_summary *summary, size_t offset, int min)
{
    for (size_t i = 0; i < summary->action_count; i++) {
        const struct text *text = (const void *)((const char *)&summary->actions[i] + offset);
        if (text->size <= WIDEST && (int)text->size > min)
            min = (int)text->size;
    }
    return min;
}

static void write_cell(struct buffer *buffer, struct text text, int width)
{
    write_shown(buffer, text, SIZE_MAX);
    buffer_print(buffer, "%*s", text.size < (size_t)width ? width - (int)text.size + 2 : 2, "");
}

static void write_table(struct buffer *buffer, const struct run_summary *summary)
{
    int name = width_of(summary, offsetof(struct run_action, name), 6);
    int type = width_of(summary, offsetof(struct run_action, type), 4);
    buffer_print(buffer, "%-*s  %-*s  %-8s  %-8s  %-12s  %s\n", name, "ACTION", type, "TYPE", "STATE", "HOW", "OUTPUT",
                 "RESULT");
    for (size_t i = 0; i < summary->action_count; i++) {
        const struct run_action *action = &summary->actions[i];
        const char *executor = executor_of(action);
        write_cell(buffer, action->name, name);
        write_cell(buffer, action->type, type);
        buffer_print(buffer, "%-8s  %-8s  ", action_state_name(action->state), executor != NULL ? executor : "");
        write_cell(buffer, output_of(buffer->arena, action), 12);
        write_shown(buffer, action->failure.size > 0 ? action->failure : action->result, SHOWN_RESULT);
        buffer_add_byte(buffer, '\n');
    }
}

void replay_write(struct buffer *buffer, const struct replay *replay)
{
    buffer_print(buffer, "%.*s: %.*s, %s, %zu events\n", TEXT_ARG(replay->file), TEXT_ARG(replay->workflow_type),
                 run_close_name(replay->summary.close), replay->summary.event_count);
    if (replay->summary.failure.size > 0) {
        buffer_add(buffer, TEXT("failure: "));
        write_shown(buffer, replay->summary.failure, SIZE_MAX);
        buffer_add_byte(buffer, '\n');
    }
    if (replay->summary.action_count > 0)
        write_table(buffer, &replay->summary);
    buffer_add(buffer, TEXT("next:"));
    if (replay->next_count == 0)
        buffer_add(buffer, replay->summary.close != CLOSE_NONE ? TEXT(" nothing, the run is over\n")
                                                               : TEXT(" nothing before another event\n"));
    for (size_t i = 0; i < replay->next_count; i++) {
        buffer_add(buffer, i > 0 ? TEXT("      ") : TEXT(" "));
        write_shown(buffer, replay->next[i], SIZE_MAX);
        buffer_add_byte(buffer, '\n');
    }
}

/* ---- JSON ---- */

static void write_json_action(struct json_writer *json, const struct run_action *action)
{
    json_begin_object(json);
    json_member_text_or_null(json, "id", action->id);
    json_member_text_or_null(json, "name", action->name);
    json_member_text_or_null(json, "type", action->type);
    json_member_string(json, "state", action_state_name(action->state));
    json_member_text_or_null(json, "how", text_from(executor_of(action)));
    json_member_text_or_null(json, "output", output_of(json->buffer->arena, action));
    json_member_raw(json, "result", action->result.size > 0 ? action->result : TEXT("null"));
    json_member_text_or_null(json, "failure", action->failure);
    json_end_object(json);
}

static void write_json_fault(struct json_writer *json, const struct error *fault)
{
    json_key(json, "fault");
    json_begin_object(json);
    json_member_text_or_null(json, "place", fault->where);
    json_member_text_or_null(json, "message", fault->message);
    json_end_object(json);
}

static void write_json_run(struct json_writer *json, const struct replay *replay)
{
    const struct run_summary *summary = &replay->summary;
    json_member_raw(json, "fault", TEXT("null"));
    json_member_text_or_null(json, "type", replay->workflow_type);
    json_member_text_or_null(json, "rule", replay->rule_name);
    json_member_integer(json, "events", (int64_t)summary->event_count);
    json_member_string(json, "status", run_close_name(summary->close));
    json_member_text_or_null(json, "failure", summary->failure);
    json_key(json, "actions");
    json_begin_array(json);
    for (size_t i = 0; i < summary->action_count; i++)
        write_json_action(json, &summary->actions[i]);
    json_end_array(json);
    json_key(json, "next");
    json_begin_array(json);
    for (size_t i = 0; i < replay->next_count; i++)
        json_put_text(json, replay->next[i]);
    json_end_array(json);
}

void replay_write_json(struct buffer *buffer, const struct replay *replay)
{
    struct json_writer json = {buffer};
    json_begin_object(&json);
    json_member_text_or_null(&json, "file", replay->file);
    if (replay->status != STATUS_OK)
        write_json_fault(&json, &replay->fault);
    else
        write_json_run(&json, replay);
    json_end_object(&json);
}
