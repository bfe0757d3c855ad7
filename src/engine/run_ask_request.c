/* The activities of actions that ask people one by one: their requests and commands. */
#include "base/limits.h"
#include "engine/run_ask_internal.h"

static bool is_left_out(struct text key, bool first)
{
    static const char *const times[] = {REMIND_KEY, ESCALATE_KEY, ESCALATE_TO_KEY};
    bool left_out = text_equal_ignoring_case(key, TEXT(REQUIRED_KEY));
    for (size_t i = 0; i < sizeof times / sizeof times[0] && !first; i++)
        left_out = left_out || text_equal_ignoring_case(key, text_from(times[i]));
    return left_out;
}

enum status ask_only(struct run *run, const struct action_type *type, struct json_value people, bool first,
                     struct action_request *request, struct error *error)
{
    const struct json_value *config = &request->config;
    struct json_member *members = ARENA_ARRAY(run->task_arena, config->object.count, struct json_member);
    if (members == NULL)
        return error_budget(error);
    size_t kept = 0;
    for (size_t i = 0; i < config->object.count; i++) {
        struct json_member member = config->object.members[i];
        if (is_left_out(member.key, first))
            continue;
        if (text_equal_ignoring_case(member.key, text_from(type->asked_field)))
            member.value = people;
        members[kept++] = member;
    }
    request->config = json_object(members, kept);
    return STATUS_OK;
}

struct command *ask_schedule(struct run *run, uint32_t action, const struct action_type *type,
                             const struct action_request *request, struct text part, struct command_list *commands,
                             bool *refused, struct error *error)
{
    struct text payload = run_write_request(run, request);
    *refused = payload.size > LIMIT_PAYLOAD_BYTES;
    if (*refused) {
        *refused = run_refuse_large(run, action, payload.size, error) == STATUS_OK;
        return NULL;
    }
    struct command *command = run_add_for_action(run, commands, COMMAND_SCHEDULE_ACTIVITY, action, error);
    if (command == NULL || payload.data == NULL || part.data == NULL) {
        (void)error_budget(error);
        return NULL;
    }
    command->type = type;
    command->activity_id = arena_print(run->task_arena, "%.*s/%.*s", TEXT_ARG(command->action_id), TEXT_ARG(part));
    command->payload = payload;
    command->timing = run_timing_of(run, action, type);
    run->handed_bytes += payload.size;
    run->answer_bytes += payload.size + COMMAND_BYTES;
    run->asks_open++;
    return command->activity_id.data != NULL ? command : NULL;
}
