/* Writes alerts. */
#include "erp/alert.h"

#include "base/limits.h"
#include "erp/action_database.h"
#include "erp/erp_features.h"
#include "postgres/sql.h"

#define NOW "now() AT TIME ZONE 'UTC'"
/* One statement. It resolves prior alerts only if it inserts the alert, because a repeated statement must not resolve
   later alerts if effects are not recorded. Rows are locked in the order of their ids, so that two of these statements
   never wait for each other. */
#define CREATE(column_, value_)                                                                                        \
    "WITH alert AS ("                                                                                                  \
    "INSERT INTO workflow.alerts (id, alert_type, severity, title, message, context, source_entity_name,"              \
    " source_entity_id, source_rule_id, status, created_date, updated_date" column_ ")"                                \
    " VALUES ($1, $2, $3, $4, $5, $6, nullif($7::text, ''), $8,"                                                       \
    " (SELECT id FROM workflow.automation_rules WHERE id = $9), 'active', " NOW ", " NOW value_ ")"                    \
    " ON CONFLICT DO NOTHING RETURNING id), "                                                                          \
    "recipients AS ("                                                                                                  \
    "INSERT INTO workflow.alert_recipients (id, alert_id, recipient_type, recipient_id, created_date)"                 \
    " SELECT row_id, $1, kind, recipient_id, " NOW                                                                     \
    " FROM unnest($10::uuid[], $11::workflow.recipient_type[], $12::uuid[]) AS recipient (row_id, kind, recipient_id)" \
    " ON CONFLICT DO NOTHING), "                                                                                       \
    "prior AS (SELECT a.id FROM workflow.alerts a WHERE $13::boolean AND a.source_entity_id = $8"                      \
    " AND a.alert_type = $2 AND a.id <> $1 AND a.status IN ('active', 'acknowledged')"                                 \
    " AND EXISTS (SELECT FROM alert) ORDER BY a.id FOR UPDATE), "                                                      \
    "resolved AS (UPDATE workflow.alerts a SET status = 'resolved', updated_date = " NOW                               \
    " FROM prior WHERE a.id = prior.id RETURNING a.id) "                                                               \
    "SELECT count(*) FROM resolved"

static const char create[] = CREATE("", "");
static const char create_with_url[] = CREATE(", action_url", ", nullif($14::text, '')");

enum {
    ALERT_ID,
    TYPE,
    SEVERITY,
    TITLE,
    MESSAGE,
    CONTEXT,
    ENTITY_NAME,
    ENTITY_ID,
    RULE_ID,
    ROW_IDS,
    KINDS,
    RECIPIENT_IDS,
    RESOLVE_PRIOR,
    ACTION_URL,
    PARAMETER_COUNT
};

struct uuid alert_id(const struct action_call *call)
{
    return action_row_id(call, "alert", 0);
}

static void add_recipients(const struct action_call *call, const struct alert_recipient *recipients, size_t count,
                           struct database_parameter *parameters)
{
    struct buffer row_ids = buffer_in(call->arena, LIMIT_JSON_BYTES), kinds = row_ids, ids = row_ids;
    for (size_t i = 0; i < count; i++) {
        sql_array_add_uuid(&row_ids, action_row_id(call, "recipient", i));
        sql_array_add(&kinds, recipients[i].is_role ? TEXT("role") : TEXT("user"));
        sql_array_add_uuid(&ids, recipients[i].id);
    }
    parameters[ROW_IDS] = sql_array_end(&row_ids);
    parameters[KINDS] = sql_array_end(&kinds);
    parameters[RECIPIENT_IDS] = sql_array_end(&ids);
}

enum database_outcome alert_create(const struct action_call *call, struct database_session *session,
                                   const struct alert *alert, const struct alert_recipient *recipients, size_t count,
                                   int64_t *resolved, struct database_fault *fault)
{
    struct database_parameter parameters[PARAMETER_COUNT] = {
        [ALERT_ID] = sql_uuid(call->arena, alert_id(call)),
        [TYPE] = sql_text(alert->type),
        [SEVERITY] = sql_text(alert->severity),
        [TITLE] = sql_text(alert->title),
        [MESSAGE] = sql_text(alert->message),
        [CONTEXT] = sql_text(alert->context),
        [ENTITY_NAME] = sql_text(alert->entity_name),
        [ENTITY_ID] = sql_uuid(call->arena, alert->entity_id),
        [RULE_ID] = sql_uuid(call->arena, call->rule_id),
        [RESOLVE_PRIOR] = {.text = alert->resolve_prior ? TEXT("true") : TEXT("false")},
        [ACTION_URL] = sql_text(alert->action_url),
    };
    add_recipients(call, recipients, count, parameters);
    if (!sql_are_complete(parameters, PARAMETER_COUNT))
        return database_fault_budget(fault);
    struct erp_features features;
    enum database_outcome outcome = erp_features_read(session, call->arena, &features, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct database_rows rows;
    if (features.alert_action_url)
        outcome =
            database_execute(session, call->arena, TEXT(create_with_url), parameters, PARAMETER_COUNT, &rows, fault);
    else
        outcome = database_execute(session, call->arena, TEXT(create), parameters, PARAMETER_COUNT - 1, &rows, fault);
    if (outcome == DATABASE_OK && !text_to_int64(rows.cells[0], resolved))
        return database_refuse(fault, "the number of resolved alerts is not a number");
    return outcome;
}
