/* Writes an alert for users and roles, and may resolve earlier alerts. */
#include "generated/create_alert.h"

#include "base/log.h"
#include "erp/action_database.h"
#include "erp/alert.h"

/* A variable in the alert's texts whose value is read from a table, by an id in the context. */
struct label {
    const char *variable, *id_key, *query;
};

static const struct label labels[] = {
    {"order_number", "order_id", "SELECT number FROM sales.orders WHERE id = $1"},
    {"product_name", "product_id", "SELECT name FROM products.products WHERE id = $1"},
};
#define LABEL_COUNT (sizeof(labels) / sizeof(labels[0]))

static bool is_used(const struct create_alert_config *config, const struct label *label)
{
    return action_reads(config->title, label->variable) || action_reads(config->message, label->variable) ||
           action_reads(config->action_url, label->variable);
}

/* A missing table leaves the label empty: an alert without the label is better than no alert. */
static enum database_outcome look_up(const struct action_call *call, struct database_session *session,
                                     const struct label *label, struct text *found, struct database_fault *fault)
{
    struct text named = json_get_text(call->context, text_from(label->id_key));
    struct uuid id;
    if (!uuid_parse(named, &id))
        return DATABASE_OK;
    const struct database_parameter parameter = {.text = uuid_text(call->arena, id)};
    if (parameter.text.data == NULL)
        return database_fault_budget(fault);
    struct database_rows rows;
    enum database_outcome outcome = database_savepoint(session, fault);
    if (outcome == DATABASE_OK)
        outcome = database_execute(session, call->arena, text_from(label->query), &parameter, 1, &rows, fault);
    if (outcome == DATABASE_OK && rows.row_count > 0)
        *found = rows.cells[0];
    if (outcome != DATABASE_REFUSED || fault->sqlstate[0] == '\0')
        return outcome;
    log_line(LOG_WARN, "create_alert: label not found, ignoring", LOG_STRING("variable", label->variable),
             LOG_FAILURE("error", database_fault_failure(fault)));
    return database_rollback_to_savepoint(session, fault);
}

/* Makes an object of the labels that the texts use and that exist. Not DONE: call->failure is set. */
static enum action_outcome find_labels(struct action_call *call, struct database_session *session,
                                       const struct create_alert_config *config, struct json_member *members,
                                       struct json_value *names)
{
    size_t count = 0;
    for (size_t i = 0; i < LABEL_COUNT; i++) {
        if (!is_used(config, &labels[i]))
            continue;
        struct text found = TEXT_NONE;
        struct database_fault fault = {.arena = call->arena};
        enum database_outcome outcome = look_up(call, session, &labels[i], &found, &fault);
        if (outcome != DATABASE_OK)
            return action_database_failed(call, outcome, "create alert", &fault);
        if (found.data != NULL)
            members[count++] = (struct json_member){text_from(labels[i].variable), json_string(found)};
    }
    *names = json_object(members, count);
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome expand_texts(struct action_call *call, struct database_session *session,
                                        const struct create_alert_config *config, struct alert *alert)
{
    struct json_member members[LABEL_COUNT];
    struct json_value names;
    enum action_outcome outcome = find_labels(call, session, config, members, &names);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    bool good = action_fill(call, config->title, &names, &alert->title) &&
                action_fill(call, config->message, &names, &alert->message) &&
                action_fill(call, config->action_url, &names, &alert->action_url);
    return good ? ACTION_OUTCOME_DONE : ACTION_OUTCOME_REFUSED;
}

static struct json_value id_value(const struct action_call *call, struct uuid id)
{
    return json_string(uuid_text(call->arena, id));
}

/* Returns the context from the config, with execution_id and rule_id added. A context that is not an object, as in old
   rules, is copied unchanged. .data is NULL when the memory budget is exceeded. */
static struct text context_of(const struct action_call *call, const struct json_value *own)
{
    if (own->type != JSON_OBJECT && own->type != JSON_NULL)
        return json_to_text(call->arena, own);
    size_t own_count = own->type == JSON_OBJECT ? own->object.count : 0, count = 0;
    struct json_member *members = ARENA_ARRAY(call->arena, own_count + 2, struct json_member);
    if (members == NULL)
        return TEXT_NONE;
    bool has_rule = !uuid_is_nil(call->rule_id);
    for (size_t i = 0; i < own_count; i++) {
        struct text key = own->object.members[i].key;
        if (!text_is(key, "execution_id") && !(has_rule && text_is(key, "rule_id")))
            members[count++] = own->object.members[i];
    }
    members[count++] = (struct json_member){TEXT("execution_id"), id_value(call, call->execution_id)};
    if (has_rule)
        members[count++] = (struct json_member){TEXT("rule_id"), id_value(call, call->rule_id)};
    const struct json_value context = json_object(members, count);
    return json_to_text(call->arena, &context);
}

/* False: an id is not a UUID, and the action is refused. */
static bool add_recipients(struct action_call *call, const struct text *ids, size_t count, bool is_role,
                           struct alert_recipient *recipients, size_t *added)
{
    for (size_t i = 0; i < count; i++) {
        struct alert_recipient recipient = {.is_role = is_role};
        if (!uuid_parse(ids[i], &recipient.id)) {
            (void)action_refuse(call, PUBLIC("invalid %s UUID ") "\"%.*s\": %.*s", is_role ? "role" : "user",
                                TEXT_ARG(ids[i]), TEXT_ARG(action_uuid_fault(call, ids[i])));
            return false;
        }
        recipients[(*added)++] = recipient;
    }
    return true;
}

enum action_outcome handle_create_alert(struct action_call *call, const struct create_alert_services *services,
                                        const struct create_alert_config *config, struct create_alert_result *result)
{
    const struct create_alert_users *users = &config->recipients.users;
    const struct create_alert_roles *roles = &config->recipients.roles;
    struct alert alert = {
        .type = config->alert_type,
        .severity = create_alert_severity_text(config->severity),
        .context = context_of(call, &config->context),
        .entity_name = call->entity_name,
        .entity_id = call->entity_id,
        .resolve_prior = config->resolve_prior && config->alert_type.size > 0,
    };
    struct alert_recipient *recipients = ARENA_ARRAY(call->arena, users->count + roles->count, struct alert_recipient);
    if (recipients == NULL || alert.context.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    size_t count = 0;
    if (!add_recipients(call, users->items, users->count, false, recipients, &count) ||
        !add_recipients(call, roles->items, roles->count, true, recipients, &count))
        return ACTION_OUTCOME_REFUSED;
    enum action_outcome expanded = expand_texts(call, services->database, config, &alert);
    if (expanded != ACTION_OUTCOME_DONE)
        return expanded;
    struct database_fault fault = {.arena = call->arena};
    int64_t resolved = 0;
    enum database_outcome outcome =
        alert_create(call, services->database, &alert, recipients, count, &resolved, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "create alert", &fault);
    *result =
        (struct create_alert_result){.alert_id = alert_id(call), .status = TEXT("created"), .resolved_count = resolved};
    return ACTION_OUTCOME_DONE;
}
