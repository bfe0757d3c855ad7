/* Generates random rules. */
#include "tests/engine/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[PLAN_TYPES] = {"test_pure", "test_write", "test_activity", "test_unknown",
                                                   "delay",     "test_ask",   "wait_for"};

static void make_people(struct plan_action *action, struct random *random)
{
    action->asked = 2 + random_below(random, 4);
    action->required = 1 + random_below(random, action->asked);
    action->approving = random_below(random, 1U << action->asked);
    action->fails = false;
    action->reads = UINT32_MAX;
    action->output = (unsigned)__builtin_popcount(action->approving) >= action->required ? "approved" : "rejected";
    action->branch = NULL;
    action->reminds = random_chance(random, 40);
    action->later = random_chance(random, 40) ? 1 + random_below(random, 2) : 0;
}

static void make_action(struct plan *plan, struct random *random, uint32_t index)
{
    static const char *const outputs[] = {NULL, "success", "true", "false", "other", "failure"};
    struct plan_action *action = &plan->actions[index];
    *action = (struct plan_action){
        .type = (enum plan_type)random_below(random, PLAN_TYPES),
        .active = !random_chance(random, 8),
        .fails = random_chance(random, 8),
        .fix = (enum plan_fix)random_below(random, PLAN_FIXES),
        .hands_over = random_chance(random, 20),
        .output = outputs[random_below(random, 6)],
        .reads = random_chance(random, 60) ? random_below(random, plan->action_count) : UINT32_MAX,
    };
    action->type_name = type_names[action->type];
    if (random_chance(random, 30))
        action->branch = random_chance(random, 50) ? "true_branch" : "false_branch";
    if (action->type == PLAN_DELAY) {
        action->fails = false;
        action->output = "success";
        action->branch = NULL;
    }
    if (action->type == PLAN_WAIT) {
        action->fails = false;
        action->reads = UINT32_MAX;
        action->output = "received";
        action->branch = NULL;
    }
    if (action->type == PLAN_ASK)
        make_people(action, random);
}

static void make_edge(struct plan *plan, struct random *random, uint32_t source, uint32_t target)
{
    static const char *const types[] = {"sequence", "always", "true_branch", "false_branch", "on_error", "odd"};
    static const char *const outputs[] = {"success", "true",     "false",    "other",
                                          "failure", "approved", "rejected", "received"};
    if (plan->edge_count == PLAN_EDGES)
        return;
    struct plan_edge edge = {
        .source = source,
        .target = target,
        .type = source == UINT32_MAX ? "start" : types[random_chance(random, 50) ? 0 : random_below(random, 6)],
        .output = source != UINT32_MAX && random_chance(random, 30) ? outputs[random_below(random, 8)] : NULL,
        .order = (int)random_below(random, 4),
    };
    if (edge.output != NULL && strcmp(edge.type, "on_error") == 0)
        edge.output = "failure";
    plan->edges[plan->edge_count++] = edge;
}

void plan_make(struct plan *plan, uint64_t seed)
{
    struct random random = {.state = seed};
    memset(plan, 0, sizeof *plan);
    /* Most graphs are small, like those of users; some are as large as the plan allows. */
    plan->action_count = 1 + random_below(&random, random_chance(&random, 85) ? 12 : PLAN_ACTIONS);
    for (uint32_t i = 0; i < plan->action_count; i++)
        make_action(plan, &random, i);
    make_edge(plan, &random, UINT32_MAX, 0);
    for (uint32_t i = 1; i < plan->action_count; i++) {
        if (random_chance(&random, 6))
            make_edge(plan, &random, UINT32_MAX, i);
        uint32_t parents =
            random_chance(&random, 3) ? 0 : 1 + random_below(&random, random_chance(&random, 25) ? 4 : 1);
        for (uint32_t k = 0; k < parents; k++) {
            /* Near parents make chains, far parents joins of unequal length, the same parent twice a double edge. */
            uint32_t reach = random_chance(&random, 60) ? (i < 3 ? i : 3) : i;
            make_edge(plan, &random, i - 1 - random_below(&random, reach), i);
        }
    }
}

bool plan_holds(const struct plan *plan, uint32_t action)
{
    return plan->actions[action].fails && plan->actions[action].active && !oracle_routed(plan, action);
}

void plan_repair(const struct plan *plan, struct plan *repaired)
{
    *repaired = *plan;
    for (uint32_t i = 0; i < plan->action_count; i++) {
        struct plan_action *action = &repaired->actions[i];
        if (!plan_holds(plan, i))
            continue;
        action->fails = action->fix == FIX_FAIL;
        if (action->fix == FIX_SKIP)
            action->output = action->branch = NULL;
    }
}

struct text plan_id(uint32_t index, struct arena *arena)
{
    /* Ids are scattered, so that their order differs from that of the document. */
    return arena_print(arena, "%08x-0000-4000-8000-%012x", (unsigned)(index * 2654435761u), index);
}

uint32_t plan_index(struct text id)
{
    unsigned index = UINT32_MAX;
    return id.size == 36 && sscanf(id.data + 24, "%12x", &index) == 1 ? index : UINT32_MAX;
}

static void write_people(FILE *out, const struct plan_action *action)
{
    fprintf(out, "{\"who\":[");
    for (unsigned i = 0; i < action->asked; i++)
        fprintf(out, "%s\"person %u\"", i > 0 ? "," : "", i);
    fprintf(out, "],\"required\":%u", action->required);
    if (action->reminds)
        fprintf(out, ",\"remind_after\":\"2h\"");
    for (unsigned i = 0; i < action->later; i++)
        fprintf(out, "%s\"boss %u\"", i > 0 ? "," : ",\"escalate_after\":\"1d\",\"escalate_to\":[\"person 0\",", i);
    fprintf(out, "%s}}", action->later > 0 ? "]" : "");
}

struct text plan_input(const struct plan *plan, struct arena *arena)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"rule_name\":\"random\","
                 "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[");
    for (uint32_t i = 0; i < plan->action_count; i++) {
        const struct plan_action *action = &plan->actions[i];
        fprintf(out, "%s{\"id\":\"%s\",\"name\":\"a%u\",\"action_type\":\"%s\",\"is_active\":%s,\"action_config\":",
                i > 0 ? "," : "", plan_id(i, arena).data, i, action->type_name, action->active ? "true" : "false");
        if (action->type == PLAN_DELAY)
            fprintf(out, "{\"duration\":\"1h30m\"}}");
        else if (action->type == PLAN_WAIT)
            fprintf(out,
                    "{\"signal\":\"go %u\",\"timeout\":\"1h\",\"conditions\":[{\"field_name\":\"n\","
                    "\"operator\":\"equals\",\"value\":%u}]}}",
                    i % 2, i);
        else if (action->type == PLAN_ASK)
            write_people(out, action);
        else if (action->reads != UINT32_MAX)
            fprintf(out, "{\"text\":\"got {{a%u.value}}\"}}", action->reads);
        else
            fprintf(out, "{}}");
    }
    fprintf(out, "],\"edges\":[");
    for (uint32_t i = 0; i < plan->edge_count; i++) {
        const struct plan_edge *edge = &plan->edges[i];
        fprintf(out, "%s{\"source_action_id\":", i > 0 ? "," : "");
        if (edge->source == UINT32_MAX)
            fprintf(out, "null");
        else
            fprintf(out, "\"%s\"", plan_id(edge->source, arena).data);
        fprintf(out, ",\"target_action_id\":\"%s\",\"edge_type\":\"%s\",\"sort_order\":%d",
                plan_id(edge->target, arena).data, edge->type, edge->order);
        if (edge->output != NULL)
            fprintf(out, ",\"source_output\":\"%s\"", edge->output);
        fprintf(out, "}");
    }
    fprintf(out, "]},\"trigger_data\":{\"entity_id\":\"33333333-3333-4333-8333-333333333333\",\"total\":12}}");
    fclose(out);
    struct text copy = arena_copy(arena, text_from(text));
    free(text);
    return copy;
}
