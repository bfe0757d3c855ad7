/* A run as people see it: queries, pictures, the command line. */
#include "base/limits.h"
#include "engine/run_internal.h"

static const char *const state_names[] = {
    [ACTION_STATE_WAITING] = "waiting",   [ACTION_STATE_READY] = "ready",       [ACTION_STATE_PERFORMING] = "running",
    [ACTION_STATE_SCHEDULED] = "running", [ACTION_STATE_FINISHED] = "finished", [ACTION_STATE_FAILED] = "failed",
    [ACTION_STATE_SKIPPED] = "skipped",   [ACTION_STATE_DEAD] = "dead",         [ACTION_STATE_CANCELED] = "canceled",
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

size_t run_action_count(const struct run *run)
{
    return run->nodes != NULL ? run->graph.action_count : 0;
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
        .failure = node->failure,
        .executor = (enum action_executor)node->executor,
        .local = node->executor == EXECUTOR_HERE,
        .attempts = node->attempts,
        .started_us = node->started_us,
        .ended_us = node->ended_us,
        .scheduled_id = node->scheduled_id,
    };
}

void run_write_member(struct buffer *buffer, const char *key, struct text value)
{
    buffer_print(buffer, "\"%s\":", key);
    json_write_string(buffer, value);
}

static bool has_begun(enum action_state state)
{
    return state != ACTION_STATE_WAITING && state != ACTION_STATE_READY && state != ACTION_STATE_SKIPPED &&
           state != ACTION_STATE_DEAD;
}

static void write_action(struct buffer *buffer, const struct run_action *action, bool results)
{
    buffer_add_byte(buffer, '{');
    run_write_member(buffer, "id", action->id);
    buffer_add_byte(buffer, ',');
    run_write_member(buffer, "name", action->name);
    buffer_add_byte(buffer, ',');
    run_write_member(buffer, "type", action->type);
    buffer_print(buffer, ",\"state\":\"%s\"", action_state_name(action->state));
    if (has_begun(action->state))
        buffer_print(buffer, ",\"how\":\"%s\"", action_executor_name(action->executor));
    if (action->attempts > 0)
        buffer_print(buffer, ",\"attempts\":%u", action->attempts);
    if (results && action->result.size > 0) {
        buffer_add(buffer, TEXT(",\"result\":"));
        buffer_add(buffer, action->result);
    }
    if (action->failure.size > 0) {
        buffer_add_byte(buffer, ',');
        run_write_member(buffer, "failure", action->failure);
    }
    if (action->started_us > 0)
        buffer_print(buffer, ",\"scheduled_at_us\":%lld", (long long)action->started_us);
    if (action->ended_us > 0)
        buffer_print(buffer, ",\"ended_at_us\":%lld", (long long)action->ended_us);
    buffer_add_byte(buffer, '}');
}

static struct text write_state(const struct run *run, struct arena *arena, bool results)
{
    static const char *const phases[] = {
        [PHASE_NEW] = "new", [PHASE_REFUSED] = "refused", [PHASE_RUNNING] = "running", [PHASE_OVER] = "over"};
    struct buffer buffer = buffer_in(arena, LIMIT_RUN_ARENA);
    buffer_print(&buffer, "{\"status\":\"%s\",", phases[run->phase]);
    run_write_member(&buffer, "rule_name", run->rule_name);
    if (run->refusal.size > 0) {
        buffer_add_byte(&buffer, ',');
        run_write_member(&buffer, "failure", run->refusal);
    }
    buffer_add(&buffer, TEXT(",\"actions\":["));
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        if (i > 0)
            buffer_add_byte(&buffer, ',');
        write_action(&buffer, &action, results);
    }
    buffer_add(&buffer, results ? TEXT("]}") : TEXT("],\"results_omitted\":true}"));
    return buffer_text(&buffer);
}

struct text run_graph_state(const struct run *run, struct arena *arena)
{
    struct text state = write_state(run, arena, true);
    return state.size > LIMIT_PAYLOAD_BYTES ? write_state(run, arena, false) : state;
}
