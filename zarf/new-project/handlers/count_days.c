#include "generated/count_days.h"

enum action_outcome handle_count_days(struct action_call *call, const struct count_days_services *services,
                                      const struct count_days_config *config, struct count_days_result *result)
{
    (void)services;
    if (config->to < config->from)
        return action_refuse(call, "the last day is before the first");
    result->days = (config->to - config->from) / (24 * 3600 * INT64_C(1000000));
    return ACTION_OUTCOME_DONE;
}
