/* Contract handlers 6.3, as far as it can go without waiting: the request is answered at once, nobody is asked. */
#include "generated/seek_approval.h"

#include "base/log.h"
#include "service/clock.h"

enum action_outcome seek_approval(struct action_call *call, const struct seek_approval_services *services,
                                  const struct seek_approval_config *config, struct seek_approval_result *result)
{
    (void)services;
    (void)config;
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(action_row_id(call, "approval", 0), id);
    log_line(LOG_WARN, "seek_approval: nobody is asked, the run goes on as approved",
             LOG_TEXT("action_name", call->action_name), LOG_STRING("approval_id", id));
    *result = (struct seek_approval_result){
        .approval_id = arena_print(call->arena, "approval_%s", id),
        .status = TEXT("pending"),
        .requested_at = clock_utc_seconds_us(),
        .reference_id = call->entity_id,
        .reference_type =
            arena_print(call->arena, "%.*s_%.*s", TEXT_ARG(call->entity_name), TEXT_ARG(call->event_type)),
        .output = SEEK_APPROVAL_OUTPUT_APPROVED,
    };
    if (result->approval_id.data == NULL || result->reference_type.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    return ACTION_DONE;
}
