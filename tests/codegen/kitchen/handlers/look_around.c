#include "generated/look_around.h"

enum action_outcome handle_look_around(struct action_call *call, const struct look_around_services *services,
                                       const struct look_around_config *config, struct look_around_result *result)
{
    (void)call;
    (void)services;
    (void)config;
    (void)result;
    return ACTION_OUTCOME_DONE;
}
