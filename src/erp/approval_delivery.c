#include "erp/approval_delivery.h"

#include "action/perform.h"
#include "base/limits.h"
#include "base/log.h"
#include "erp/action_database.h"

/* Has the same keys as an answer by the ERP. .data NULL: out of memory. */
static struct text output_of(struct arena *arena, const struct approval_undelivered *answer)
{
    const struct json_member members[] = {
        {TEXT("output"), json_string(answer->output)},
        {TEXT("approval_id"), json_string(answer->approval.id)},
        {TEXT("resolved_by"), json_string(answer->approval.resolved_by)},
        {TEXT("resolved_by_name"), json_string(answer->approval.resolved_by_name)},
        {TEXT("reason"), json_string(answer->approval.reason)},
    };
    const struct action_report report = {.result = json_object(members, sizeof(members) / sizeof(members[0]))};
    const struct action_request request = {.action_name = answer->action_name};
    struct buffer output = buffer_in(arena, LIMIT_PAYLOAD_BYTES);
    action_output_write(&output, &request, &report);
    return buffer_text(&output);
}

static enum status complete(struct action_call *call, struct action_completer *completer,
                            const struct approval_undelivered *answer, struct error *error)
{
    struct text output = output_of(call->arena, answer);
    if (output.data == NULL)
        return error_budget(error);
    if (answer->token.size == 0)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "the token is not base64");
    return completer->complete(completer, answer->token, output, &call->limit, error);
}

enum action_outcome approval_deliver(struct action_call *call, struct database *database,
                                     struct action_completer *completer, struct uuid request_id)
{
    const struct database_wait wait = action_database_wait(call);
    struct database_fault fault = {.arena = call->arena};
    struct approval_undelivered answer;
    const char *doing = "read the answer of the approval request";
    enum database_outcome outcome =
        approval_request_find_undelivered(database, call->arena, &wait, request_id, &answer, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, doing, &fault);
    if (answer.output.size == 0)
        return ACTION_OUTCOME_DONE;
    if (completer == NULL) {
        log_line(LOG_WARN, "Approval request is resolved, but its run keeps waiting",
                 LOG_TEXT("approval_id", answer.approval.id));
        return ACTION_OUTCOME_DONE;
    }
    struct error error = ERROR_IN(call->arena);
    enum status status = complete(call, completer, &answer, &error);
    if (status == STATUS_NOT_FOUND)
        log_line(LOG_WARN, "No run waits for this approval request any more",
                 LOG_TEXT("approval_id", answer.approval.id), LOG_FAILURE("error", error_failure(&error)));
    else if (status == STATUS_BUDGET)
        return action_refuse(call, PUBLIC("complete the action that waits for the answer: ") "%.*s",
                             TEXT_ARG(error.message));
    else if (status != STATUS_OK)
        return action_retry(call, PUBLIC("complete the action that waits for the answer: ") "%.*s",
                            TEXT_ARG(error.message));
    doing = "clear the token of the approval request";
    outcome = approval_request_note_delivery(database, call->arena, &wait, &answer, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE : action_database_failed(call, outcome, doing, &fault);
}
