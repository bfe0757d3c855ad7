/* Checks a rule action by action, then its edges. */
#include "check/rule_check.h"

#include "base/limits.h"
#include "check/check_internal.h"

static enum status check_action(struct checker *checker, uint32_t action, struct error *error)
{
    const struct scope *scope = checker->scope;
    const struct graph_action *checked = &scope->graph->actions[action];
    /* The templates of an action that never runs are not expanded. */
    if (scope->types[action] == NULL || !checked->reachable || !checked->active)
        return STATUS_OK;
    struct json_value config;
    enum status status = json_read(checker->scratch, checked->config, &config, error);
    if (status != STATUS_OK)
        return status;
    const struct check_path graph = {.key = scope->options->pointer}, list = {&graph, TEXT("actions"), 0},
                            item = {&list, TEXT_NONE, action}, place = {&item, TEXT("action_config"), 0};
    checker->action = action;
    check_config(checker, &place, &config);
    return STATUS_OK;
}

static enum status check_all(const struct graph *graph, const struct rule_check_options *options,
                             struct check_faults *faults, struct arena *arena, struct arena *scratch,
                             struct error *error)
{
    struct scope scope;
    if (!scope_begin(&scope, graph, options, arena))
        return error_budget(error);
    struct checker checker = {.scope = &scope, .faults = faults, .scratch = scratch};
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < graph->action_count && status == STATUS_OK; i++) {
        status = check_action(&checker, i, error);
        arena_reset(scratch);
    }
    if (status != STATUS_OK)
        return status;
    check_edges(&scope, faults, scratch);
    return faults->exhausted ? error_budget(error) : STATUS_OK;
}

enum status rule_check(const struct graph *graph, const struct rule_check_options *options, struct check_faults *faults,
                       struct error *error)
{
    struct arena *arena = arena_new(LIMIT_RUN_ARENA, 0), *scratch = arena_new(LIMIT_RUN_ARENA, KIB(64));
    enum status status = arena != NULL && scratch != NULL ? check_all(graph, options, faults, arena, scratch, error)
                                                          : error_budget(error);
    arena_free(arena);
    arena_free(scratch);
    return status;
}
