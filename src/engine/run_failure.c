/* Actions that fail: the run follows their failure edges, or it fails when nothing is left to do. */
#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/run_internal.h"

static const char *const kind_names[] = {
    [FAILURE_PERMANENT] = "failed",
    [FAILURE_ATTEMPTS] = "failed",
    [FAILURE_TIMED_OUT] = "timed_out",
    [FAILURE_CANCELED] = "canceled",
};

/* The failure without the names of the action in front of it, for texts that a rule builds from it. */
static struct text reason_of(const struct graph_action *action, struct text failure, struct arena *scratch)
{
    static const struct {
        const char *before, *after;
    } forms[] = {{"action ", "execute: "}, {"async action ", "start: "}, {"action ", ""}, {"async action ", ""}};
    if (action->name.size > LIMIT_FAILURE_MESSAGE)
        return failure;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct text prefix = arena_print(scratch, "%s%.*s (%.*s): %s", forms[i].before, TEXT_ARG(action->name),
                                         TEXT_ARG(action->id), forms[i].after);
        if (prefix.data != NULL && text_starts(failure, prefix))
            return text_slice(failure, prefix.size, SIZE_MAX);
    }
    return failure;
}

/* A history may have a long failure cut; both forms must give the same message. */
static struct text message_of(const struct graph_action *action, struct text failure, struct arena *scratch)
{
    return text_cut_utf8(reason_of(action, failure, scratch), LIMIT_FAILURE_MESSAGE);
}

/* {"error":{"attempts","message","permanent","type"},"output":"failure"} */
static struct text failure_result(const struct run *run, uint32_t action, enum failure_kind kind, struct arena *scratch)
{
    const struct node *node = &run->nodes[action];
    struct buffer buffer = buffer_in(scratch, LIMIT_TASK_ARENA);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_key(&json, "error");
    json_begin_object(&json);
    if (node->attempts > 0)
        json_member_integer(&json, "attempts", node->attempts);
    json_member_text(&json, "message", message_of(&run->graph.actions[action], node->failure.text, scratch));
    json_member_boolean(&json, "permanent", kind == FAILURE_PERMANENT);
    json_member_string(&json, "type", kind_names[kind]);
    json_end_object(&json);
    json_member_string(&json, "output", GRAPH_FAILURE_OUTPUT);
    json_end_object(&json);
    return buffer_text(&buffer);
}

static enum status keep_failure(struct run *run, uint32_t action, struct failure failure, struct error *error)
{
    struct node *node = &run->nodes[action];
    node->failure = failure;
    node->failure.text = arena_copy(run->arena, failure.text);
    return node->failure.text.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status finish_routed(struct run *run, uint32_t action, struct text result, const struct json_value *value,
                                 struct error *error)
{
    run->nodes[action].routed = true;
    return result.data != NULL ? run_finish(run, action, result, value, error) : error_budget(error);
}

static enum status follow_failure_edges(struct run *run, uint32_t action, enum failure_kind kind, struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    /* Failure edges do not read the result. */
    const struct json_value none = json_object(NULL, 0);
    enum status status = finish_routed(run, action, failure_result(run, action, kind, scratch), &none, error);
    arena_free(scratch);
    return status;
}

void run_release_failed(struct run *run, uint32_t action)
{
    run->nodes[action].ended_us = run->clock_us;
    run_move(run, action, ACTION_STATE_FAILED);
    run_settle_outgoing(run, action, NULL);
}

void run_cancel_held(struct run *run)
{
    for (uint32_t i = 0; i < run->graph.action_count && run->on_hold > 0; i++)
        if (run->nodes[i].state == ACTION_STATE_HELD)
            run_move(run, i, ACTION_STATE_CANCELED);
}

static void hold_action(struct run *run, uint32_t action)
{
    run->nodes[action].ended_us = run->clock_us;
    run_move(run, action, ACTION_STATE_HELD);
}

enum status run_fail(struct run *run, uint32_t action, struct failure failure, enum failure_kind kind,
                     struct error *error)
{
    enum action_state state = (enum action_state)run->nodes[action].state;
    if (action_state_ended(state) || state == ACTION_STATE_HELD)
        return STATUS_OK;
    enum status status = keep_failure(run, action, failure, error);
    if (status != STATUS_OK)
        return status;
    if (graph_has_failure_edge(&run->graph, action))
        return follow_failure_edges(run, action, kind, error);
    if (run->hold > HOLD_NOT && !run->cancel_requested)
        hold_action(run, action);
    else
        run_release_failed(run, action);
    return STATUS_OK;
}

enum status run_fail_earlier(struct run *run, uint32_t action, struct failure failure, bool held,
                             const struct json_value *result, struct error *error)
{
    if (action_state_ended((enum action_state)run->nodes[action].state))
        return STATUS_OK;
    struct arena *scratch = arena_new(LIMIT_RUN_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    enum status status = keep_failure(run, action, failure, error);
    if (status == STATUS_OK && result != NULL)
        status = finish_routed(run, action, json_to_text(scratch, result), result, error);
    else if (status == STATUS_OK && held)
        hold_action(run, action);
    else if (status == STATUS_OK)
        run_release_failed(run, action);
    arena_free(scratch);
    return status;
}
