/* Planned outcomes of attempts. */
#include "rule/outcome_plan.h"

#include <stdlib.h>

#include "base/limits.h"

/* One action's list, while it is read. */
struct plan_reader {
    struct arena *arena;
    struct case_faults *faults;
    bool bare;
};

static void read_bare(struct plan_reader *reader, const struct json_value *value, struct text pointer,
                      struct planned_outcome *outcome)
{
    const struct json_value *failure = json_get(value, TEXT("error"));
    if (value->type != JSON_OBJECT || (failure != NULL && failure->type != JSON_STRING)) {
        case_fault_add(reader->faults, pointer, "expected a result object or {\"error\": \"text\"}");
        return;
    }
    *outcome = (struct planned_outcome){.result = *value};
    if (failure != NULL)
        *outcome = (struct planned_outcome){.kind = PLANNED_FAILURE, .failure = failure->string};
}

/* Reads how the attempt ends. */
static void read_end(struct plan_reader *reader, const struct json_value *value, struct text pointer,
                     struct planned_outcome *outcome)
{
    struct case_faults *faults = reader->faults;
    const struct json_value *result = case_member(faults, value, pointer, "result", JSON_OBJECT);
    const struct json_value *failure = case_member(faults, value, pointer, "error", JSON_STRING);
    const struct json_value *timeout = case_member(faults, value, pointer, "timeout", JSON_BOOLEAN);
    const struct json_value *retryable = case_member(faults, value, pointer, "retryable", JSON_BOOLEAN);
    int ends = (result != NULL) + (failure != NULL) + (timeout != NULL && timeout->boolean);
    if (ends != 1)
        case_fault_add(faults, pointer, "expected one of \"result\", \"error\" and \"timeout\": true, found %d", ends);
    if (retryable != NULL && failure == NULL)
        case_fault_add(faults, pointer, "\"retryable\" belongs to an \"error\", which is missing");
    if (result != NULL)
        outcome->result = *result;
    if (failure != NULL)
        *outcome = (struct planned_outcome){
            .kind = PLANNED_FAILURE, .failure = failure->string, .is_final = retryable != NULL && !retryable->boolean};
    if (ends == 1 && timeout != NULL && timeout->boolean)
        outcome->kind = PLANNED_TIMEOUT;
}

static void read_outcome(struct plan_reader *reader, const struct json_value *value, struct text pointer,
                         struct planned_outcome *outcome)
{
    static const char *const keys[] = {"result", "error", "retryable", "timeout", "after"};
    if (reader->bare) {
        read_bare(reader, value, pointer, outcome);
        return;
    }
    if (value->type != JSON_OBJECT) {
        case_fault_add(reader->faults, pointer, "expected object, found %s", json_type_name(value->type));
        return;
    }
    case_check_keys(reader->faults, value, pointer, keys, sizeof keys / sizeof keys[0]);
    read_end(reader, value, pointer, outcome);
    const struct json_value *after = case_member(reader->faults, value, pointer, "after", JSON_STRING);
    if (after != NULL)
        (void)case_duration(reader->faults, after->string, case_pointer(reader->arena, pointer, TEXT("after")),
                            &outcome->after_ms);
}

/* False past the arena's cap. */
static bool read_action(struct plan_reader *reader, const struct json_member *member, struct text pointer,
                        struct planned_action *action)
{
    const struct json_value *list = &member->value;
    *action = (struct planned_action){.key = member->key, .pointer = pointer};
    if (list->type != JSON_ARRAY || list->array.count == 0) {
        case_fault_add(reader->faults, pointer, "expected a list of outcomes, one for each attempt, found %s",
                       list->type == JSON_ARRAY ? "an empty one" : json_type_name(list->type));
        return true;
    }
    struct planned_outcome *outcomes = ARENA_ARRAY(reader->arena, list->array.count, struct planned_outcome);
    if (outcomes == NULL)
        return false;
    for (size_t i = 0; i < list->array.count; i++) {
        struct text where = case_pointer_index(reader->arena, pointer, i);
        if (where.data == NULL)
            return false;
        read_outcome(reader, &list->array.items[i], where, &outcomes[i]);
    }
    action->outcomes = outcomes;
    action->count = list->array.count;
    return true;
}

static int compare_actions(const void *a, const void *b)
{
    const struct planned_action *left = a, *right = b;
    return text_compare(left->key, right->key);
}

bool outcome_plan_read(struct arena *arena, const struct json_value *value, bool bare, struct text pointer,
                       struct outcome_plan *plan, struct case_faults *faults)
{
    *plan = (struct outcome_plan){0};
    if (value->type != JSON_OBJECT) {
        case_fault_add(faults, pointer, "expected an object that maps action names or ids to lists, found %s",
                       json_type_name(value->type));
        return true;
    }
    size_t count = value->object.count;
    plan->actions = ARENA_ARRAY(arena, count, struct planned_action);
    if (plan->actions == NULL)
        return false;
    struct plan_reader reader = {.arena = arena, .faults = faults, .bare = bare};
    for (; plan->count < count; plan->count++) {
        const struct json_member *member = &value->object.members[plan->count];
        struct text where = case_pointer(arena, pointer, member->key);
        if (where.data == NULL || !read_action(&reader, member, where, &plan->actions[plan->count]))
            return false;
    }
    if (count > 0)
        qsort(plan->actions, count, sizeof plan->actions[0], compare_actions);
    return true;
}

const struct planned_action *outcome_plan_find(const struct outcome_plan *plan, struct text key)
{
    const struct planned_action wanted = {.key = key};
    if (plan == NULL || plan->count == 0)
        return NULL;
    return bsearch(&wanted, plan->actions, plan->count, sizeof wanted, compare_actions);
}
