/* Writes an alert with a row for each recipient. */
#include "generated/send_notification.h"

#include "base/clock.h"
#include "base/log.h"
#include "erp/action_database.h"
#include "erp/alert.h"

/* Returns the first text under either key in the channels' configs, which old rules have. */
static struct text channel_text(const struct send_notification_channels *channels, const char *key, const char *other)
{
    for (size_t i = 0; i < channels->count; i++) {
        const struct json_value *config = json_get(&channels->items[i], TEXT("config"));
        struct text found = json_get_text(config, text_from(key));
        if (found.size == 0)
            found = json_get_text(config, text_from(other));
        if (found.size > 0)
            return found;
    }
    return TEXT_NONE;
}

static struct text message_of(const struct action_call *call, const struct send_notification_config *config)
{
    if (config->message.size > 0)
        return config->message;
    struct text message = channel_text(&config->channels, "message", "body");
    return message.size > 0 ? message
                            : arena_print(call->arena, "Notification from workflow '%.*s'", TEXT_ARG(call->rule_name));
}

static struct text title_of(const struct send_notification_config *config)
{
    if (config->title.size > 0 || config->message.size > 0)
        return config->title;
    struct text title = channel_text(&config->channels, "title", "subject");
    return title.size > 0 ? title : TEXT("Notification");
}

/* False: a recipient is not a UUID, and the action is refused. */
static bool read_recipients(struct action_call *call, const struct send_notification_recipients *recipients,
                            struct alert_recipient *read)
{
    for (size_t i = 0; i < recipients->count; i++)
        if (!uuid_parse(recipients->items[i], &read[i].id)) {
            (void)action_refuse(call, "invalid recipient UUID \"%.*s\": %.*s", TEXT_ARG(recipients->items[i]),
                                TEXT_ARG(action_uuid_fault(call, recipients->items[i])));
            return false;
        }
    return true;
}

static enum action_outcome skip(struct send_notification_result *result)
{
    log_line(LOG_WARN, "send_notification: no recipients, skipping");
    result->notification_id = TEXT("00000000-0000-0000-0000-000000000000");
    result->status = TEXT("skipped");
    result->sent_at = clock_utc_seconds_us();
    return ACTION_OUTCOME_DONE;
}

enum action_outcome handle_send_notification(struct action_call *call,
                                             const struct send_notification_services *services,
                                             const struct send_notification_config *config,
                                             struct send_notification_result *result)
{
    if (config->recipients.count == 0)
        return skip(result);
    if (config->priority == SEND_NOTIFICATION_PRIORITY_OTHER)
        return action_refuse(call, "invalid priority level");
    struct alert_recipient *recipients = ARENA_ARRAY(call->arena, config->recipients.count, struct alert_recipient);
    /* The entity id is omitted on purpose, because nothing resolves a notification. */
    const struct alert alert = {
        .type = TEXT("notification"),
        .severity = send_notification_priority_text(config->priority),
        .title = title_of(config),
        .message = message_of(call, config),
        .context = TEXT("{}"),
        .entity_name = call->entity_name,
    };
    struct text id = uuid_text(call->arena, alert_id(call));
    if (recipients == NULL || alert.message.data == NULL || id.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    if (!read_recipients(call, &config->recipients, recipients))
        return ACTION_OUTCOME_REFUSED;
    struct database_fault fault = {.arena = call->arena};
    int64_t resolved;
    enum database_outcome outcome =
        alert_create(call, services->database, &alert, recipients, config->recipients.count, &resolved, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "create notification alert", &fault);
    result->notification_id = id;
    result->status = TEXT("sent");
    result->sent_at = clock_utc_seconds_us();
    result->recipients = (int64_t)config->recipients.count;
    return ACTION_OUTCOME_DONE;
}
