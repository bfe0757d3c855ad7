/* Requests an approval: a row that says who may answer and with which token, and an alert for each approver. */
#include "generated/seek_approval.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "erp/action_database.h"
#include "erp/approval_requests.h"
#include "erp/erp_features.h"

#define DEFAULT_HOURS 72
#define MAX_HOURS     (LIMIT_ANSWER_TIME_MS / 3600000)

static struct text type_of(const struct seek_approval_config *config)
{
    return config->approval_type == SEEK_APPROVAL_APPROVAL_TYPE_OTHER
               ? TEXT("any")
               : seek_approval_approval_type_text(config->approval_type);
}

/* The approvers as recipients of alerts. NULL: the action is refused. */
static struct alert_recipient *read_approvers(struct action_call *call, const struct seek_approval_approvers *approvers)
{
    struct alert_recipient *users = ARENA_ARRAY(call->arena, approvers->count, struct alert_recipient);
    if (users == NULL)
        (void)action_refuse(call, "out of the memory budget of this task");
    for (size_t i = 0; users != NULL && i < approvers->count; i++) {
        struct text text = approvers->items[i];
        if (uuid_parse(text, &users[i].id))
            continue;
        (void)action_refuse(call, "invalid approver UUID \"%.*s\"" PUBLIC(" at index %zu") ": %.*s", TEXT_ARG(text), i,
                            TEXT_ARG(action_uuid_fault(call, text)));
        return NULL;
    }
    return users;
}

static int64_t hours_of(const struct seek_approval_config *config)
{
    if (config->timeout_hours <= 0)
        return DEFAULT_HOURS;
    return config->timeout_hours < MAX_HOURS ? config->timeout_hours : MAX_HOURS;
}

/* Nobody can answer, so the run continues as approved, as with the first Go worker. */
static enum action_outcome skip(struct action_call *call, struct seek_approval_result *result)
{
    struct text id = uuid_text(call->arena, approval_request_id(call->effect_id, call->action_id));
    log_line(LOG_WARN, "seek_approval: no approval can be requested, the run continues as approved",
             LOG_TEXT("approval_id", id));
    *result = (struct seek_approval_result){
        .approval_id = arena_print(call->arena, "approval_%.*s", TEXT_ARG(id)),
        .status = TEXT("pending"),
        .has_requested_at = true,
        .requested_at = clock_utc_seconds_us(),
        .has_reference_id = true,
        .reference_id = call->entity_id,
        .reference_type =
            arena_print(call->arena, "%.*s_%.*s", TEXT_ARG(call->entity_name), TEXT_ARG(call->event_type)),
        .output = SEEK_APPROVAL_OUTPUT_APPROVED,
    };
    if (id.data == NULL || result->approval_id.data == NULL || result->reference_type.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome request_failed(struct action_call *call, enum database_outcome outcome,
                                          const struct database_fault *fault)
{
    if (database_fault_is(fault, SQLSTATE_FOREIGN_KEY_VIOLATION))
        return action_refuse(call,
                             "create approval request: %.*s" PUBLIC(
                                 ": execution %.*s is not in workflow.automation_executions, where it has to be noted "
                                 "before the run is started"),
                             TEXT_ARG(fault->message), TEXT_ARG(uuid_text(call->arena, call->execution_id)));
    return action_database_failed(call, outcome, "create approval request", fault);
}

static enum database_outcome insert_request(const struct action_call *call, struct database_session *session,
                                            const struct seek_approval_config *config,
                                            const struct alert_recipient *approvers,
                                            struct approval_waiting_answer *answer, struct database_fault *fault)
{
    const struct approval_request request = {
        .approval_type = type_of(config),
        .approvers = approvers,
        .approver_count = config->approvers.count,
        .timeout_hours = hours_of(config),
        .message = config->approval_message,
    };
    return approval_request_insert(call, session, &request, answer, fault);
}

/* A refused alert does not fail the request: people can also find the request without it. */
static enum database_outcome alert_approvers(const struct action_call *call, struct database_session *session,
                                             const struct seek_approval_config *config,
                                             const struct alert_recipient *approvers, struct database_fault *fault)
{
    struct text default_message =
        arena_print(call->arena, "An approval request has been created for workflow '%.*s'", TEXT_ARG(call->rule_name));
    const struct alert alert = {
        .type = TEXT("approval_request"),
        .severity = TEXT("high"),
        .title = arena_print(call->arena, "Approval Required: %.*s", TEXT_ARG(call->rule_name)),
        .message = config->approval_message.size > 0 ? config->approval_message : default_message,
        .context = TEXT("{}"),
        .entity_name = call->entity_name,
        .entity_id = call->entity_id,
    };
    int64_t resolved;
    enum database_outcome outcome = database_savepoint(session, fault);
    if (outcome == DATABASE_OK)
        outcome = alert_create(call, session, &alert, approvers, config->approvers.count, &resolved, fault);
    if (outcome != DATABASE_REFUSED)
        return outcome;
    log_line(LOG_WARN, "seek_approval: the approvers were not alerted",
             LOG_FAILURE("error", database_fault_failure(fault)));
    return database_rollback_to_savepoint(session, fault);
}

/* The person has answered, but could not complete the earlier attempt. */
static enum action_outcome use_answer(const struct approval_waiting_answer *answer, struct seek_approval_result *result)
{
    const struct approval *approval = &answer->approval;
    log_line(LOG_INFO, "seek_approval: the request has been answered already", LOG_TEXT("approval_id", approval->id),
             LOG_TEXT("status", answer->output));
    *result = (struct seek_approval_result){
        .approval_id = approval->id,
        .resolved_by = approval->resolved_by,
        .resolved_by_name = approval->resolved_by_name,
        .reason = approval->reason,
        .output = text_is(answer->output, "approved") ? SEEK_APPROVAL_OUTPUT_APPROVED : SEEK_APPROVAL_OUTPUT_REJECTED,
    };
    return ACTION_OUTCOME_DONE;
}

static void warn_of_config(const struct seek_approval_config *config)
{
    if (config->approval_type != SEEK_APPROVAL_APPROVAL_TYPE_ANY)
        log_line(LOG_WARN, "seek_approval: one answer decides, whatever approval_type says",
                 LOG_TEXT("approval_type", type_of(config)));
    if (config->approvers.count == 0)
        log_line(LOG_WARN, "seek_approval: there are no approvers");
}

enum action_outcome handle_seek_approval(struct action_call *call, const struct seek_approval_services *services,
                                         const struct seek_approval_config *config, struct seek_approval_result *result)
{
    if (call->task_token.size == 0)
        return skip(call, result);
    const struct alert_recipient *approvers = read_approvers(call, &config->approvers);
    if (approvers == NULL)
        return ACTION_OUTCOME_REFUSED;
    warn_of_config(config);
    struct database_session *session = services->database;
    struct database_fault fault = {.arena = call->arena};
    struct erp_features features;
    struct approval_waiting_answer answer = {0};
    enum database_outcome outcome = erp_features_read(session, call->arena, &features, &fault);
    if (outcome == DATABASE_OK && !features.approval_requests)
        return skip(call, result);
    if (outcome == DATABASE_OK)
        outcome = insert_request(call, session, config, approvers, &answer, &fault);
    if (outcome == DATABASE_OK && answer.output.size > 0)
        return use_answer(&answer, result);
    if (outcome == DATABASE_OK)
        outcome = alert_approvers(call, session, config, approvers, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_PENDING : request_failed(call, outcome, &fault);
}
