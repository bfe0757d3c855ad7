/* Chooses a branch by conditions on the context. */
#include "generated/evaluate_condition.h"

#include "action/condition.h"

static enum action_outcome end_with(struct evaluate_condition_result *result, bool holds)
{
    *result = (struct evaluate_condition_result){
        .evaluated = true,
        .result = holds,
        .branch_taken = holds ? TEXT("true_branch") : TEXT("false_branch"),
        .output = holds ? EVALUATE_CONDITION_OUTPUT_TRUE : EVALUATE_CONDITION_OUTPUT_FALSE,
    };
    return ACTION_OUTCOME_DONE;
}

enum action_outcome handle_evaluate_condition(struct action_call *call,
                                              const struct evaluate_condition_services *services,
                                              const struct evaluate_condition_config *config,
                                              struct evaluate_condition_result *result)
{
    (void)services;
    size_t count = config->conditions.count;
    if (count == 0)
        return end_with(result, true);
    if (config->logic_type == EVALUATE_CONDITION_LOGIC_TYPE_OTHER)
        return end_with(result, false);

    bool any = config->logic_type == EVALUATE_CONDITION_LOGIC_TYPE_OR, holds = !any;
    for (size_t i = 0; i < count && holds != any; i++) {
        const struct evaluate_condition_condition *asked = &config->conditions.items[i];
        const struct condition condition = {asked->field_name, condition_operator_parse(asked->operator_), asked->value,
                                            asked->previous_value};
        if (condition_holds(call->arena, &condition, call->context, &holds) != STATUS_OK)
            return action_refuse(call,
                                 PUBLIC("condition %zu: its values are larger than the memory budget of this task"), i);
    }
    return end_with(result, holds);
}
