/* Plans how a run is resumed. The engine tries the plan before it is returned. */
#include "rule/resume_plan.h"

#include "action/suggestion.h"
#include "base/limits.h"
#include "engine/names.h"
#include "engine/run.h"
#include "graph/graph.h"
#include "rule/rule_document.h"

/* The largest number of names in a message. */
#define SHOWN_NAMES 10

struct planner {
    struct arena *arena;
    const struct action_catalog *catalog;
    const struct resume_request *request;
    const struct event *events;
    size_t event_count;
    struct run *closed;      /* as its history leaves it */
    struct run *next;        /* the new run before its first task */
    const struct graph *old; /* of the closed run; NULL: its input was refused */
    struct graph corrected;
    const struct graph *graph; /* of the new run */
    bool *behind;              /* for each action of `old`: whether it is performed again */
    struct text graph_json;    /* of a corrected rule; else empty */
};

#define REFUSE(error_, ...) error_set((error_), STATUS_INVALID, TEXT_NONE, __VA_ARGS__)

bool resume_action_is(const struct resume_action *action, enum resume_part part)
{
    switch (part) {
    case RESUME_KEEPS: return action->kept;
    case RESUME_STARTS: return action->first;
    case RESUME_REPEATS: return action->again && !action->acts_once;
    case RESUME_FINDS: return action->again && action->acts_once;
    }
    return false;
}

/* ---- the closed run ---- */

static enum status check_close(enum run_close close, struct error *error)
{
    switch (close) {
    case CLOSE_FAILED:
    case CLOSE_TIMED_OUT:
    case CLOSE_TERMINATED:
    case CLOSE_CANCELED: return STATUS_OK;
    case CLOSE_COMPLETED: return REFUSE(error, "the run has completed: there is nothing left to do");
    case CLOSE_CONTINUED:
        return REFUSE(error, "the run was continued as new: the newest run of its workflow can be resumed");
    case CLOSE_NONE: break;
    }
    return REFUSE(error, "the run is still open");
}

static enum status check_branches(const struct planner *planner, struct error *error)
{
    for (size_t i = 0; i < run_action_count(planner->closed); i++) {
        struct run_action action;
        run_action_at(planner->closed, i, &action);
        if (action.executor == EXECUTOR_BRANCH && action.state != ACTION_STATE_FINISHED)
            return REFUSE(error,
                          "action %.*s started a branch of the Go worker that has not completed: this history does not "
                          "say which actions of the branch are done",
                          TEXT_ARG(action.name));
    }
    return STATUS_OK;
}

static enum status read_closed(struct planner *planner, struct resume_plan *plan, struct error *error)
{
    struct error fault = ERROR_IN(planner->arena);
    struct history_summary summary;
    const struct event *first = planner->events;
    if (planner->event_count == 0 || first->kind != EVENT_STARTED)
        return REFUSE(error, "its history does not begin with WorkflowExecutionStarted");
    if (text_is(first->activity_type, BRANCH_TYPE))
        return REFUSE(error, "the run is a branch of the Go worker: the run that started it can be resumed");
    if (!is_known_workflow_type(first->activity_type))
        return REFUSE(error, "the run is not a run of a rule: its workflow type is %.*s",
                      TEXT_ARG(first->activity_type));
    enum status status = run_fold(planner->closed, planner->events, planner->event_count, &summary, &fault);
    if (status == STATUS_INVALID)
        return REFUSE(error, "its history cannot be read: %.*s: %.*s", TEXT_ARG(fault.where), TEXT_ARG(fault.message));
    if (status != STATUS_OK)
        return error_copy(error, &fault);
    planner->old = planner->graph = run_graph(planner->closed);
    plan->failure = summary.failure;
    plan->start = first;
    status = check_close(summary.close, error);
    if (status == STATUS_OK && run_effect_id(planner->closed).size == 0)
        status = REFUSE(error, "its input has no readable execution_id: no action has run");
    return status == STATUS_OK ? check_branches(planner, error) : status;
}

/* ---- actions by id or name ---- */

static struct text name_at(const void *names, size_t index)
{
    return ((const struct graph *)names)->actions[index].name;
}

static enum status find_action(const struct planner *planner, struct text wanted, uint32_t *action, struct error *error)
{
    const struct graph *graph = planner->graph;
    struct uuid id;
    *action = uuid_parse(wanted, &id) ? graph_find(graph, uuid_text(planner->arena, id)) : UINT32_MAX;
    if (*action != UINT32_MAX)
        return STATUS_OK;
    uint32_t at = graph_name_bound(graph, wanted);
    bool found = at < graph->action_count && text_equal(graph->actions[graph->by_name[at]].name, wanted);
    if (found && at + 1 < graph->action_count && text_equal(graph->actions[graph->by_name[at + 1]].name, wanted))
        return REFUSE(error, "several actions are named %.*s: use the id", TEXT_ARG(wanted));
    if (found) {
        *action = graph->by_name[at];
        return STATUS_OK;
    }
    struct text nearest = suggest_nearest(wanted, name_at, graph, graph->action_count);
    return nearest.size > 0 ? REFUSE(error, "the rule has no action \"%.*s\"; did you mean \"%.*s\"?", TEXT_ARG(wanted),
                                     TEXT_ARG(nearest))
                            : REFUSE(error, "the rule has no action \"%.*s\"", TEXT_ARG(wanted));
}

static struct run_action closed_action(const struct planner *planner, uint32_t action)
{
    struct run_action found;
    run_action_at(planner->closed, action, &found);
    return found;
}

static bool has_finished(const struct planner *planner, uint32_t action)
{
    return closed_action(planner, action).state == ACTION_STATE_FINISHED;
}

/* Whether the ledger keeps the results of actions of this type. It keeps none of actions that ask people: people are
   asked again. */
static bool acts_once(const struct planner *planner, struct text type_name)
{
    const struct action_type *type = action_catalog_find(planner->catalog, type_name);
    return type != NULL && type->effects == EFFECTS_WRITE && type->mode != ACTION_MODE_HUMAN;
}

/* ---- --from ---- */

/* Marks the action and all actions downstream. `marked` has a flag for each action of the graph. */
static enum status mark_behind(struct arena *arena, const struct graph *graph, uint32_t from, bool *marked,
                               struct error *error)
{
    uint32_t *stack = ARENA_ARRAY(arena, graph->action_count, uint32_t);
    if (stack == NULL)
        return error_budget(error);
    uint32_t count = 1;
    stack[0] = from;
    marked[from] = true;
    while (count > 0) {
        uint32_t at = stack[--count];
        for (uint32_t i = graph->first_edge[at]; i < graph->first_edge[at + 1]; i++) {
            uint32_t target = graph->edges[i].target;
            if (!marked[target])
                stack[count++] = target;
            marked[target] = true;
        }
    }
    return STATUS_OK;
}

/* Effects of the Go worker are not in the ledger. */
static bool has_go_activity(const struct planner *planner)
{
    for (size_t i = 0; i < planner->event_count; i++) {
        const struct event *event = &planner->events[i];
        bool is_action = text_is(event->activity_type, ACTIVITY_SYNC) || text_is(event->activity_type, ACTIVITY_ASYNC);
        if (event->kind == EVENT_CHILD_INITIATED || (event->kind == EVENT_ACTIVITY_SCHEDULED && is_action &&
                                                     graph_find(planner->old, event->activity_id) == UINT32_MAX))
            return true;
    }
    return false;
}

/* Chooses what is performed again: the actions downstream of `from` in the run's rule, and those downstream of it in
   the corrected rule. */
static enum status choose_again(struct planner *planner, struct error *error)
{
    uint32_t count = planner->old != NULL ? planner->old->action_count : 0, from;
    planner->behind = ARENA_ARRAY(planner->arena, count, bool);
    bool *marked = ARENA_ARRAY(planner->arena, planner->graph->action_count, bool);
    if (planner->behind == NULL || marked == NULL)
        return error_budget(error);
    if (planner->request->from.size == 0)
        return STATUS_OK;
    enum status status = find_action(planner, planner->request->from, &from, error);
    if (status != STATUS_OK || planner->old == NULL)
        return status;
    if (has_go_activity(planner))
        return REFUSE(error,
                      "the Go worker has performed actions of this run, and their effects are not in a ledger: --from "
                      "would repeat them");
    status = mark_behind(planner->arena, planner->graph, from, marked, error);
    uint32_t in_old = graph_find(planner->old, planner->graph->actions[from].id);
    if (status == STATUS_OK && in_old != UINT32_MAX)
        status = mark_behind(planner->arena, planner->old, in_old, planner->behind, error);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        uint32_t in_new = graph_find(planner->graph, planner->old->actions[i].id);
        planner->behind[i] = planner->behind[i] || (in_new != UINT32_MAX && marked[in_new]);
    }
    return status;
}

/* ---- --rule ---- */

static enum status check_id(const struct planner *planner, const struct json_value *rule, struct error *error)
{
    struct text written = json_get_text(rule, TEXT("rule_id")), own = run_rule_id(planner->closed);
    struct uuid theirs, ours;
    if (written.size == 0 || !uuid_parse(written, &theirs) || !uuid_parse(own, &ours) || uuid_equal(theirs, ours))
        return STATUS_OK;
    return REFUSE(error, "the corrected rule is rule %.*s, the run is one of rule %.*s", TEXT_ARG(written),
                  TEXT_ARG(own));
}

static enum status read_rule(struct planner *planner, struct error *error)
{
    const struct json_value *rule = planner->request->rule;
    if (rule == NULL)
        return planner->graph != NULL
                   ? STATUS_OK
                   : REFUSE(error, "its input was refused, so no action has run: --rule can correct the rule");
    const struct json_value *inner = json_get_lenient(rule, TEXT("graph"));
    const struct json_value *graph = inner != NULL ? inner : rule;
    struct error fault = ERROR_IN(planner->arena);
    enum status status = check_id(planner, rule, error);
    if (status != STATUS_OK)
        return status;
    status = graph_read(planner->arena, planner->arena, graph, inner != NULL ? TEXT("/graph") : TEXT(""),
                        &planner->corrected, NULL, &fault);
    if (status == STATUS_INVALID)
        return REFUSE(error, "the corrected rule: %.*s%s%.*s", TEXT_ARG(fault.where), fault.where.size > 0 ? ": " : "",
                      TEXT_ARG(fault.message));
    if (status != STATUS_OK)
        return error_copy(error, &fault);
    planner->graph = &planner->corrected;
    planner->graph_json = json_to_text(planner->arena, graph);
    return planner->graph_json.data != NULL ? STATUS_OK : error_budget(error);
}

/* Checks that the corrected rule has every action whose result is kept, with the same type. */
static enum status check_kept(const struct planner *planner, struct error *error)
{
    struct buffer missing = buffer_in(planner->arena, KIB(64));
    size_t count = 0;
    for (uint32_t i = 0; planner->request->rule != NULL && i < run_action_count(planner->closed); i++) {
        const struct graph_action *action = &planner->old->actions[i];
        uint32_t in_new = graph_find(planner->graph, action->id);
        if (!has_finished(planner, i) || planner->behind[i])
            continue;
        if (in_new == UINT32_MAX && count++ < SHOWN_NAMES)
            buffer_print(&missing, "%s%.*s (%.*s)", count > 1 ? ", " : "", TEXT_ARG(action->name),
                         TEXT_ARG(action->id));
        else if (in_new != UINT32_MAX && !text_equal(planner->graph->actions[in_new].type, action->type))
            return REFUSE(error, "action %.*s (%.*s) has finished as %.*s, and is %.*s in the corrected rule",
                          TEXT_ARG(action->name), TEXT_ARG(action->id), TEXT_ARG(action->type),
                          TEXT_ARG(planner->graph->actions[in_new].type));
    }
    if (count == 0)
        return STATUS_OK;
    return REFUSE(error, "the corrected rule lacks actions that have finished: %.*s%s", TEXT_ARG(buffer_text(&missing)),
                  count > SHOWN_NAMES ? ", and more" : "");
}

/* ---- --config ---- */

static enum status correct(struct planner *planner, const struct resume_correction *correction, struct error *error)
{
    uint32_t action;
    enum status status = find_action(planner, correction->action, &action, error);
    if (status != STATUS_OK)
        return status;
    const struct graph_action *corrected = &planner->graph->actions[action];
    if (has_finished(planner, action) && !planner->behind[action])
        return REFUSE(error, "action %.*s has finished: another config would change nothing; --from performs it again",
                      TEXT_ARG(corrected->name));
    if (has_finished(planner, action) && acts_once(planner, corrected->type))
        return REFUSE(error,
                      "action %.*s has taken effect, and an effect is not repeated: another config would "
                      "change nothing",
                      TEXT_ARG(corrected->name));
    if (correction->config.type != JSON_OBJECT)
        return REFUSE(error, "%s: expected an object, found %s", correction->file,
                      json_type_name(correction->config.type));
    struct text config = json_to_text(planner->arena, &correction->config);
    return config.data != NULL ? run_set_config(planner->closed, action, config, error) : error_budget(error);
}

static enum status correct_all(struct planner *planner, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < planner->request->correction_count && status == STATUS_OK; i++)
        status = correct(planner, &planner->request->corrections[i], error);
    return status;
}

/* ---- the check of what was corrected ---- */

/* The file of a correction whose config has the fault; *rest: the pointer within that config. Empty: the fault is
   elsewhere. */
static struct text place_in(const struct planner *planner, const struct resume_correction *correction,
                            const struct rule_fault *fault, struct text *rest)
{
    uint32_t action;
    if (find_action(planner, correction->action, &action, NULL) != STATUS_OK)
        return TEXT_NONE;
    struct text prefix = arena_print(planner->arena, "/graph/actions/%u/action_config", action);
    bool within = prefix.data != NULL && text_starts(fault->location, prefix) &&
                  (fault->location.size == prefix.size || fault->location.data[prefix.size] == '/');
    *rest = within ? text_slice(fault->location, prefix.size, SIZE_MAX) : TEXT_NONE;
    return within ? text_from(correction->file) : TEXT_NONE;
}

static enum status refuse_fault(const struct planner *planner, const struct rule_fault *fault, struct error *error)
{
    if (planner->request->rule != NULL)
        return REFUSE(error, "the corrected rule: %.*s: %.*s", TEXT_ARG(fault->location), TEXT_ARG(fault->message));
    for (size_t i = 0; i < planner->request->correction_count; i++) {
        struct text rest, file = place_in(planner, &planner->request->corrections[i], fault, &rest);
        if (file.size > 0)
            return REFUSE(error, "%.*s: %.*s%s%.*s", TEXT_ARG(file), TEXT_ARG(rest), rest.size > 0 ? ": " : "",
                          TEXT_ARG(fault->message));
    }
    return STATUS_OK;
}

/* Checks the corrections as `validate` does, with the trigger of this run. */
static enum status check_corrected(const struct planner *planner, struct text input, struct error *error)
{
    if (planner->request->force || (planner->request->rule == NULL && planner->request->correction_count == 0))
        return STATUS_OK;
    struct rule_document document;
    enum status status = rule_document_read(planner->arena, input, planner->catalog, &document, error);
    for (size_t i = 0; i < document.fault_count && status == STATUS_OK; i++)
        if (document.faults[i].kind >= RULE_FAULT_CONFIG)
            status = refuse_fault(planner, &document.faults[i], error);
    return status;
}

/* ---- the new run ---- */

static enum status begin_next(struct planner *planner, struct text input, struct command_list *commands,
                              struct error *error)
{
    struct error fault = ERROR_IN(planner->arena);
    const struct event start = {.kind = EVENT_STARTED, .id = 1, .activity_type = TEXT(WORKFLOW_TYPE), .payload = input};
    enum status status = run_apply(planner->next, &start, &fault);
    if (status == STATUS_OK)
        status = run_decide(planner->next, true, commands, &fault);
    if (status != STATUS_OK)
        return error_copy(error, &fault);
    if (run_graph(planner->next) == NULL)
        return REFUSE(error, "the new run would fail: %.*s", TEXT_ARG(commands->items[0].failure));
    return STATUS_OK;
}

static void note_first(const struct command_list *commands, const struct resume_plan *plan)
{
    for (size_t i = 0; i < commands->count; i++) {
        const struct command *command = &commands->items[i];
        if (command->kind == COMMAND_PERFORM || command->kind == COMMAND_SCHEDULE_ACTIVITY ||
            command->kind == COMMAND_START_TIMER)
            plan->actions[command->action].first = true;
    }
}

/* Describes the actions of the new run. It must reach every action whose result is kept. */
static enum status describe(const struct planner *planner, struct resume_plan *plan, struct error *error)
{
    for (uint32_t i = 0; i < plan->action_count; i++) {
        struct run_action action;
        run_action_at(planner->next, i, &action);
        uint32_t in_old = planner->old != NULL ? graph_find(planner->old, action.id) : UINT32_MAX;
        bool finished = in_old != UINT32_MAX && has_finished(planner, in_old);
        bool again = finished && planner->behind[in_old];
        plan->actions[i] = (struct resume_action){.name = arena_copy(planner->arena, action.name),
                                                  .kept = finished && !again,
                                                  .again = again,
                                                  .acts_once = acts_once(planner, action.type)};
        if (plan->actions[i].name.data == NULL)
            return error_budget(error);
        if (finished && !again && action.state != ACTION_STATE_FINISHED)
            return REFUSE(error, "action %.*s has finished, but the corrected rule does not reach it",
                          TEXT_ARG(action.name));
    }
    return STATUS_OK;
}

static enum status try_input(struct planner *planner, struct resume_plan *plan, struct error *error)
{
    struct command_list commands = {.arena = planner->arena};
    enum status status = begin_next(planner, plan->input, &commands, error);
    if (status != STATUS_OK)
        return status;
    plan->action_count = run_action_count(planner->next);
    plan->actions = ARENA_ARRAY(planner->arena, plan->action_count, struct resume_action);
    if (plan->actions == NULL)
        return error_budget(error);
    status = describe(planner, plan, error);
    note_first(&commands, plan);
    return status;
}

static enum status make_input(const struct planner *planner, struct resume_plan *plan, struct error *error)
{
    const struct run_resumption resumption = {
        .run_id = planner->request->run_id, .graph = planner->graph_json, .again = planner->behind};
    plan->input = run_resumed_input(planner->closed, &resumption, planner->arena);
    if (plan->input.data == NULL)
        return error_budget(error);
    if (plan->input.size > LIMIT_PAYLOAD_BYTES)
        return REFUSE(error,
                      "the kept results make an input of %zu bytes, but Temporal takes at most %zu: use `temporal "
                      "workflow reset` instead",
                      plan->input.size, (size_t)LIMIT_PAYLOAD_BYTES);
    return check_corrected(planner, plan->input, error);
}

static enum status make(struct planner *planner, struct resume_plan *plan, struct error *error)
{
    if (planner->closed == NULL || planner->next == NULL)
        return error_budget(error);
    enum status status = read_closed(planner, plan, error);
    if (status == STATUS_OK)
        status = read_rule(planner, error);
    if (status == STATUS_OK)
        status = choose_again(planner, error);
    if (status == STATUS_OK)
        status = check_kept(planner, error);
    if (status == STATUS_OK)
        status = correct_all(planner, error);
    if (status == STATUS_OK)
        status = make_input(planner, plan, error);
    return status == STATUS_OK ? try_input(planner, plan, error) : status;
}

enum status resume_plan_make(struct arena *arena, const struct action_catalog *catalog, const struct event *events,
                             size_t count, const struct resume_request *request, struct resume_plan *plan,
                             struct error *error)
{
    const struct run_policy policy = {.catalog = catalog, .local = true};
    struct planner planner = {.arena = arena,
                              .catalog = catalog,
                              .request = request,
                              .events = events,
                              .event_count = count,
                              .closed = run_new(&policy),
                              .next = run_new(&policy)};
    *plan = (struct resume_plan){0};
    enum status status = make(&planner, plan, error);
    run_free(planner.closed);
    run_free(planner.next);
    return status;
}
