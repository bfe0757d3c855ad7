/* The commands of actions that ask several people: an activity for each, and its cancellation. */
#include "base/limits.h"
#include "engine/names.h"
#include "engine/run_ask_internal.h"

/* A person who is asked later has the time that the others have left. */
static int64_t time_for(struct run *run, uint32_t action, uint32_t number, const struct action_type *type,
                        const struct json_value *config)
{
    const struct ask_list *list = run->nodes[action].asks;
    int64_t timeout_ms = run->graph.actions[action].policy.timeout_ms;
    if (timeout_ms == 0)
        timeout_ms = human_timeout_ms(type, config);
    if (number <= list->later)
        return timeout_ms;
    timeout_ms -= list->timers[ASK_TIMER_ESCALATE].after_ms;
    return timeout_ms > LEAST_TIME_MS ? timeout_ms : LEAST_TIME_MS;
}

static enum status schedule(struct run *run, uint32_t action, uint32_t number, struct command_list *commands,
                            struct error *error)
{
    const struct action_type *type = action_catalog_find(run->policy->catalog, run->graph.actions[action].type);
    struct ask *ask = &run->nodes[action].asks->asks[number - 1];
    const struct json_value approver = json_string(ask->approver);
    struct action_request request;
    enum status status = run_fill_request(run, action, type, &request, error);
    if (status == STATUS_OK)
        status =
            ask_only(run, type, json_array(&approver, 1), number <= run->nodes[action].asks->later, &request, error);
    if (status != STATUS_OK)
        return status;
    request.ask = number;
    bool refused;
    struct command *command = ask_schedule(run, action, type, &request, arena_print(run->task_arena, "%u", number),
                                           commands, &refused, error);
    if (command == NULL)
        return refused ? STATUS_OK : STATUS_BUDGET;
    command->activity_type = TEXT(ACTIVITY_ASK);
    command->ask = number;
    command->timing.start_to_close_ms = time_for(run, action, number, type, &request.config);
    ask->state = ASK_OPEN;
    return STATUS_OK;
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
    return status == STATUS_OK ? ask_later_cancel(run, action, commands, error) : status;
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
    if (status == STATUS_OK)
        status = ask_later_time(run, action, commands, error);
    if (status != STATUS_OK || list->reminder.state != ASK_WANTED || *room == 0 ||
        run->nodes[action].state != ACTION_STATE_SCHEDULED)
        return status;
    --*room;
    return ask_later_remind(run, action, commands, error);
}

/* Whether the action has activities to schedule or cancel, now or later. */
static bool is_busy(const struct run *run, uint32_t action)
{
    const struct ask_list *list = run->nodes[action].asks;
    bool busy = run->nodes[action].state == ACTION_STATE_SCHEDULED ||
                (list->reminder.state == ASK_OPEN && !list->reminder.canceling);
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
