/* Computes in a second way what must run: visits the actions in topological order, in which the generator numbers
   them, and looks back at the incoming edges of each. */
#include <string.h>

#include "tests/engine/plan.h"

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool follows(const struct plan_edge *edge, const struct plan_action *source, enum fate fate)
{
    const char *output = fate == FATE_SKIPPED ? NULL : source->output;
    const char *branch = fate == FATE_SKIPPED ? NULL : source->branch;
    if (same(edge->type, "on_error"))
        return same(output, "failure");
    if (edge->output != NULL)
        return strcmp(edge->output, output != NULL ? output : "success") == 0;
    if (same(edge->type, "true_branch"))
        return branch != NULL ? same(branch, "true_branch") : same(output, "true");
    if (same(edge->type, "false_branch"))
        return branch != NULL ? same(branch, "false_branch") : same(output, "false");
    return true;
}

static bool is_failure(const struct plan_edge *edge)
{
    return same(edge->type, "on_error") || same(edge->output, "failure");
}

bool oracle_routed(const struct plan *plan, uint32_t action)
{
    for (uint32_t k = 0; k < plan->edge_count; k++)
        if (plan->edges[k].source == action && is_failure(&plan->edges[k]))
            return true;
    return false;
}

static void reach(const struct plan *plan, bool reached[PLAN_ACTIONS])
{
    memset(reached, 0, PLAN_ACTIONS * sizeof reached[0]);
    for (uint32_t i = 0; i < plan->action_count; i++)
        for (uint32_t k = 0; k < plan->edge_count; k++)
            if (plan->edges[k].target == i && (plan->edges[k].source == UINT32_MAX || reached[plan->edges[k].source]))
                reached[i] = true;
}

void oracle_fates(const struct plan *plan, enum fate fates[PLAN_ACTIONS])
{
    bool reached[PLAN_ACTIONS], behind_failure[PLAN_ACTIONS] = {false};
    reach(plan, reached);
    for (uint32_t i = 0; i < plan->action_count; i++) {
        bool wanted = false;
        for (uint32_t k = 0; k < plan->edge_count; k++) {
            const struct plan_edge *edge = &plan->edges[k];
            if (edge->target != i)
                continue;
            if (edge->source == UINT32_MAX) {
                wanted = true;
            } else if (reached[edge->source]) {
                enum fate fate = fates[edge->source];
                if (fate == FATE_FAILS && oracle_routed(plan, edge->source))
                    wanted = wanted || is_failure(edge);
                else if (fate == FATE_FAILS || behind_failure[edge->source])
                    behind_failure[i] = true;
                if (fate == FATE_RUNS || fate == FATE_SKIPPED)
                    wanted = wanted || follows(edge, &plan->actions[edge->source], fate);
            }
        }
        const struct plan_action *action = &plan->actions[i];
        if (!reached[i] || !wanted || behind_failure[i])
            fates[i] = FATE_NEVER;
        else if (!action->active)
            fates[i] = FATE_SKIPPED;
        else
            fates[i] = action->fails ? FATE_FAILS : FATE_RUNS;
    }
}

bool oracle_upstream(const struct plan *plan, uint32_t a, uint32_t b)
{
    bool up[PLAN_ACTIONS] = {false};
    for (uint32_t i = b + 1; i-- > 0;)
        for (uint32_t k = 0; k < plan->edge_count; k++) {
            const struct plan_edge *edge = &plan->edges[k];
            if (edge->source == i && (edge->target == b || up[edge->target]))
                up[i] = true;
        }
    return a != b && up[a];
}
