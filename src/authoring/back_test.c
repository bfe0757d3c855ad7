/* Plays recorded runs on a new version of their rule. */
#include "authoring/back_test.h"

#include "action/registry.h"
#include "base/limits.h"
#include "engine/names.h"
#include "rule/simulation.h"

struct playing {
    struct arena *arena;
    const struct rule_version *old, *new;
    struct run *recorded;
    enum run_close close; /* of the recorded run */
    int64_t started_us;
    struct run_action *actions; /* of the recorded run, for each action of the new version */
    bool *recorded_here;        /* whether the recorded run knows the action */
    uint32_t *open;             /* actions of the new version that were running when the history ended */
    size_t open_count;
    struct outcome_plan plan;
    struct simulation simulation;
    struct back_test *result;
};

static bool has_ended(const struct run_action *action)
{
    return action->state == ACTION_STATE_FINISHED || action->state == ACTION_STATE_FAILED;
}

static bool is_under_way(const struct run_action *action)
{
    return action->state == ACTION_STATE_SCHEDULED || action->state == ACTION_STATE_PERFORMING ||
           action->state == ACTION_STATE_CANCELED;
}

/* ---- what the run has recorded ---- */

static enum status fold(struct playing *playing, const struct history_json *history, struct error *error)
{
    static const struct run_policy policy = {.catalog = &action_catalog_all, .local = true};
    if (history->count == 0 || history->events[0].kind != EVENT_STARTED ||
        !text_is(history->events[0].activity_type, WORKFLOW_TYPE))
        return error_set(error, STATUS_INVALID, TEXT("event 1"), "expected the start of a rule (" WORKFLOW_TYPE ")");
    playing->recorded = run_new(&policy);
    if (playing->recorded == NULL)
        return error_budget(error);
    struct history_summary summary;
    enum status status = run_fold(playing->recorded, history->events, history->count, &summary, error);
    playing->close = summary.close;
    playing->started_us = summary.started_us;
    return status;
}

/* Whether the run executed a version of this rule. */
static enum status take_actions(struct playing *playing, bool *belongs, struct error *error)
{
    const struct graph *graph = &playing->new->graph;
    playing->actions = ARENA_ARRAY(playing->arena, graph->action_count, struct run_action);
    playing->recorded_here = ARENA_ARRAY(playing->arena, graph->action_count, bool);
    playing->open = ARENA_ARRAY(playing->arena, graph->action_count, uint32_t);
    if (playing->actions == NULL || playing->recorded_here == NULL || playing->open == NULL)
        return error_budget(error);
    *belongs = false;
    for (size_t i = 0; i < run_action_count(playing->recorded); i++) {
        struct run_action action;
        run_action_at(playing->recorded, i, &action);
        *belongs = *belongs || graph_find(&playing->old->graph, action.id) != UINT32_MAX;
        uint32_t at = graph_find(graph, action.id);
        if (at == UINT32_MAX)
            continue;
        playing->actions[at] = action;
        playing->recorded_here[at] = true;
        if (is_under_way(&action) && graph->actions[at].reachable)
            playing->open[playing->open_count++] = at;
    }
    return STATUS_OK;
}

/* ---- the simulation ---- */

/* Actions without effects are performed anew, on what the run had; delays end by themselves. */
static bool is_replayed(const struct playing *playing, uint32_t action)
{
    const struct graph_action *described = &playing->new->graph.actions[action];
    const struct action_type *type = action_catalog_find(&action_catalog_all, described->type);
    bool by_itself = type != NULL && (type->dispatch == DISPATCH_ENGINE ||
                                      (type->effects == EFFECTS_PURE && type->mode == ACTION_MODE_SYNC));
    return playing->recorded_here[action] && has_ended(&playing->actions[action]) &&
           text_equal(playing->actions[action].type, described->type) && !by_itself;
}

static enum status outcome_of(struct playing *playing, uint32_t action, struct planned_outcome *outcome,
                              struct error *error)
{
    const struct run_action *recorded = &playing->actions[action];
    *outcome = (struct planned_outcome){.kind = PLANNED_FAILURE, .failure = recorded->failure, .is_final = true};
    if (recorded->state == ACTION_STATE_FAILED)
        return STATUS_OK;
    outcome->kind = PLANNED_RESULT;
    outcome->result = json_object(NULL, 0);
    return recorded->result.size > 0 ? json_read(playing->arena, recorded->result, &outcome->result, error) : STATUS_OK;
}

/* By id, in the order of the ids. */
static enum status make_plan(struct playing *playing, struct error *error)
{
    const struct graph *graph = &playing->new->graph;
    struct planned_outcome *outcomes = ARENA_ARRAY(playing->arena, graph->action_count, struct planned_outcome);
    playing->plan.actions = ARENA_ARRAY(playing->arena, graph->action_count, struct planned_action);
    if (outcomes == NULL || playing->plan.actions == NULL)
        return error_budget(error);
    for (uint32_t i = 0; i < graph->action_count; i++) {
        uint32_t action = graph->by_id[i];
        if (!is_replayed(playing, action))
            continue;
        enum status status = outcome_of(playing, action, &outcomes[i], error);
        if (status != STATUS_OK)
            return status;
        playing->plan.actions[playing->plan.count++] = (struct planned_action){
            .key = graph->actions[action].id, .pointer = TEXT(""), .outcomes = &outcomes[i], .count = 1};
    }
    return STATUS_OK;
}

/* The input of the recorded run from its beginning, with the new graph. */
static enum status input_of(struct playing *playing, const struct history_json *history, struct text *input,
                            struct error *error)
{
    struct json_value value;
    enum status status = json_read(playing->arena, history->events[0].payload, &value, error);
    if (status != STATUS_OK)
        return status;
    const struct json_value *graph = json_get_lenient(&playing->new->document, TEXT("graph"));
    struct json_member *members = ARENA_ARRAY(playing->arena, value.object.count + 1, struct json_member);
    if (members == NULL)
        return error_budget(error);
    size_t count = 0;
    for (size_t i = 0; value.type == JSON_OBJECT && i < value.object.count; i++) {
        struct text key = value.object.members[i].key;
        if (!text_equal_ignoring_case(key, TEXT("graph")) && !text_equal_ignoring_case(key, TEXT("resume")) &&
            !text_equal_ignoring_case(key, TEXT("continuation_state")))
            members[count++] = value.object.members[i];
    }
    members[count++] =
        (struct json_member){.key = TEXT("graph"), .value = graph != NULL ? *graph : playing->new->document};
    const struct json_value whole = json_object(members, count);
    *input = json_to_text(playing->arena, &whole);
    return input->data != NULL ? STATUS_OK : error_budget(error);
}

static enum status play(struct playing *playing, const struct history_json *history, struct error *error)
{
    struct text input;
    enum status status = make_plan(playing, error);
    if (status == STATUS_OK)
        status = input_of(playing, history, &input, error);
    if (status != STATUS_OK)
        return status;
    const struct simulation_options options = {
        .catalog = &action_catalog_all, .local = true, .start_us = playing->started_us, .plan = &playing->plan};
    return simulation_play(&playing->simulation, playing->arena, input, &options, error);
}

/* ---- comparing ---- */

static struct text output_of(struct arena *arena, const struct run_action *action)
{
    struct json_value result;
    if (action->result.size == 0 || json_read(arena, action->result, &result, NULL) != STATUS_OK)
        return TEXT("");
    struct text output = json_get_text(&result, TEXT("output"));
    output = output.size > 0 ? output : json_get_text(&result, TEXT("branch_taken"));
    return output.size > 0 ? output : TEXT("success");
}

static struct text end_of(struct arena *arena, const struct run_action *action)
{
    if (action->state == ACTION_STATE_FAILED)
        return TEXT("fails");
    return arena_print(arena, "ends with '%.*s'", TEXT_ARG(output_of(arena, action)));
}

static bool part_at(struct playing *playing, uint32_t action, struct text reason)
{
    playing->result->verdict = BACK_TEST_OTHER_WAY;
    playing->result->action = playing->new->graph.actions[action].name;
    playing->result->reason = reason;
    return true;
}

/* Whether the action may come after one whose end the history does not have. */
static bool is_open_end(const struct playing *playing, uint32_t action)
{
    for (size_t i = 0; i < playing->open_count; i++)
        if (graph_may_reach(&playing->new->graph, playing->open[i], action))
            return true;
    return false;
}

/* The new version has started it. */
static bool parts_at_started(struct playing *playing, uint32_t action)
{
    const struct run_action *before = &playing->actions[action];
    struct run_action now;
    run_action_at(playing->simulation.run, action, &now);
    if (is_open_end(playing, action))
        return false;
    if (!playing->recorded_here[action])
        return part_at(playing, action, TEXT("is started; the run did not have it"));
    if (!has_ended(before))
        return part_at(playing, action, TEXT("is started; the run did not start it"));
    struct text was = end_of(playing->arena, before), is = end_of(playing->arena, &now);
    if (!has_ended(&now) || text_equal(was, is))
        return false;
    return part_at(playing, action,
                   arena_print(playing->arena, "%.*s; in the run it %.*s", TEXT_ARG(is), TEXT_ARG(was)));
}

/* Where a run has failed or was stopped, the others that were started by then depend on timing. */
static bool parts_at_missing(struct playing *playing, uint32_t action)
{
    bool whole = playing->close == CLOSE_COMPLETED || playing->close == CLOSE_NONE;
    if (!whole || playing->simulation.actions.items[action].started || !playing->recorded_here[action] ||
        !has_ended(&playing->actions[action]))
        return false;
    return part_at(playing, action,
                   playing->new->graph.actions[action].active ? TEXT("is not started; the run did start it")
                                                              : TEXT("is inactive; the run did start it"));
}

/* An action that the new version does not have any more. */
static bool parts_at_removed(struct playing *playing)
{
    for (size_t i = 0; i < run_action_count(playing->recorded); i++) {
        struct run_action action;
        run_action_at(playing->recorded, i, &action);
        if (!has_ended(&action) || graph_find(&playing->new->graph, action.id) != UINT32_MAX)
            continue;
        playing->result->verdict = BACK_TEST_OTHER_WAY;
        playing->result->action = arena_copy(playing->arena, action.name);
        playing->result->reason = TEXT("is removed; the run did start it");
        return true;
    }
    return false;
}

static void compare(struct playing *playing)
{
    playing->result->verdict = BACK_TEST_SAME_WAY;
    for (uint32_t i = 0; i < playing->simulation.started; i++)
        if (parts_at_started(playing, playing->simulation.order[i]))
            return;
    for (uint32_t i = 0; i < playing->new->graph.action_count; i++)
        if (parts_at_missing(playing, i))
            return;
    (void)parts_at_removed(playing);
}

enum status back_test_run(struct arena *arena, const struct history_json *history, const struct rule_version *old,
                          const struct rule_version *new, struct back_test *result, struct error *error)
{
    *result = (struct back_test){.verdict = BACK_TEST_OTHER_RULE};
    struct playing playing = {.arena = arena, .old = old, .new = new, .result = result};
    bool belongs = false;
    enum status status = fold(&playing, history, error);
    if (status == STATUS_OK)
        status = take_actions(&playing, &belongs, error);
    if (status == STATUS_OK && belongs)
        status = play(&playing, history, error);
    if (status == STATUS_OK && belongs)
        compare(&playing);
    result->open = playing.close == CLOSE_NONE;
    simulation_end(&playing.simulation);
    run_free(playing.recorded);
    return status;
}
