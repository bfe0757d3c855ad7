/* Contract handlers 6.5: an alert in workflow.alerts, and a row for each recipient, in one statement. */
#include "generated/send_notification.h"

#include "base/limits.h"
#include "base/log.h"
#include "service/action_database.h"
#include "service/clock.h"

/* All or nothing, and nothing the second time. A rule that was deleted meanwhile is as good as none, just as its
   deletion would have left it. source_entity_id stays NULL on purpose: nothing resolves a notification. */
static const char insert[] =
    "WITH alert AS ("
    "INSERT INTO workflow.alerts (id, alert_type, severity, title, message, context, source_entity_name,"
    " source_rule_id, status, created_date, updated_date)"
    " VALUES ($1, 'notification', $2, $3, $4, '{}', nullif($5::text, ''),"
    " (SELECT id FROM workflow.automation_rules WHERE id = $6), 'active',"
    " now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')"
    " ON CONFLICT DO NOTHING) "
    "INSERT INTO workflow.alert_recipients (id, alert_id, recipient_type, recipient_id, created_date)"
    " SELECT row_id, $1, 'user', user_id, now() AT TIME ZONE 'UTC'"
    " FROM unnest($7::uuid[], $8::uuid[]) AS recipient (row_id, user_id)"
    " ON CONFLICT DO NOTHING";

enum { ALERT_ID, SEVERITY, TITLE, MESSAGE, ENTITY_NAME, RULE_ID, ROW_IDS, USER_IDS, PARAMETER_COUNT };

static const char *const severities[] = {
    [SEND_NOTIFICATION_PRIORITY_LOW] = "low",
    [SEND_NOTIFICATION_PRIORITY_MEDIUM] = "medium",
    [SEND_NOTIFICATION_PRIORITY_HIGH] = "high",
    [SEND_NOTIFICATION_PRIORITY_CRITICAL] = "critical",
};

/* The first of two texts that a channel's config brings (rules of the first two eras). */
static struct text of_channels(const struct send_notification_channels *channels, const char *key, const char *other)
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
    struct text message = of_channels(&config->channels, "message", "body");
    return message.size > 0 ? message
                            : arena_print(call->arena, "Notification from workflow '%.*s'", TEXT_ARG(call->rule_name));
}

static struct text title_of(const struct send_notification_config *config)
{
    if (config->title.size > 0 || config->message.size > 0)
        return config->title;
    struct text title = of_channels(&config->channels, "title", "subject");
    return title.size > 0 ? title : TEXT("Notification");
}

static struct text id_text(const struct action_call *call, struct uuid id)
{
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(id, text);
    return arena_copy(call->arena, text_from(text));
}

/* One more element of an array literal that is not closed yet. */
static void add_id(struct buffer *literal, struct uuid id)
{
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(id, text);
    buffer_add_byte(literal, literal->size == 0 ? '{' : ',');
    buffer_add(literal, text_from(text));
}

static void refuse_recipient(struct action_call *call, struct text recipient)
{
    bool has_size = recipient.size == UUID_TEXT_SIZE || recipient.size == UUID_TEXT_SIZE + 2 || recipient.size == 32;
    if (has_size)
        (void)action_refuse(call, "invalid recipient UUID \"%.*s\": invalid UUID format", TEXT_ARG(recipient));
    else
        (void)action_refuse(call, "invalid recipient UUID \"%.*s\": invalid UUID length: %zu", TEXT_ARG(recipient),
                            recipient.size);
}

/* Two array literals of as many ids. False: a recipient is no UUID; the refusal is written. */
static bool list_recipients(struct action_call *call, const struct send_notification_recipients *recipients,
                            struct buffer *row_ids, struct buffer *user_ids)
{
    for (size_t i = 0; i < recipients->count; i++) {
        struct uuid user;
        if (!uuid_parse(recipients->items[i], &user)) {
            refuse_recipient(call, recipients->items[i]);
            return false;
        }
        add_id(row_ids, action_row_id(call, "recipient", i));
        add_id(user_ids, user);
    }
    buffer_add_byte(row_ids, '}');
    buffer_add_byte(user_ids, '}');
    return true;
}

static enum action_outcome nobody_to_tell(struct action_call *call, struct send_notification_result *result)
{
    log_line(LOG_WARN, "send_notification: no recipients, nobody is told", LOG_TEXT("action_name", call->action_name));
    result->notification_id = TEXT("00000000-0000-0000-0000-000000000000");
    result->status = TEXT("skipped");
    result->sent_at = clock_utc_seconds_us();
    return ACTION_DONE;
}

enum action_outcome send_notification(struct action_call *call, const struct send_notification_services *services,
                                      const struct send_notification_config *config,
                                      struct send_notification_result *result)
{
    if (config->recipients.count == 0)
        return nobody_to_tell(call, result);
    if (config->priority == SEND_NOTIFICATION_PRIORITY_OTHER)
        return action_refuse(call, "invalid priority level");
    struct buffer row_ids = buffer_in(call->arena, LIMIT_JSON_BYTES);
    struct buffer user_ids = buffer_in(call->arena, LIMIT_JSON_BYTES);
    if (!list_recipients(call, &config->recipients, &row_ids, &user_ids))
        return ACTION_REFUSED;
    const struct database_parameter parameters[PARAMETER_COUNT] = {
        [ALERT_ID] = {.text = id_text(call, action_row_id(call, "alert", 0))},
        [SEVERITY] = {.text = text_from(severities[config->priority])},
        [TITLE] = {.text = title_of(config)},
        [MESSAGE] = {.text = message_of(call, config)},
        [ENTITY_NAME] = {.text = call->entity_name},
        [RULE_ID] = {.text = id_text(call, call->rule_id)},
        [ROW_IDS] = {.text = buffer_text(&row_ids)},
        [USER_IDS] = {.text = buffer_text(&user_ids)},
    };
    if (parameters[ALERT_ID].text.data == NULL || parameters[MESSAGE].text.data == NULL ||
        parameters[RULE_ID].text.data == NULL || row_ids.failed || user_ids.failed)
        return action_refuse(call, "out of the memory budget of this task");
    struct database_fault fault = {.arena = call->arena};
    struct database_patience patience = action_patience(call);
    enum database_outcome outcome = database_run(services->database, call->arena, &patience, TEXT(insert), parameters,
                                                 PARAMETER_COUNT, NULL, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "create notification alert", &fault);
    result->notification_id = parameters[ALERT_ID].text;
    result->status = TEXT("sent");
    result->sent_at = clock_utc_seconds_us();
    result->recipients = (int64_t)config->recipients.count;
    return ACTION_DONE;
}
