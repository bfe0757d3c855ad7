/* Actions that ask people: reminders of those who have not answered, and escalation to others. */
#include <assert.h>

#include "engine/names.h"
#include "engine/run_ask_internal.h"

#define REMINDER_TIMEOUT_MS INT64_C(300000)

static const char *const timer_parts[] = {[ASK_TIMER_REMIND] = PART_REMIND, [ASK_TIMER_ESCALATE] = PART_ESCALATE};

void ask_later_begin(struct ask_list *list, const struct ask_plan *plan)
{
    for (enum ask_timer_kind kind = 0; kind < ASK_TIMERS; kind++) {
        list->timers[kind].after_ms = plan->after_ms[kind];
        list->timers[kind].fired = 0;
    }
    /* A reminder of the previous attempt may still be in flight; the event of its end closes it. */
    if (list->reminder.state != ASK_OPEN)
        list->reminder = (struct ask){.state = ASK_CLOSED};
}

/* ---- events ---- */

static bool is_timer(struct text part, enum ask_timer_kind *kind)
{
    for (*kind = 0; *kind < ASK_TIMERS; ++*kind)
        if (text_is(part, timer_parts[*kind]))
            return true;
    return false;
}

enum status ask_later_scheduled(struct run *run, const struct event *event, uint32_t action, struct text part,
                                bool *known, struct error *error)
{
    struct ask_list *list = run->nodes[action].asks;
    enum ask_timer_kind kind;
    int64_t number;
    const struct text reminder = TEXT(PART_REMIND "/");
    if (is_timer(part, &kind)) {
        list->timers[kind].open = true;
        list->timers[kind].started_id = event->id;
    } else if (text_starts(part, reminder) && text_to_int64(text_slice(part, reminder.size, SIZE_MAX), &number) &&
               number > 0 && number < UINT32_MAX) {
        run->asks_open += list->reminder.state != ASK_OPEN;
        list->reminder = (struct ask){.state = ASK_OPEN, .scheduled_id = event->id};
        list->reminders = (uint32_t)number;
    } else {
        return STATUS_OK;
    }
    *known = true;
    return run_add_scheduled(run, event, action, ASK_ASIDE, error);
}

static void escalate(struct ask_list *list)
{
    for (uint32_t i = list->later; i < list->count; i++)
        if (list->asks[i].state == ASK_LATER)
            list->asks[i].state = ASK_WANTED;
}

static void fire(struct run *run, uint32_t action, enum ask_timer_kind kind)
{
    struct ask_list *list = run->nodes[action].asks;
    if (run->nodes[action].state != ACTION_STATE_SCHEDULED)
        return;
    list->timers[kind].fired++;
    if (kind == ASK_TIMER_ESCALATE)
        escalate(list);
    else if (list->reminder.state == ASK_CLOSED)
        list->reminder.state = ASK_WANTED;
}

/* A reminder that could not be sent changes nothing: the worker's log says why. */
void ask_later_ended(struct run *run, uint32_t action, const struct event *event)
{
    struct ask_list *list = run->nodes[action].asks;
    if (list->reminder.state == ASK_OPEN && list->reminder.scheduled_id == event->scheduled_id) {
        assert(run->asks_open > 0);
        run->asks_open--;
        list->reminder = (struct ask){.state = ASK_CLOSED};
        return;
    }
    for (enum ask_timer_kind kind = 0; kind < ASK_TIMERS; kind++) {
        if (!list->timers[kind].open || list->timers[kind].started_id != event->scheduled_id)
            continue;
        list->timers[kind].open = false;
        if (event->kind == EVENT_TIMER_FIRED)
            fire(run, action, kind);
    }
}

/* ---- decisions ---- */

static struct text part_id(struct run *run, const struct command *command, const char *part)
{
    return arena_print(run->task_arena, "%.*s/%s", TEXT_ARG(command->action_id), part);
}

static enum status change_timer(struct run *run, uint32_t action, enum ask_timer_kind kind, bool start,
                                struct command_list *commands, struct error *error)
{
    struct ask_timer *timer = &run->nodes[action].asks->timers[kind];
    struct command *command =
        run_add_for_action(run, commands, start ? COMMAND_START_TIMER : COMMAND_CANCEL_TIMER, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->activity_id = part_id(run, command, timer_parts[kind]);
    command->duration_ms = timer->after_ms;
    run->answer_bytes += COMMAND_BYTES;
    timer->open = start;
    timer->started_id = 0;
    return command->activity_id.data != NULL ? STATUS_OK : error_budget(error);
}

enum status ask_later_time(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    static const uint32_t most[] = {[ASK_TIMER_REMIND] = MOST_REMINDERS, [ASK_TIMER_ESCALATE] = 1};
    enum status status = STATUS_OK;
    for (enum ask_timer_kind kind = 0; kind < ASK_TIMERS && status == STATUS_OK; kind++) {
        const struct ask_timer *timer = &run->nodes[action].asks->timers[kind];
        if (run->nodes[action].state == ACTION_STATE_SCHEDULED && timer->after_ms > 0 && !timer->open &&
            timer->fired < most[kind])
            status = change_timer(run, action, kind, true, commands, error);
    }
    return status;
}

/* The people who were asked and have not answered. */
static struct json_value *find_silent(struct run *run, const struct ask_list *list, size_t *count)
{
    struct json_value *silent = ARENA_ARRAY(run->task_arena, list->count - list->first, struct json_value);
    for (uint32_t i = list->first; silent != NULL && i < list->count; i++)
        if (list->asks[i].state == ASK_OPEN && list->asks[i].scheduled_id != 0)
            silent[(*count)++] = json_string(list->asks[i].approver);
    return silent;
}

enum status ask_later_remind(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    struct ask_list *list = run->nodes[action].asks;
    const struct action_type *type = action_catalog_find(run->policy->catalog, run->graph.actions[action].type);
    size_t count = 0;
    struct json_value *silent = find_silent(run, list, &count);
    if (silent == NULL)
        return error_budget(error);
    if (count == 0)
        return STATUS_OK;
    struct action_request request;
    enum status status = run_fill_request(run, action, type, &request, error);
    if (status == STATUS_OK)
        status = ask_only(run, type, json_array(silent, count), false, &request, error);
    if (status != STATUS_OK)
        return status;
    request.reminder = list->reminders + 1;
    struct text part = arena_print(run->task_arena, PART_REMIND "/%u", request.reminder);
    bool refused;
    struct command *command = ask_schedule(run, action, type, &request, part, commands, &refused, error);
    if (command == NULL)
        return refused ? STATUS_OK : STATUS_BUDGET;
    command->activity_type = TEXT(ACTIVITY_REMIND);
    command->timing.start_to_close_ms = REMINDER_TIMEOUT_MS;
    list->reminder = (struct ask){.state = ASK_OPEN};
    list->reminders = request.reminder;
    return STATUS_OK;
}

enum status ask_later_cancel(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    struct ask_list *list = run->nodes[action].asks;
    enum status status = STATUS_OK;
    for (enum ask_timer_kind kind = 0; kind < ASK_TIMERS && status == STATUS_OK; kind++)
        if (list->timers[kind].open)
            status = change_timer(run, action, kind, false, commands, error);
    if (status != STATUS_OK || list->reminder.state != ASK_OPEN || list->reminder.canceling ||
        list->reminder.scheduled_id == 0)
        return status;
    struct command *command = run_add_for_action(run, commands, COMMAND_CANCEL_ACTIVITY, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->scheduled_id = list->reminder.scheduled_id;
    list->reminder.canceling = true;
    return STATUS_OK;
}
