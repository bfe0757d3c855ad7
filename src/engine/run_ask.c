/* Actions that ask several people: one activity for each of them, and how their answers are counted. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/names.h"
#include "engine/run_ask_internal.h"

/* ---- the list of an action ---- */

/* Keeps run.asking in the order in which actions start, so that the commands do not depend on when the action began to
   ask. */
static enum status list_asking(struct run *run, uint32_t action, struct error *error)
{
    if (run->asking == NULL)
        run->asking = ARENA_ARRAY(run->arena, run->graph.action_count, uint32_t);
    if (run->asking == NULL)
        return error_budget(error);
    if (run->nodes[action].asks->listed)
        return STATUS_OK;
    assert(run->asking_count < run->graph.action_count);
    uint32_t at = run->asking_count++;
    for (; at > 0 && run_order(run, action, run->asking[at - 1]) < 0; at--)
        run->asking[at] = run->asking[at - 1];
    run->asking[at] = action;
    run->nodes[action].asks->listed = true;
    return STATUS_OK;
}

static enum status add_asks(struct run *run, struct ask_list *list, const struct ask_plan *plan, struct error *error)
{
    const uint32_t people = plan->count + plan->later;
    struct ask *grown = ARENA_ARRAY(run->arena, (size_t)list->count + people, struct ask);
    if (grown == NULL)
        return error_budget(error);
    if (list->count > 0)
        memcpy(grown, list->asks, list->count * sizeof *grown);
    list->asks = grown;
    list->first = list->count;
    list->later = list->count + plan->count;
    list->required = (uint32_t)plan->required;
    list->rejection_decides = plan->rejection_decides;
    ask_later_begin(list, plan);
    for (uint32_t i = 0; i < people; i++) {
        struct text approver = arena_copy(run->arena, plan->approvers[i]);
        if (approver.data == NULL)
            return error_budget(error);
        list->asks[list->count++] =
            (struct ask){.approver = approver, .state = i < plan->count ? ASK_WANTED : ASK_LATER};
    }
    return STATUS_OK;
}

/* From now on, the action waits for its people. */
static enum status begin(struct run *run, uint32_t action, const struct ask_plan *plan, struct error *error)
{
    struct node *node = &run->nodes[action];
    if (node->asks == NULL)
        node->asks = ARENA_NEW(run->arena, struct ask_list);
    if (node->asks == NULL)
        return error_budget(error);
    enum status status = add_asks(run, node->asks, plan, error);
    if (status == STATUS_OK)
        status = list_asking(run, action, error);
    if (status != STATUS_OK)
        return status;
    node->one_by_one = true;
    node->executor = EXECUTOR_ACTIVITY;
    node->scheduled_id = 0;
    node->started_us = run->clock_us;
    run_move(run, action, ACTION_STATE_SCHEDULED);
    return STATUS_OK;
}

/* ---- the end ---- */

struct tally {
    uint32_t asked, approved, rejected, waiting;
};

static struct tally count_answers(const struct ask_list *list)
{
    struct tally tally = {0};
    for (uint32_t i = list->first; i < list->count; i++) {
        tally.asked += list->asks[i].state != ASK_LATER;
        tally.approved += list->asks[i].state == ASK_APPROVED;
        tally.rejected += list->asks[i].state == ASK_REJECTED;
        tally.waiting += list->asks[i].state == ASK_WANTED || list->asks[i].state == ASK_OPEN;
    }
    return tally;
}

static void write_answers(struct json_writer *json, const struct ask_list *list)
{
    json_key(json, "answers");
    json_begin_array(json);
    for (uint32_t i = list->first; i < list->count; i++) {
        if (list->asks[i].answer.size > 0)
            json_put_raw(json, list->asks[i].answer);
    }
    json_end_array(json);
}

/* last: the answer that decided the outcome, an object; NULL: the time is up. */
static struct text result_text(const struct ask_list *list, const struct tally *tally, const char *output,
                               const struct json_value *last, struct arena *arena)
{
    static const char *const kept[] = {"approval_id", "reason", "resolved_by", "resolved_by_name"};
    struct buffer buffer = buffer_in(arena, LIMIT_RUN_ARENA);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    write_answers(&json, list);
    json_member_integer(&json, "approvals", tally->approved);
    json_member_integer(&json, "asked", tally->asked);
    json_member_string(&json, "output", output);
    json_member_integer(&json, "rejections", tally->rejected);
    json_member_integer(&json, "required", list->required);
    for (size_t i = 0; last != NULL && i < sizeof kept / sizeof kept[0]; i++)
        json_member_text(&json, kept[i], json_get_text(last, text_from(kept[i])));
    json_end_object(&json);
    return buffer_text(&buffer);
}

static enum status finish(struct run *run, uint32_t action, const char *output, const struct json_value *last,
                          struct error *error)
{
    const struct ask_list *list = run->nodes[action].asks;
    const struct tally tally = count_answers(list);
    const struct json_member member = {TEXT("output"), json_string(text_from(output))};
    const struct json_value shown = json_object(&member, 1); /* edges read nothing else of the result */
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct text result = result_text(list, &tally, output, last, scratch);
    enum status status = result.data != NULL ? run_finish(run, action, result, &shown, error) : error_budget(error);
    arena_free(scratch);
    return status;
}

static enum status end_unanswered(struct run *run, const struct scheduled *scheduled, const struct action_type *type,
                                  struct error *error)
{
    const uint32_t action = scheduled->action;
    const struct ask_list *list = run->nodes[action].asks;
    int64_t duration_ms = scheduled->duration_ms;
    if (duration_ms > 0 && scheduled->ask > list->later)
        duration_ms += list->timers[ASK_TIMER_ESCALATE].after_ms;
    const struct tally tally = count_answers(list);
    if (human_has_timed_out_edge(run, action))
        return finish(run, action, "timed_out", NULL, error);
    char what[64];
    int size =
        snprintf(what, sizeof what, "only %u of %u required approvals came within", tally.approved, list->required);
    return run_fail_unanswered(run, action, type, (struct text){.data = what, .size = (size_t)size}, duration_ms / 1000,
                               error);
}

/* Ends the action as soon as the answers so far decide the outcome, whatever the others will be. */
static enum status judge(struct run *run, const struct scheduled *scheduled, const struct action_type *type,
                         const struct json_value *answer, struct error *error)
{
    const struct ask_list *list = run->nodes[scheduled->action].asks;
    const struct tally tally = count_answers(list);
    if (tally.approved >= list->required)
        return finish(run, scheduled->action, "approved", answer, error);
    bool rejected = list->rejection_decides && tally.rejected > 0;
    if (tally.approved + tally.waiting >= list->required && !rejected)
        return STATUS_OK;
    /* The outcome is "rejected" only if the rejections alone decide it, without the missing answers. */
    if (rejected || tally.asked - tally.rejected < list->required)
        return finish(run, scheduled->action, "rejected", answer, error);
    return end_unanswered(run, scheduled, type, error);
}

/* {"approver":...,"output":...,...}: the person's answer, and who was asked. */
static struct text answer_text(const struct ask *ask, const struct json_value *result, struct arena *arena)
{
    struct buffer buffer = buffer_in(arena, LIMIT_RUN_ARENA);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_text(&json, "approver", ask->approver);
    for (size_t i = 0; i < result->object.count; i++) {
        if (text_is(result->object.members[i].key, "approver"))
            continue;
        json_key_text(&json, result->object.members[i].key);
        json_put_value(&json, &result->object.members[i].value);
    }
    json_end_object(&json);
    return buffer_text(&buffer);
}

static enum status take_answer(struct run *run, const struct scheduled *scheduled, const struct event *event,
                               const struct action_type *type, struct arena *scratch, struct error *error)
{
    struct ask *ask = &run->nodes[scheduled->action].asks->asks[scheduled->ask - 1];
    struct json_value result;
    struct failure why;
    enum status status = run_read_result(scratch, event, true, type, &result, &why, error);
    if (status != STATUS_OK)
        return status;
    if (why.text.size > 0)
        return run_fail(run, scheduled->action, failure_join(scratch, FAILURE_TEXT("its result cannot be read: "), why),
                        FAILURE_PERMANENT, error);
    struct text output = json_get_text(&result, TEXT("output"));
    ask->state = text_is(output, "approved")   ? ASK_APPROVED
                 : text_is(output, "rejected") ? ASK_REJECTED
                                               : ASK_UNANSWERED;
    struct text answer = answer_text(ask, &result, scratch);
    ask->answer = arena_copy(run->arena, answer);
    if (answer.data == NULL || ask->answer.data == NULL)
        return error_budget(error);
    return judge(run, scheduled, type, &result, error);
}

static struct failure failure_of(const struct event *event)
{
    return event->failure.size > 0 ? (struct failure){.text = event->failure} : FAILURE_TEXT("failed");
}

enum status run_ask_ended(struct run *run, const struct scheduled *scheduled, const struct event *event,
                          struct error *error)
{
    struct node *node = &run->nodes[scheduled->action];
    if (scheduled->ask == ASK_ASIDE) {
        ask_later_ended(run, scheduled->action, event);
        return STATUS_OK;
    }
    struct ask *ask = &node->asks->asks[scheduled->ask - 1];
    if (ask->state != ASK_OPEN || ask->scheduled_id != event->scheduled_id)
        return STATUS_OK;
    assert(run->asks_open > 0);
    run->asks_open--;
    ask->state = ASK_CLOSED;
    if (node->state != ACTION_STATE_SCHEDULED || scheduled->ask <= node->asks->first)
        return STATUS_OK;
    const struct action_type *type =
        action_catalog_find(run->policy->catalog, run->graph.actions[scheduled->action].type);
    switch (event->kind) {
    case EVENT_ACTIVITY_COMPLETED: {
        struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
        if (scratch == NULL)
            return error_budget(error);
        enum status status = take_answer(run, scheduled, event, type, scratch, error);
        arena_free(scratch);
        return status;
    }
    case EVENT_ACTIVITY_TIMED_OUT: ask->state = ASK_UNANSWERED; return judge(run, scheduled, type, NULL, error);
    case EVENT_ACTIVITY_CANCELED:
        return run->cancel_requested
                   ? STATUS_OK
                   : run_fail(run, scheduled->action, FAILURE_TEXT("canceled"), FAILURE_CANCELED, error);
    default:
        return run_fail(run, scheduled->action, failure_of(event),
                        event->permanent ? FAILURE_PERMANENT : FAILURE_ATTEMPTS, error);
    }
}

/* ---- the history ---- */

enum status run_ask_noted(struct run *run, const struct event *event, bool *known, struct error *error)
{
    struct text part;
    uint32_t action = run_action_of_part(run, event->activity_id, &part);
    *known = action != UINT32_MAX && (text_is(part, PART_ASKED) || text_is(part, PART_WAITS));
    if (!*known || text_is(part, PART_WAITS) || run->nodes[action].state == ACTION_STATE_SCHEDULED ||
        action_state_ended((enum action_state)run->nodes[action].state))
        return STATUS_OK;
    const struct action_type *type = action_catalog_find(run->policy->catalog, run->graph.actions[action].type);
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value config, noted;
    struct ask_plan plan;
    enum status status = json_read(scratch, run->graph.actions[action].config, &config, error);
    if (status == STATUS_OK)
        status = json_read(scratch, event->payload, &noted, error);
    if (status == STATUS_OK && type != NULL && type->mode == ACTION_MODE_HUMAN &&
        ask_plan_read(scratch, type, &config, &plan)) {
        /* The recorded decision applies, whatever this worker would decide. */
        int64_t required;
        if (json_to_int64(json_get(&noted, TEXT("required")), &required))
            plan.required = required;
        status = begin(run, action, &plan, error);
    }
    arena_free(scratch);
    return status;
}

enum status run_ask_scheduled(struct run *run, const struct event *event, bool *known, struct error *error)
{
    struct text part;
    int64_t number = 0;
    uint32_t action = run_action_of_part(run, event->activity_id, &part);
    const struct ask_list *list = action != UINT32_MAX ? run->nodes[action].asks : NULL;
    *known = list != NULL && text_to_int64(part, &number) && number >= 1 && number <= list->count;
    if (!*known)
        return list != NULL ? ask_later_scheduled(run, event, action, part, known, error) : STATUS_OK;
    enum status status = run_add_scheduled(run, event, action, (uint32_t)number, error);
    if (status != STATUS_OK)
        return status;
    struct ask *ask = &list->asks[number - 1];
    bool is_new = ask->state == ASK_WANTED || ask->state == ASK_LATER;
    run->asks_open += is_new;
    if (is_new)
        ask->state = ASK_OPEN;
    ask->scheduled_id = event->id;
    if (run->nodes[action].scheduled_id == 0) {
        run->nodes[action].scheduled_id = event->id;
        run->nodes[action].started_us = event->time_us;
    }
    return STATUS_OK;
}

void run_ask_canceling(struct run *run, const struct scheduled *scheduled)
{
    struct ask_list *list = run->nodes[scheduled->action].asks;
    (scheduled->ask == ASK_ASIDE ? &list->reminder : &list->asks[scheduled->ask - 1])->canceling = true;
}

/* ---- decisions ---- */

static enum status note_asked(struct run *run, uint32_t action, const struct ask_plan *plan,
                              struct command_list *commands, struct error *error)
{
    struct command *command = run_add_for_action(run, commands, COMMAND_RECORD_RESULT, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->activity_id = arena_print(run->task_arena, "%.*s/" PART_ASKED, TEXT_ARG(command->action_id));
    command->payload =
        arena_print(run->task_arena, "{\"asked\":%u,\"required\":%lld}", plan->count, (long long)plan->required);
    run->answer_bytes += command->payload.size + COMMAND_BYTES;
    return command->activity_id.data != NULL && command->payload.data != NULL ? STATUS_OK : error_budget(error);
}

enum status run_ask_start(struct run *run, uint32_t action, const struct action_type *type,
                          struct command_list *commands, bool *several, struct error *error)
{
    struct json_value config;
    struct ask_plan plan;
    enum status status = json_read(run->task_arena, run->graph.actions[action].config, &config, error);
    *several = status == STATUS_OK && ask_plan_read(run->task_arena, type, &config, &plan);
    if (!*several)
        return status;
    struct failure fault = ask_plan_fault(run, action, &plan, run->task_arena);
    if (fault.text.size > 0)
        return run_refuse_action(run, action, fault, error);
    status = note_asked(run, action, &plan, commands, error);
    return status == STATUS_OK ? begin(run, action, &plan, error) : status;
}

void run_ask_again(struct run *run, uint32_t action)
{
    struct node *node = &run->nodes[action];
    node->one_by_one = false;
    if (node->asks != NULL)
        node->asks->first = node->asks->count;
}

/* ---- for people ---- */

void run_ask_view(const struct node *node, struct run_asked *asked)
{
    *asked = (struct run_asked){0};
    if (!node->one_by_one)
        return;
    const struct ask_list *list = node->asks;
    const struct ask_timer *remind = &list->timers[ASK_TIMER_REMIND], *escalate = &list->timers[ASK_TIMER_ESCALATE];
    const struct tally tally = count_answers(list);
    *asked = (struct run_asked){
        .asked = tally.asked,
        .required = list->required,
        .approved = tally.approved,
        .rejected = tally.rejected,
        .reminders = list->reminders,
        .remind_id = remind->open ? remind->started_id : 0,
        .escalate_id = escalate->open ? escalate->started_id : 0,
    };
}

static void view(const struct run *run, uint32_t action, uint32_t index, struct run_ask *shown)
{
    static const char *const outputs[] = {
        [ASK_APPROVED] = "approved", [ASK_REJECTED] = "rejected", [ASK_UNANSWERED] = "timed_out", [ASK_CLOSED] = NULL};
    const struct ask *ask = &run->nodes[action].asks->asks[index];
    *shown = (struct run_ask){
        .action_id = run->graph.actions[action].id,
        .number = index + 1,
        .approver = ask->approver,
        .output = outputs[ask->state] != NULL ? text_from(outputs[ask->state]) : TEXT_NONE,
        .scheduled_id = ask->scheduled_id,
        .open = ask->state == ASK_OPEN && !ask->canceling && run->nodes[action].state == ACTION_STATE_SCHEDULED,
    };
}

bool run_ask_of(const struct run *run, int64_t scheduled_id, struct run_ask *ask)
{
    const struct scheduled *scheduled = run_find_scheduled(run, scheduled_id);
    if (scheduled == NULL || scheduled->ask == 0 || scheduled->ask == ASK_ASIDE)
        return false;
    view(run, scheduled->action, scheduled->ask - 1, ask);
    return true;
}

bool run_ask_at(const struct run *run, size_t action, size_t index, struct run_ask *ask)
{
    const struct ask_list *list = run->nodes[action].asks;
    if (!run->nodes[action].one_by_one || index >= list->count - list->first ||
        list->asks[list->first + index].state == ASK_LATER)
        return false;
    view(run, (uint32_t)action, list->first + (uint32_t)index, ask);
    return true;
}
