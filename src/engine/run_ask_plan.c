/* Reads from the config of an action whom it asks, and when. */
#include "base/duration.h"
#include "base/limits.h"
#include "engine/run_ask_internal.h"

static bool is_listed(const struct ask_plan *plan, struct text approver)
{
    for (uint32_t i = 0; i < plan->count + plan->later; i++)
        if (text_equal_ignoring_case(plan->approvers[i], approver))
            return true;
    return false;
}

/* NULL: the key is absent, or its value is not a list of texts. */
static const struct json_value *read_list(const struct json_value *config, struct text key)
{
    const struct json_value *list = json_get_lenient(config, key);
    if (list == NULL || list->type != JSON_ARRAY)
        return NULL;
    for (size_t i = 0; i < list->array.count; i++)
        if (list->array.items[i].type != JSON_STRING)
            return NULL;
    return list;
}

/* Adds at most one person more than may be asked, which ask_plan_fault reports. */
static void add_people(struct ask_plan *plan, const struct json_value *list, uint32_t *count)
{
    for (size_t i = 0; list != NULL && i < list->array.count && plan->count + plan->later <= LIMIT_ASKED; i++) {
        if (is_listed(plan, list->array.items[i].string))
            continue;
        plan->approvers[plan->count + plan->later] = list->array.items[i].string;
        ++*count;
    }
}

static bool is_given(const struct json_value *value)
{
    return value != NULL && value->type != JSON_NULL;
}

/* False: the value is present but is not a duration that can be waited for. */
static bool read_time(const struct json_value *config, const char *key, int64_t *after_ms)
{
    const struct json_value *value = json_get_lenient(config, text_from(key));
    int64_t nanoseconds;
    if (!is_given(value))
        return true;
    if (value->type != JSON_STRING || !duration_parse_rule(value->string, &nanoseconds))
        return false;
    *after_ms = nanoseconds / 1000000;
    return *after_ms >= LEAST_TIME_MS && *after_ms <= LIMIT_ANSWER_TIME_MS;
}

static const char *read_times(const struct json_value *config, struct ask_plan *plan)
{
    const struct json_value *to = json_get_lenient(config, TEXT(ESCALATE_TO_KEY));
    bool to_somebody = is_given(to) && (to->type != JSON_ARRAY || to->array.count > 0);
    if (!read_time(config, REMIND_KEY, &plan->after_ms[ASK_TIMER_REMIND]))
        return "remind_after must be a duration of a second or more, such as 90s, 2h or 7d";
    if (!read_time(config, ESCALATE_KEY, &plan->after_ms[ASK_TIMER_ESCALATE]))
        return "escalate_after must be a duration of a second or more, such as 90s, 2h or 7d";
    if (to_somebody && plan->after_ms[ASK_TIMER_ESCALATE] == 0)
        return "escalate_to needs escalate_after";
    if (!to_somebody && plan->after_ms[ASK_TIMER_ESCALATE] > 0)
        return "escalate_after needs escalate_to";
    if (to_somebody && read_list(config, TEXT(ESCALATE_TO_KEY)) == NULL)
        return "escalate_to must be a list of users";
    return NULL;
}

/* False: there are no people, or the value is not a list of texts. */
static bool read_people(struct arena *arena, const struct action_type *type, const struct json_value *config,
                        struct ask_plan *plan)
{
    const struct json_value *approvers = read_list(config, text_from(type->asked_field));
    plan->approvers = ARENA_ARRAY(arena, LIMIT_ASKED + 1, struct text);
    if (approvers == NULL || plan->approvers == NULL)
        return false;
    add_people(plan, approvers, &plan->count);
    if (plan->after_ms[ASK_TIMER_ESCALATE] > 0)
        add_people(plan, read_list(config, TEXT(ESCALATE_TO_KEY)), &plan->later);
    if (plan->fault == NULL && plan->after_ms[ASK_TIMER_ESCALATE] > 0 && plan->later == 0 && plan->count <= LIMIT_ASKED)
        plan->fault = "escalate_to names only people who are approvers already";
    return plan->count > 0;
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
    bool counted = given || text_is(how, "all") || text_is(how, "majority");
    plan->fault = read_times(config, plan);
    bool timed = plan->fault != NULL || plan->after_ms[ASK_TIMER_REMIND] + plan->after_ms[ASK_TIMER_ESCALATE] > 0;
    if ((!counted && !timed) || !read_people(arena, type, config, plan) || (!timed && plan->count < 2))
        return false;
    if (!given)
        plan->required = text_is(how, "all") ? plan->count : text_is(how, "majority") ? plan->count / 2 + 1 : 1;
    plan->rejection_decides = !counted || plan->required == plan->count;
    return true;
}

struct failure ask_plan_fault(const struct run *run, uint32_t action, const struct ask_plan *plan, struct arena *arena)
{
    const struct graph_action *described = &run->graph.actions[action];
    if (plan->fault != NULL)
        return failure_print(arena, PUBLIC("action %.*s (%.*s): %s"), TEXT_ARG(described->name),
                             TEXT_ARG(described->id), plan->fault);
    if (plan->count + plan->later > LIMIT_ASKED)
        return failure_print(arena, PUBLIC("action %.*s (%.*s): more than %d people are asked"),
                             TEXT_ARG(described->name), TEXT_ARG(described->id), LIMIT_ASKED);
    if (plan->required < 1 || plan->required > plan->count)
        return failure_print(arena, PUBLIC("action %.*s (%.*s): required is %lld, but %u people are asked"),
                             TEXT_ARG(described->name), TEXT_ARG(described->id), (long long)plan->required,
                             plan->count);
    return (struct failure){0};
}
