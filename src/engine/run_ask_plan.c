/* What the config of an action asks of several people. */
#include "base/limits.h"
#include "engine/run_ask_internal.h"

static bool is_listed(const struct ask_plan *plan, struct text approver)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (text_equal_ignoring_case(plan->approvers[i], approver))
            return true;
    return false;
}

/* False: fewer than two, or not a list of texts. */
static bool read_approvers(struct arena *arena, const struct action_type *type, const struct json_value *config,
                           struct ask_plan *plan)
{
    const struct json_value *asked = json_get_lenient(config, text_from(type->asked_field));
    if (asked == NULL || asked->type != JSON_ARRAY || asked->array.count < 2)
        return false;
    size_t most = asked->array.count < LIMIT_ASKED ? asked->array.count : LIMIT_ASKED + 1;
    plan->approvers = ARENA_ARRAY(arena, most, struct text);
    for (size_t i = 0; plan->approvers != NULL && i < asked->array.count && plan->count < most; i++) {
        if (asked->array.items[i].type != JSON_STRING)
            return false;
        if (!is_listed(plan, asked->array.items[i].string))
            plan->approvers[plan->count++] = asked->array.items[i].string;
    }
    return plan->count > 1;
}

bool ask_plan_read(struct arena *arena, const struct action_type *type, const struct json_value *config,
                   struct ask_plan *plan)
{
    *plan = (struct ask_plan){0};
    if (type->asked_field == NULL)
        return false;
    const struct json_value *type_value = json_get_lenient(config, TEXT(APPROVAL_TYPE_KEY));
    const struct json_value *required = json_get_lenient(config, TEXT(REQUIRED_KEY));
    struct text how = type_value != NULL && type_value->type == JSON_STRING ? type_value->string : TEXT_NONE;
    bool given = required != NULL && json_to_int64(required, &plan->required);
    if (!given && !text_is(how, "all") && !text_is(how, "majority"))
        return false;
    if (!read_approvers(arena, type, config, plan))
        return false;
    if (!given)
        plan->required = text_is(how, "all") ? plan->count : plan->count / 2 + 1;
    plan->unanimous = plan->required == plan->count;
    return true;
}

struct failure ask_plan_fault(const struct run *run, uint32_t action, const struct ask_plan *plan, struct arena *arena)
{
    const struct graph_action *described = &run->graph.actions[action];
    if (plan->count > LIMIT_ASKED)
        return failure_print(arena, PUBLIC("action %.*s (%.*s): more than %d people are asked"),
                             TEXT_ARG(described->name), TEXT_ARG(described->id), LIMIT_ASKED);
    if (plan->required < 1 || plan->required > plan->count)
        return failure_print(arena, PUBLIC("action %.*s (%.*s): required is %lld, and %u people are asked"),
                             TEXT_ARG(described->name), TEXT_ARG(described->id), (long long)plan->required,
                             plan->count);
    return (struct failure){0};
}
