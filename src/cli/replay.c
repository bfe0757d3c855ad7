#include "cli/replay.h"

#include "cli/run_summary.h"
#include "engine/names.h"
#include "temporal/history_json.h"

static enum status fold(struct arena *arena, const struct history_json *history, struct run *run, struct replay *replay)
{
    const struct event *first = history->events;
    replay->event_count = history->count;
    if (history->count > 0 && first->kind == EVENT_STARTED) {
        replay->workflow_type = first->activity_type;
        if (!is_known_workflow_type(first->activity_type))
            return error_set(&replay->fault, STATUS_INVALID, TEXT("event 1"), "%.*s",
                             TEXT_ARG(unknown_workflow_type(arena, first->activity_type)));
    }
    struct history_summary seen;
    enum status status = run_fold(run, history->events, history->count, &seen, &replay->fault);
    replay->close = seen.close;
    replay->failure = seen.failure;
    return status;
}

static bool keep(struct arena *arena, struct text *text)
{
    *text = arena_copy(arena, *text);
    return text->data != NULL;
}

static const char *how(const struct run_action *action)
{
    bool begun = action->state == ACTION_STATE_SCHEDULED || action->state == ACTION_STATE_FINISHED ||
                 action->state == ACTION_STATE_FAILED || action->state == ACTION_STATE_CANCELED;
    return begun ? action_executor_name(action->executor) : NULL;
}

static struct text output_of(struct arena *arena, const struct run_action *action)
{
    struct json_value result;
    if (action->result.size == 0 || json_read(arena, action->result, &result, NULL) != STATUS_OK)
        return TEXT_NONE;
    struct text output = json_get_text(&result, TEXT("output"));
    return output.size > 0 ? output : json_get_text(&result, TEXT("branch_taken"));
}

/* The run does not outlive this: texts are copied. */
static enum status copy_actions(struct arena *arena, const struct run *run, struct replay *replay)
{
    replay->rule_name = run_rule_name(run);
    replay->action_count = run_action_count(run);
    replay->actions = ARENA_ARRAY(arena, replay->action_count, struct replay_action);
    bool good = replay->actions != NULL && keep(arena, &replay->rule_name);
    for (size_t i = 0; i < replay->action_count && good; i++) {
        struct run_action *action = &replay->actions[i].action;
        run_action_at(run, i, action);
        good = keep(arena, &action->id) && keep(arena, &action->name) && keep(arena, &action->type) &&
               keep(arena, &action->result) && keep(arena, &action->failure);
        replay->actions[i].how = how(action);
        replay->actions[i].output = output_of(arena, action);
    }
    return good ? STATUS_OK : error_budget(&replay->fault);
}

static struct text command_text(struct arena *arena, const struct command *command)
{
    static const struct {
        const char *before, *after;
    } words[] = {
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
    return arena_print(arena, "%s%.*s%.*s%s", words[command->kind].before, TEXT_ARG(command->action_name),
                       TEXT_ARG(command->failure), words[command->kind].after);
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

void replay_read(struct arena *arena, struct text file, struct text document, struct replay *replay)
{
    *replay = (struct replay){.file = file, .fault = ERROR_IN(arena)};
    const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    struct history_json history;
    replay->status = history_json_read(arena, document, &history, &replay->fault);
    if (replay->status != STATUS_OK)
        return;
    struct run *run = run_new(&policy);
    replay->status = run != NULL ? fold(arena, &history, run, replay) : error_budget(&replay->fault);
    if (replay->status == STATUS_OK) {
        run_skip_inactive(run);
        replay->status = copy_actions(arena, run, replay);
    }
    if (replay->status == STATUS_OK)
        replay->status = decide(arena, run, replay);
    run_free(run);
}

/* ---- for a terminal ---- */

#define SHOWN_RESULT 100
#define WIDEST       40

/* One line of at most `limit` bytes, without what a terminal would obey. */
static void write_shown(struct buffer *buffer, struct text text, size_t limit)
{
    struct text cut = text_cut_utf8(text, limit);
    for (size_t i = 0; i < cut.size; i++)
        buffer_add_byte(buffer, (unsigned char)cut.data[i] < ' ' || cut.data[i] == 0x7f ? ' ' : cut.data[i]);
    if (cut.size < text.size)
        buffer_add(buffer, TEXT("..."));
}

static int width_of(const struct replay *replay, size_t offset, int least)
{
    for (size_t i = 0; i < replay->action_count; i++) {
        const struct text *text = (const void *)((const char *)&replay->actions[i].action + offset);
        if (text->size <= WIDEST && (int)text->size > least)
            least = (int)text->size;
    }
    return least;
}

static void write_cell(struct buffer *buffer, struct text text, int width)
{
    write_shown(buffer, text, SIZE_MAX);
    buffer_print(buffer, "%*s", text.size < (size_t)width ? width - (int)text.size + 2 : 2, "");
}

static void write_table(struct buffer *buffer, const struct replay *replay)
{
    int name = width_of(replay, offsetof(struct run_action, name), 6);
    int type = width_of(replay, offsetof(struct run_action, type), 4);
    buffer_print(buffer, "%-*s  %-*s  %-8s  %-8s  %-12s  %s\n", name, "ACTION", type, "TYPE", "STATE", "HOW", "OUTPUT",
                 "RESULT");
    for (size_t i = 0; i < replay->action_count; i++) {
        const struct run_action *action = &replay->actions[i].action;
        const char *carried = replay->actions[i].how;
        write_cell(buffer, action->name, name);
        write_cell(buffer, action->type, type);
        buffer_print(buffer, "%-8s  %-8s  ", action_state_name(action->state), carried != NULL ? carried : "");
        write_cell(buffer, replay->actions[i].output, 12);
        write_shown(buffer, action->failure.size > 0 ? action->failure : action->result, SHOWN_RESULT);
        buffer_add_byte(buffer, '\n');
    }
}

void replay_write(struct buffer *buffer, const struct replay *replay)
{
    buffer_print(buffer, "%.*s: %.*s, %s, %zu events\n", TEXT_ARG(replay->file), TEXT_ARG(replay->workflow_type),
                 run_close_name(replay->close), replay->event_count);
    if (replay->failure.size > 0) {
        buffer_add(buffer, TEXT("failure: "));
        write_shown(buffer, replay->failure, SIZE_MAX);
        buffer_add_byte(buffer, '\n');
    }
    if (replay->action_count > 0)
        write_table(buffer, replay);
    buffer_add(buffer, TEXT("next:"));
    if (replay->next_count == 0)
        buffer_add(buffer, replay->close != CLOSE_NONE ? TEXT(" nothing, the run is over\n")
                                                       : TEXT(" nothing before another event\n"));
    for (size_t i = 0; i < replay->next_count; i++) {
        buffer_add(buffer, i > 0 ? TEXT("      ") : TEXT(" "));
        write_shown(buffer, replay->next[i], SIZE_MAX);
        buffer_add_byte(buffer, '\n');
    }
}

/* ---- JSON ---- */

static void write_member(struct buffer *json, const char *key, struct text value)
{
    buffer_print(json, "\"%s\":", key);
    if (value.size > 0)
        json_write_string(json, value);
    else
        buffer_add(json, TEXT("null"));
}

static void write_json_action(struct buffer *json, const struct replay_action *replayed)
{
    const struct run_action *action = &replayed->action;
    buffer_add_byte(json, '{');
    write_member(json, "id", action->id);
    buffer_add_byte(json, ',');
    write_member(json, "name", action->name);
    buffer_add_byte(json, ',');
    write_member(json, "type", action->type);
    buffer_print(json, ",\"state\":\"%s\",", action_state_name(action->state));
    write_member(json, "how", text_from(replayed->how));
    buffer_add_byte(json, ',');
    write_member(json, "output", replayed->output);
    buffer_add(json, TEXT(",\"result\":"));
    buffer_add(json, action->result.size > 0 ? action->result : TEXT("null"));
    buffer_add_byte(json, ',');
    write_member(json, "failure", action->failure);
    buffer_add_byte(json, '}');
}

void replay_write_json(struct buffer *json, const struct replay *replay)
{
    buffer_add_byte(json, '{');
    write_member(json, "file", replay->file);
    if (replay->status != STATUS_OK) {
        buffer_add(json, TEXT(",\"fault\":{"));
        write_member(json, "place", replay->fault.where);
        buffer_add_byte(json, ',');
        write_member(json, "message", replay->fault.message);
        buffer_add(json, TEXT("}}"));
        return;
    }
    buffer_add(json, TEXT(",\"fault\":null,"));
    write_member(json, "type", replay->workflow_type);
    buffer_add_byte(json, ',');
    write_member(json, "rule", replay->rule_name);
    buffer_print(json, ",\"events\":%zu,\"status\":\"%s\",", replay->event_count, run_close_name(replay->close));
    write_member(json, "failure", replay->failure);
    buffer_add(json, TEXT(",\"actions\":["));
    for (size_t i = 0; i < replay->action_count; i++) {
        buffer_add(json, i > 0 ? TEXT(",\n  ") : TEXT("\n  "));
        write_json_action(json, &replay->actions[i]);
    }
    buffer_add(json, TEXT("],\"next\":["));
    for (size_t i = 0; i < replay->next_count; i++) {
        buffer_add(json, i > 0 ? TEXT(",") : TEXT(""));
        json_write_string(json, replay->next[i]);
    }
    buffer_add(json, TEXT("]}"));
}
