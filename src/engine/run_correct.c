/* Actions that failed and are held: the run stays open, and people send updates to resolve them. */
#include "action/decode.h"
#include "base/limits.h"
#include "engine/names.h"
#include "engine/run_internal.h"

/* What an update asks for, read from its input. */
struct correction {
    uint32_t action;
    const struct json_value *config, *result; /* NULL when not given */
};

struct correction_kind {
    const char *name;
    const char *const *keys; /* keys of the input; NULL at the end */
    const char *takes;       /* the same keys, for messages */
    enum status (*apply)(struct run *run, const struct correction *correction, struct error *error);
};

/* ---- the effect of each update ---- */

static enum status hold_end(struct run *run, uint32_t action, struct text result, const struct json_value *value,
                            struct error *error)
{
    run->nodes[action].failure = (struct failure){0};
    return run_finish(run, action, result, value, error);
}

static enum status retry_action(struct run *run, const struct correction *correction, struct error *error)
{
    struct node *node = &run->nodes[correction->action];
    if (correction->config != NULL) {
        struct text config = json_to_text(run->arena, correction->config);
        if (config.data == NULL)
            return error_budget(error);
        run->graph.actions[correction->action].config = config;
    }
    node->failure = (struct failure){0};
    node->handed_over = false;
    node->recorded = false;
    node->attempts = 0;
    node->scheduled_id = 0;
    node->started_us = node->ended_us = 0;
    node->executor = EXECUTOR_HERE;
    run_ask_again(run, correction->action);
    run_make_ready(run, correction->action);
    return run_wait_again(run, correction->action, error);
}

static enum status skip_action(struct run *run, const struct correction *correction, struct error *error)
{
    const struct json_value none = json_object(NULL, 0);
    if (correction->result == NULL)
        return hold_end(run, correction->action, TEXT("{}"), &none, error);
    struct arena *scratch = arena_new(LIMIT_RUN_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct text result = json_to_text(scratch, correction->result);
    enum status status = result.data != NULL ? hold_end(run, correction->action, result, correction->result, error)
                                             : error_budget(error);
    arena_free(scratch);
    return status;
}

static enum status fail_action(struct run *run, const struct correction *correction, struct error *error)
{
    (void)error;
    run_release_failed(run, correction->action);
    return STATUS_OK;
}

static const struct correction_kind kinds[] = {
    {UPDATE_RETRY, (const char *const[]){"action", "config", "reason", NULL}, "action, config, reason", retry_action},
    {UPDATE_SKIP, (const char *const[]){"action", "result", "reason", NULL}, "action, result, reason", skip_action},
    {UPDATE_FAIL, (const char *const[]){"action", "reason", NULL}, "action, reason", fail_action},
};

/* ---- the check of an update ---- */

static const struct correction_kind *find_kind(struct text name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (text_is(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

static enum status check_keys(const struct json_value *input, const struct correction_kind *kind, struct error *error)
{
    for (size_t i = 0; i < input->object.count; i++) {
        struct text key = input->object.members[i].key;
        const char *const *known = kind->keys;
        while (*known != NULL && !text_is(key, *known))
            known++;
        if (*known == NULL)
            return error_set(error, STATUS_INVALID, TEXT_NONE, "/%.*s: unknown key; %s takes %s",
                             TEXT_ARG(text_cut_utf8(key, LIMIT_FAULT_VALUE)), kind->name, kind->takes);
    }
    return STATUS_OK;
}

/* Whether the history has the action's failure, or this answer adds it: an update must come after it there. */
static bool is_recorded(const struct run *run, uint32_t action)
{
    const struct node *node = &run->nodes[action];
    return node->executor != EXECUTOR_HERE || node->recorded;
}

/* Finds an action on hold by its id, or by its name: of several on hold with that name, the first. */
static enum status find_action(const struct run *run, struct text wanted, uint32_t *action, struct error *error)
{
    const struct graph *graph = &run->graph;
    struct text shown = text_cut_utf8(wanted, LIMIT_FAULT_VALUE);
    *action = graph_find(graph, wanted);
    for (uint32_t i = graph_name_bound(graph, wanted); *action == UINT32_MAX && i < graph->action_count; i++) {
        uint32_t named = graph->by_name[i];
        if (!text_equal(graph->actions[named].name, wanted))
            break;
        if (run->nodes[named].state == ACTION_STATE_HELD)
            *action = named;
    }
    if (*action != UINT32_MAX && run->nodes[*action].state == ACTION_STATE_HELD && !is_recorded(run, *action))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "/action: the failure of %.*s is being recorded: try again",
                         TEXT_ARG(shown));
    if (*action != UINT32_MAX && run->nodes[*action].state == ACTION_STATE_HELD)
        return STATUS_OK;
    if (*action != UINT32_MAX)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "/action: action %.*s is %s, not held", TEXT_ARG(shown),
                         action_state_name((enum action_state)run->nodes[*action].state));
    return error_set(error, STATUS_INVALID, TEXT_NONE, "/action: no action on hold has the id or name \"%.*s\"",
                     TEXT_ARG(shown));
}

static enum status check_config(const struct run *run, const struct correction *correction, struct arena *scratch,
                                struct error *error)
{
    const struct action_type *type =
        action_catalog_find(run->policy->catalog, run->graph.actions[correction->action].type);
    if (correction->config == NULL || type == NULL || type->check == NULL)
        return STATUS_OK;
    struct decode_faults faults = {.arena = scratch};
    type->check(scratch, correction->config, &faults);
    if (faults.count == 0 && !faults.exhausted)
        return STATUS_OK;
    if (faults.count == 0)
        return error_budget(error);
    struct text rest = faults.count > 1 ? arena_print(scratch, " (and %zu more)", faults.count - 1) : TEXT_NONE;
    return error_set(error, STATUS_INVALID, TEXT_NONE, "/config%.*s: %.*s%.*s", TEXT_ARG(faults.items[0].pointer),
                     TEXT_ARG(faults.items[0].message), TEXT_ARG(rest));
}

static enum status check_result(const struct run *run, const struct correction *correction, struct error *error)
{
    const struct action_type *type =
        action_catalog_find(run->policy->catalog, run->graph.actions[correction->action].type);
    if (correction->result == NULL)
        return STATUS_OK;
    if (correction->result->type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "/result: expected an object, found %s",
                         json_type_name(correction->result->type));
    const struct json_value *output = json_get(correction->result, TEXT("output"));
    if (output == NULL || type == NULL || type->output_count == 0)
        return STATUS_OK;
    for (size_t i = 0; output->type == JSON_STRING && i < type->output_count; i++)
        if (text_is(output->string, type->outputs[i]))
            return STATUS_OK;
    return error_set(error, STATUS_INVALID, TEXT_NONE, "/result/output: %s has no such output", type->name);
}

static const struct json_value *member(const struct json_value *input, const char *key)
{
    const struct json_value *value = json_get(input, text_from(key));
    return value != NULL && value->type != JSON_NULL ? value : NULL;
}

static enum status read_correction(const struct run *run, const struct json_value *input,
                                   const struct correction_kind *kind, struct correction *correction,
                                   struct arena *scratch, struct error *error)
{
    if (input->type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "expected an object with the key action, found %s",
                         json_type_name(input->type));
    enum status status = check_keys(input, kind, error);
    if (status != STATUS_OK)
        return status;
    const struct json_value *action = member(input, "action");
    if (action == NULL || action->type != JSON_STRING)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "/action: expected the id or name of an action on hold");
    *correction = (struct correction){.config = member(input, "config"), .result = member(input, "result")};
    status = find_action(run, action->string, &correction->action, error);
    if (status == STATUS_OK)
        status = check_config(run, correction, scratch, error);
    return status == STATUS_OK ? check_result(run, correction, error) : status;
}

/* Applies an update. STATUS_INVALID: it is refused. */
static enum status apply_update(struct run *run, const struct run_update *update, struct arena *scratch,
                                struct error *error)
{
    const struct correction_kind *kind = find_kind(update->name);
    if (kind == NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "unknown update \"%.*s\"; the updates are " UPDATE_FAIL ", " UPDATE_RETRY ", " UPDATE_SKIP,
                         TEXT_ARG(text_cut_utf8(update->name, LIMIT_FAULT_VALUE)));
    if (run->phase != PHASE_RUNNING || run->cancel_requested)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "the run is ending");
    struct json_value input;
    struct correction correction;
    enum status status = json_read(scratch, update->input, &input, error);
    if (status == STATUS_OK)
        status = read_correction(run, &input, kind, &correction, scratch, error);
    return status == STATUS_OK ? kind->apply(run, &correction, error) : status;
}

enum status run_accept(struct run *run, const struct run_update *update, struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct accepted *accepted = ARENA_NEW(run->arena, struct accepted);
    struct text id = arena_copy(run->arena, update->id);
    enum status status = accepted != NULL && id.data != NULL ? STATUS_OK : error_budget(error);
    if (status == STATUS_OK)
        status = apply_update(run, update, scratch, error);
    if (status == STATUS_OK) {
        *accepted = (struct accepted){.id = id, .next = run->accepted};
        run->accepted = accepted;
    }
    arena_free(scratch);
    return status;
}

enum status run_apply_accepted(struct run *run, const struct event *event, struct error *error)
{
    for (struct accepted **at = &run->accepted; *at != NULL; at = &(*at)->next)
        if (text_equal((*at)->id, event->activity_id)) {
            *at = (*at)->next;
            return STATUS_OK;
        }
    if (event->activity_type.size == 0)
        return STATUS_OK;
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    const struct run_update update = {.id = event->activity_id, .name = event->activity_type, .input = event->payload};
    struct error refused = ERROR_IN(scratch);
    enum status status = apply_update(run, &update, scratch, &refused);
    if (status == STATUS_INVALID)
        status =
            error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("event %lld: an invalid update was accepted: ") "%.*s",
                      (long long)event->id, TEXT_ARG(refused.message));
    else if (status != STATUS_OK)
        (void)error_copy(error, &refused);
    arena_free(scratch);
    return status;
}
