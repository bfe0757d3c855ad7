/* The commands of actions that ask several people: an activity for each, and its cancellation. */
#include "base/limits.h"
#include "engine/names.h"
#include "engine/run_ask_internal.h"

/* The config with one approver alone, who need not know how many must approve. */
static enum status ask_one(struct run *run, const struct action_type *type, struct text approver,
                           struct action_request *request, struct error *error)
{
    const struct json_value *config = &request->config;
    struct json_member *members = ARENA_ARRAY(run->task_arena, config->object.count, struct json_member);
    struct json_value *asked = ARENA_NEW(run->task_arena, struct json_value);
    if (members == NULL || asked == NULL)
        return error_budget(error);
    *asked = json_string(approver);
    size_t count = 0;
    for (size_t i = 0; i < config->object.count; i++) {
        struct json_member member = config->object.members[i];
        if (text_equal_ignoring_case(member.key, TEXT(REQUIRED_KEY)))
            continue;
        if (text_equal_ignoring_case(member.key, text_from(type->asked_field)))
            member.value = json_array(asked, 1);
        members[count++] = member;
    }
    request->config = json_object(members, count);
    return STATUS_OK;
}

static enum status schedule(struct run *run, uint32_t action, uint32_t number, struct command_list *commands,
                            struct error *error)
{
    const struct action_type *type = action_catalog_find(run->policy->catalog, run->graph.actions[action].type);
    struct ask *ask = &run->nodes[action].asks->asks[number - 1];
    struct action_request request;
    enum status status = run_fill_request(run, action, type, &request, error);
    if (status == STATUS_OK)
        status = ask_one(run, type, ask->approver, &request, error);
    if (status != STATUS_OK)
        return status;
    request.ask = number;
    struct text payload = run_write_request(run, &request);
    if (payload.data == NULL)
        return error_budget(error);
    if (payload.size > LIMIT_PAYLOAD_BYTES)
        return run_refuse_large(run, action, payload.size, error);
    struct command *command = run_add_for_action(run, commands, COMMAND_SCHEDULE_ACTIVITY, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->type = type;
    command->activity_type = TEXT(ACTIVITY_ASK);
    command->activity_id = arena_print(run->task_arena, "%.*s/%u", TEXT_ARG(command->action_id), number);
    command->payload = payload;
    command->ask = number;
    command->timing = run_timing_of(run, action, type);
    if (run->graph.actions[action].policy.timeout_ms == 0)
        command->timing.start_to_close_ms = human_timeout_ms(type, &request.config);
    run->handed_bytes += payload.size;
    run->answer_bytes += payload.size + COMMAND_BYTES;
    ask->state = ASK_OPEN;
    run->asks_open++;
    return command->activity_id.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status cancel(struct run *run, uint32_t action, uint32_t number, struct command_list *commands,
                          struct error *error)
{
    struct ask *ask = &run->nodes[action].asks->asks[number - 1];
    struct command *command = run_add_for_action(run, commands, COMMAND_CANCEL_ACTIVITY, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->scheduled_id = ask->scheduled_id;
    command->ask = number;
    ask->canceling = true;
    return STATUS_OK;
}

static bool must_cancel(const struct ask *ask)
{
    return ask->state == ASK_OPEN && !ask->canceling && ask->scheduled_id != 0;
}

enum status run_ask_cancel(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    const struct ask_list *list = run->nodes[action].asks;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < list->count && status == STATUS_OK; i++)
        if (must_cancel(&list->asks[i]))
            status = cancel(run, action, i + 1, commands, error);
    return status;
}

static enum status ask_more(struct run *run, uint32_t action, uint32_t *room, struct command_list *commands,
                            struct error *error)
{
    const struct ask_list *list = run->nodes[action].asks;
    enum status status = STATUS_OK;
    for (uint32_t i = list->first; i < list->count && status == STATUS_OK; i++) {
        if (list->asks[i].state != ASK_WANTED || run->nodes[action].state != ACTION_STATE_SCHEDULED || *room == 0)
            continue;
        if (run->handed_bytes >= LIMIT_TASK_BYTES) {
            run->wants_task = true;
            break;
        }
        status = schedule(run, action, i + 1, commands, error);
        --*room;
    }
    return status;
}

/* Whether activities of it are to be scheduled or canceled, now or later. */
static bool is_busy(const struct run *run, uint32_t action)
{
    const struct ask_list *list = run->nodes[action].asks;
    bool busy = run->nodes[action].state == ACTION_STATE_SCHEDULED;
    for (uint32_t i = 0; i < list->count && !busy; i++)
        busy = list->asks[i].state == ASK_OPEN && !list->asks[i].canceling;
    return busy;
}

enum status run_ask_close(struct run *run, struct command_list *commands, struct error *error)
{
    enum status status = STATUS_OK;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < run->asking_count; i++) {
        uint32_t action = run->asking[i];
        if (status == STATUS_OK && run->nodes[action].state != ACTION_STATE_SCHEDULED)
            status = run_ask_cancel(run, action, commands, error);
        run->nodes[action].asks->listed = is_busy(run, action);
        if (run->nodes[action].asks->listed)
            run->asking[kept++] = action;
    }
    run->asking_count = kept;
    return status;
}

enum status run_ask_open(struct run *run, uint32_t room, struct command_list *commands, struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < run->asking_count && status == STATUS_OK; i++)
        status = ask_more(run, run->asking[i], &room, commands, error);
    return status;
}
