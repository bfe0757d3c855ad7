/* Sends one message to all recipients. Without a mail server, the message is only logged and counts as sent. */
#include "generated/send_email.h"

#include "base/clock.h"
#include "base/log.h"

/* mail_send has already waited for an unavailable server; further retries follow Temporal's retry policy. */
static enum action_outcome not_sent(struct action_call *call, enum mail_outcome outcome, struct failure why)
{
    (void)action_refuse_with(call, failure_join(call->arena, FAILURE_TEXT("send email: "), why));
    return outcome == MAIL_REFUSED ? ACTION_OUTCOME_REFUSED : ACTION_OUTCOME_RETRY;
}

static enum action_outcome deliver(struct action_call *call, struct mail *mail, const struct mail_message *message,
                                   struct text id)
{
    struct failure why = {0};
    enum mail_outcome outcome = mail_send(mail, call->arena, message, &call->limit, !call->local, &why);
    if (outcome != MAIL_ACCEPTED)
        return not_sent(call, outcome, why);
    log_line(LOG_INFO, "email sent", LOG_TEXT("email_id", id), LOG_INTEGER("recipients", message->recipient_count));
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome skip_delivery(struct action_call *call, const struct mail_message *message, struct text id)
{
    struct error error = ERROR_IN(call->arena);
    if (mail_message_check(message, &error) != STATUS_OK)
        return not_sent(call, MAIL_REFUSED, error_failure(&error));
    log_line(LOG_WARN, "send_email: no email client configured, skipping delivery", LOG_TEXT("email_id", id),
             LOG_INTEGER("recipients", message->recipient_count));
    return ACTION_OUTCOME_DONE;
}

enum action_outcome handle_send_email(struct action_call *call, const struct send_email_services *services,
                                      const struct send_email_config *config, struct send_email_result *result)
{
    if (config->simulate_failure)
        return action_retry(call, "%.*s", TEXT_ARG(config->failure_message));
    const struct mail_message message = {
        .id = action_row_id(call, "email", 0),
        .recipients = config->recipients.items,
        .recipient_count = config->recipients.count,
        .subject = config->subject,
        .body = config->body,
    };
    struct text id = uuid_text(call->arena, message.id);
    if (id.data == NULL)
        return action_refuse(call, "send email: out of the memory budget of this task");
    enum action_outcome outcome =
        services->mail != NULL ? deliver(call, services->mail, &message, id) : skip_delivery(call, &message, id);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    *result = (struct send_email_result){
        .email_id = id,
        .status = TEXT("sent"),
        .sent_at = clock_utc_seconds_us(),
        .recipients = {.items = config->recipients.items, .count = config->recipients.count},
        .subject = config->subject,
    };
    return ACTION_OUTCOME_DONE;
}
