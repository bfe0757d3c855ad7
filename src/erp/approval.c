#include "erp/approval.h"

#include "base/limits.h"
#include "base/log.h"
#include "erp/action_database.h"
#include "erp/approval_requests.h"
#include "erp/erp_features.h"

#define MAX_HOURS (LIMIT_ANSWER_TIME_MS / 3600000)

/* Reads the approvers as recipients of alerts. NULL: the action is refused. */
static struct alert_recipient *read_approvers(struct action_call *call, const struct approval_ask *ask)
{
    struct alert_recipient *users = ARENA_ARRAY(call->arena, ask->approver_count, struct alert_recipient);
    if (users == NULL)
        (void)action_refuse(call, "out of the memory budget of this task");
    for (size_t i = 0; users != NULL && i < ask->approver_count; i++) {
        struct text text = ask->approvers[i];
        if (uuid_parse(text, &users[i].id))
            continue;
        (void)action_refuse(call, "invalid approver UUID \"%.*s\"" PUBLIC(" at index %zu") ": %.*s", TEXT_ARG(text), i,
                            TEXT_ARG(action_uuid_fault(call, text)));
        return NULL;
    }
    return users;
}

/* An invalid id must fail the action now, not only when the escalation is due. */
static bool can_escalate(struct action_call *call, const struct approval_ask *ask)
{
    struct uuid id;
    for (size_t i = 0; i < ask->escalate_count; i++) {
        struct text text = ask->escalate_to[i];
        if (uuid_parse(text, &id))
            continue;
        (void)action_refuse(call, "invalid escalate_to UUID \"%.*s\"" PUBLIC(" at index %zu") ": %.*s", TEXT_ARG(text),
                            i, TEXT_ARG(action_uuid_fault(call, text)));
        return false;
    }
    return true;
}

static int64_t hours_of(const struct approval_ask *ask)
{
    if (ask->timeout_hours <= 0)
        return APPROVAL_DEFAULT_HOURS;
    return ask->timeout_hours < MAX_HOURS ? ask->timeout_hours : MAX_HOURS;
}

static struct text type_of(const struct approval_ask *ask)
{
    bool known = text_is(ask->approval_type, "all") || text_is(ask->approval_type, "majority");
    return known ? ask->approval_type : TEXT("any");
}

static enum action_outcome request_failed(struct action_call *call, enum database_outcome outcome,
                                          const struct database_fault *fault)
{
    if (database_fault_is(fault, SQLSTATE_FOREIGN_KEY_VIOLATION))
        return action_refuse(
            call,
            "create approval request: %.*s" PUBLIC(": execution %.*s is not in workflow.automation_executions, where "
                                                   "it must be recorded before the run is started"),
            TEXT_ARG(fault->message), TEXT_ARG(uuid_text(call->arena, call->execution_id)));
    return action_database_failed(call, outcome, "create approval request", fault);
}

static enum action_outcome refuse_impossible(struct action_call *call, struct approval_result *result, const char *why)
{
    result->impossible = true;
    return action_refuse(call, PUBLIC("nobody can be asked: %s"), why);
}

static enum database_outcome insert_request(const struct action_call *call, struct database_session *session,
                                            const struct approval_ask *ask, const struct alert_recipient *approvers,
                                            struct approval_waiting_answer *answer, struct database_fault *fault)
{
    const struct approval_request request = {
        .approval_type = type_of(ask),
        .approvers = approvers,
        .approver_count = ask->approver_count,
        .timeout_hours = hours_of(ask),
        .message = ask->message,
    };
    return approval_request_insert(call, session, &request, answer, fault);
}

/* A refused alert does not fail the request, because people can find the request without it. */
static enum database_outcome alert_approvers(const struct action_call *call, struct database_session *session,
                                             const struct approval_ask *ask, const struct alert_recipient *approvers,
                                             struct database_fault *fault)
{
    struct text default_message =
        arena_print(call->arena, "An approval request has been created for workflow '%.*s'", TEXT_ARG(call->rule_name));
    const struct alert alert = {
        .type = TEXT("approval_request"),
        .severity = TEXT("high"),
        .title = arena_print(call->arena, "%s: %.*s", call->reminder > 0 ? "Approval Reminder" : "Approval Required",
                             TEXT_ARG(call->rule_name)),
        .message = ask->message.size > 0 ? ask->message : default_message,
        .context = TEXT("{}"),
        .entity_name = call->entity_name,
        .entity_id = call->entity_id,
    };
    int64_t resolved;
    enum database_outcome outcome = database_savepoint(session, fault);
    if (outcome == DATABASE_OK)
        outcome = alert_create(call, session, &alert, approvers, ask->approver_count, &resolved, fault);
    if (outcome != DATABASE_REFUSED)
        return outcome;
    log_line(LOG_WARN, "Approvers were not alerted", LOG_FAILURE("error", database_fault_failure(fault)));
    return database_rollback_to_savepoint(session, fault);
}

/* A person has answered, but the answer did not complete the earlier attempt. */
static enum action_outcome use_answer(const struct approval_waiting_answer *answer, struct approval_result *result)
{
    const struct approval *approval = &answer->approval;
    log_line(LOG_INFO, "Approval request has been answered already", LOG_TEXT("approval_id", approval->id),
             LOG_TEXT("status", answer->output));
    *result = (struct approval_result){
        .output = text_is(answer->output, "approved") ? APPROVAL_OUTPUT_APPROVED : APPROVAL_OUTPUT_REJECTED,
        .approval_id = approval->id,
        .resolved_by = approval->resolved_by,
        .resolved_by_name = approval->resolved_by_name,
        .reason = approval->reason,
    };
    return ACTION_OUTCOME_DONE;
}

/* One activity for all approvers, which an older worker or the Go worker has scheduled. */
static bool is_counted_as_one(const struct action_call *call, const struct approval_ask *ask)
{
    return call->ask == 0 && ask->approver_count > 1 && !text_is(ask->approval_type, "any");
}

static void warn_of_config(const struct action_call *call, const struct approval_ask *ask)
{
    if (is_counted_as_one(call, ask))
        log_line(LOG_WARN, "One answer decides, whatever approval_type says", LOG_TEXT("approval_type", type_of(ask)));
    if (ask->approver_count == 0)
        log_line(LOG_WARN, "Approval request has no approvers");
}

enum action_outcome approval_ask(struct action_call *call, struct database_session *session,
                                 const struct approval_ask *ask, struct approval_result *result)
{
    *result = (struct approval_result){0};
    if (call->task_token.size == 0)
        return refuse_impossible(call, result, "no run waits for an answer");
    const struct alert_recipient *approvers = read_approvers(call, ask);
    if (approvers == NULL || !can_escalate(call, ask))
        return ACTION_OUTCOME_REFUSED;
    if (call->ask == 0 && call->reminder == 0 && ask->required > 1)
        return action_refuse(call, PUBLIC("required is %lld, but %zu people are asked"), (long long)ask->required,
                             ask->approver_count);
    struct database_fault fault = {.arena = call->arena};
    struct erp_features features;
    struct approval_waiting_answer answer = {0};
    enum database_outcome outcome = erp_features_read(session, call->arena, &features, &fault);
    if (outcome == DATABASE_OK && !features.approval_requests)
        return refuse_impossible(call, result, "the database has no table workflow.approval_requests");
    if (call->reminder > 0) {
        if (outcome == DATABASE_OK)
            outcome = alert_approvers(call, session, ask, approvers, &fault);
        return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE : request_failed(call, outcome, &fault);
    }
    warn_of_config(call, ask);
    if (outcome == DATABASE_OK)
        outcome = insert_request(call, session, ask, approvers, &answer, &fault);
    if (outcome == DATABASE_OK && answer.output.size > 0)
        return use_answer(&answer, result);
    if (outcome == DATABASE_OK)
        outcome = alert_approvers(call, session, ask, approvers, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_PENDING : request_failed(call, outcome, &fault);
}
