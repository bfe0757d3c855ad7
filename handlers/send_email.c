/* Contract handlers 6.4 without a mail server: what would be sent is noted in the log. */
#include "generated/send_email.h"

#include "base/log.h"
#include "service/clock.h"

enum action_outcome send_email(struct action_call *call, const struct send_email_services *services,
                               const struct send_email_config *config, struct send_email_result *result)
{
    (void)services;
    if (config->simulate_failure)
        return action_retry(call, "%.*s", TEXT_ARG(config->failure_message));
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(action_row_id(call, "email", 0), id);
    log_line(LOG_WARN, "send_email: no email client configured, skipping delivery",
             LOG_TEXT("action_name", call->action_name), LOG_STRING("email_id", id),
             LOG_INTEGER("recipients", config->recipients.count));
    *result = (struct send_email_result){
        .email_id = arena_copy(call->arena, text_from(id)),
        .status = TEXT("sent"),
        .sent_at = clock_utc_seconds_us(),
        .recipients = {.items = config->recipients.items, .count = config->recipients.count},
        .subject = config->subject,
    };
    return result->email_id.data != NULL ? ACTION_DONE : action_refuse(call, "out of the memory budget of this task");
}
