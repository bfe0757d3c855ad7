#include "generated/just_look.h"

enum action_outcome handle_just_look(struct action_call *call, const struct just_look_services *services,
                                     const struct just_look_config *config, struct just_look_result *result)
{
    (void)services;
    (void)config;
    (void)result;
    return call->attempt == 1 ? ACTION_OUTCOME_DONE : action_retry(call, "looked already");
}
