/* A run as queries and the command line show it. */
#include "action/shown_result.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/run_internal.h"

static const char *const state_names[] = {
    [ACTION_STATE_WAITING] = "waiting",   [ACTION_STATE_READY] = "ready",       [ACTION_STATE_PERFORMING] = "running",
    [ACTION_STATE_SCHEDULED] = "running", [ACTION_STATE_FINISHED] = "finished", [ACTION_STATE_FAILED] = "failed",
    [ACTION_STATE_HELD] = "held",         [ACTION_STATE_SKIPPED] = "skipped",   [ACTION_STATE_DEAD] = "dead",
    [ACTION_STATE_CANCELED] = "canceled",
};

static const char *const executor_names[] = {
    [EXECUTOR_HERE] = "local",    [EXECUTOR_ACTIVITY] = "activity", [EXECUTOR_TIMER] = "timer",
    [EXECUTOR_BRANCH] = "branch", [EXECUTOR_EARLIER] = "earlier",
};

const char *action_executor_name(enum action_executor executor)
{
    return executor_names[executor];
}

const char *action_state_name(enum action_state state)
{
    return state_names[state];
}

struct text run_rule_name(const struct run *run)
{
    return run->rule_name;
}

struct text run_rule_id(const struct run *run)
{
    return run->rule_id;
}

struct text run_execution_id(const struct run *run)
{
    return run->execution_id;
}

struct text run_effect_id(const struct run *run)
{
    return run->effect_id;
}

size_t run_action_count(const struct run *run)
{
    return run->nodes != NULL ? run->graph.action_count : 0;
}

const struct graph *run_graph(const struct run *run)
{
    return run->nodes != NULL ? &run->graph : NULL;
}

void run_action_at(const struct run *run, size_t index, struct run_action *action)
{
    const struct graph_action *described = &run->graph.actions[index];
    const struct node *node = &run->nodes[index];
    *action = (struct run_action){
        .id = described->id,
        .name = described->name,
        .type = described->type,
        .state = (enum action_state)node->state,
        .result = node->result,
        .failure = node->failure.text,
        .executor = (enum action_executor)node->executor,
        .local = node->executor == EXECUTOR_HERE,
        .attempts = node->attempts,
        .started_us = node->started_us,
        .ended_us = node->ended_us,
        .scheduled_id = node->scheduled_id,
    };
    run_ask_view(node, &action->people);
}

static bool has_begun(enum action_state state)
{
    return state != ACTION_STATE_WAITING && state != ACTION_STATE_READY && state != ACTION_STATE_SKIPPED &&
           state != ACTION_STATE_DEAD;
}

static void write_action(struct json_writer *json, const struct run_action *action, bool results)
{
    json_begin_object(json);
    json_member_text(json, "id", action->id);
    json_member_text(json, "name", action->name);
    json_member_text(json, "type", action->type);
    json_member_string(json, "state", action_state_name(action->state));
    if (has_begun(action->state))
        json_member_string(json, "how", action_executor_name(action->executor));
    if (action->attempts > 0)
        json_member_integer(json, "attempts", action->attempts);
    if (action->people.asked > 0) {
        json_key(json, "people");
        json_begin_object(json);
        json_member_integer(json, "asked", action->people.asked);
        json_member_integer(json, "required", action->people.required);
        json_member_integer(json, "approved", action->people.approved);
        json_member_integer(json, "rejected", action->people.rejected);
        json_end_object(json);
    }
    if (results && action->result.size > 0)
        json_member_raw(json, "result", action->result);
    if (action->failure.size > 0)
        json_member_text(json, "failure", action->failure);
    if (action->started_us > 0)
        json_member_integer(json, "scheduled_at_us", action->started_us);
    if (action->ended_us > 0)
        json_member_integer(json, "ended_at_us", action->ended_us);
    json_end_object(json);
}

static struct text write_state(const struct run *run, struct arena *arena, bool results)
{
    static const char *const phases[] = {
        [PHASE_NEW] = "new", [PHASE_REFUSED] = "refused", [PHASE_RUNNING] = "running", [PHASE_OVER] = "over"};
    struct buffer buffer = buffer_in(arena, LIMIT_RUN_ARENA);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_string(&json, "status", phases[run->phase]);
    json_member_text(&json, "rule_name", run->rule_name);
    if (run->refusal.text.size > 0)
        json_member_text(&json, "failure", run->refusal.text);
    json_key(&json, "actions");
    json_begin_array(&json);
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        const struct text shown =
            shown_result_text(arena, action_catalog_find(run->policy->catalog, action.type), action.result);
        buffer.failed = buffer.failed || (shown.data == NULL && action.result.size > 0);
        action.result = shown;
        write_action(&json, &action, results);
    }
    json_end_array(&json);
    if (!results)
        json_member_boolean(&json, "results_omitted", true);
    json_end_object(&json);
    return buffer_text(&buffer);
}

struct text run_graph_state(const struct run *run, struct arena *arena)
{
    struct text state = write_state(run, arena, true);
    return state.size > LIMIT_PAYLOAD_BYTES ? write_state(run, arena, false) : state;
}
