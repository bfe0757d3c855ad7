/* Contract handlers 6.3: a row that says who may answer and by which token, and an alert before each of them. */
#include "generated/seek_approval.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "erp/alert.h"
#include "postgres/action_database.h"

#define USUAL_HOURS    72
#define HOURS_AT_MOST  (LIMIT_ANSWER_TIME_MS / 3600000)
#define ALERT_US       10000000 /* a cut wire is mended by then */
#define NO_TABLE       "42P01"
#define NO_FOREIGN_KEY "23503"

/* Written again by the same activity it stays as it is; another activity of the action, as of a run that was reset, asks
   anew. A rule that was deleted meanwhile is as good as none. */
static const char insert_request[] =
    "INSERT INTO workflow.approval_requests (approval_request_id, execution_id, rule_id, action_name, approvers,"
    " approval_type, status, timeout_hours, task_token, approval_message, created_date)"
    " VALUES ($1, $2, (SELECT id FROM workflow.automation_rules WHERE id = $3), left($4::text, 100), $5::uuid[], $6,"
    " 'pending', $7, $8, nullif($9::text, ''), now() AT TIME ZONE 'UTC')"
    " ON CONFLICT (approval_request_id) DO UPDATE SET task_token = excluded.task_token, status = 'pending',"
    " resolved_by = NULL, resolution_reason = NULL, resolved_date = NULL"
    " WHERE approval_requests.task_token <> excluded.task_token";

enum { REQUEST_ID, EXECUTION_ID, RULE_ID, ACTION_NAME, APPROVERS, TYPE, HOURS, TOKEN, MESSAGE, REQUEST_COUNT };

static const char *const types[] = {
    [SEEK_APPROVAL_APPROVAL_TYPE_ANY] = "any",
    [SEEK_APPROVAL_APPROVAL_TYPE_ALL] = "all",
    [SEEK_APPROVAL_APPROVAL_TYPE_MAJORITY] = "majority",
    [SEEK_APPROVAL_APPROVAL_TYPE_OTHER] = "any",
};

static struct text id_text(const struct action_call *call, struct uuid id)
{
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(id, text);
    return arena_copy(call->arena, text_from(text));
}

static struct database_parameter parameter(struct text text)
{
    return (struct database_parameter){.text = text};
}

/* Past the budget a text is NULL, which as a parameter would be taken for an empty one. */
static bool all_there(const struct database_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parameters[i].text.data == NULL && parameters[i].text.size == 0 && !parameters[i].is_null)
            return false;
    return true;
}

/* As users to be alerted. NULL: refused, the text is written. */
static struct alert_recipient *read_approvers(struct action_call *call, const struct seek_approval_approvers *approvers)
{
    struct alert_recipient *users = ARENA_ARRAY(call->arena, approvers->count, struct alert_recipient);
    if (users == NULL)
        (void)action_refuse(call, "out of the memory budget of this task");
    for (size_t i = 0; users != NULL && i < approvers->count; i++) {
        struct text written = approvers->items[i];
        if (uuid_parse(written, &users[i].id))
            continue;
        (void)action_refuse(call, "invalid approver UUID \"%.*s\" at index %zu: %.*s", TEXT_ARG(written), i,
                            TEXT_ARG(action_uuid_fault(call, written)));
        return NULL;
    }
    return users;
}

/* As an array literal. */
static struct text id_list(const struct action_call *call, const struct alert_recipient *users, size_t count)
{
    struct buffer literal = buffer_in(call->arena, LIMIT_JSON_BYTES);
    buffer_add_byte(&literal, '{');
    for (size_t i = 0; i < count; i++) {
        char text[UUID_TEXT_SIZE + 1];
        uuid_format(users[i].id, text);
        buffer_add(&literal, i > 0 ? TEXT(",") : TEXT(""));
        buffer_add(&literal, text_from(text));
    }
    buffer_add_byte(&literal, '}');
    return buffer_text(&literal);
}

/* Standard alphabet, padded. */
static struct text base64(struct arena *arena, struct text bytes)
{
    if (bytes.size > KIB(64))
        return TEXT_NONE;
    char *out = arena_alloc(arena, 4 * ((bytes.size + 2) / 3) + 1, 1);
    if (out == NULL)
        return TEXT_NONE;
    int size = EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes.data, (int)bytes.size);
    return (struct text){.data = out, .size = (size_t)size};
}

static int64_t hours_of(const struct seek_approval_config *config)
{
    if (config->timeout_hours <= 0)
        return USUAL_HOURS;
    return config->timeout_hours < HOURS_AT_MOST ? config->timeout_hours : HOURS_AT_MOST;
}

/* What the run would have waited for is not there: it goes on, as with the first Go worker. */
static enum action_outcome ask_nobody(struct action_call *call, struct seek_approval_result *result)
{
    struct text id = id_text(call, action_row_id(call, "approval", 0));
    log_line(LOG_WARN, "seek_approval: nobody is asked, the run goes on as approved", LOG_TEXT("approval_id", id));
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
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(call->execution_id, id);
    if (strcmp(fault->sqlstate, NO_FOREIGN_KEY) == 0)
        return action_refuse(call,
                             "create approval request: %.*s: execution %s is not in workflow.automation_executions, "
                             "where it has to be noted before the run is started",
                             TEXT_ARG(fault->message), id);
    return action_database_failed(call, outcome, "create approval request", fault);
}

/* ACTION_OUTCOME_PENDING: the row is there. ACTION_OUTCOME_DONE: there is no table for it. */
static enum action_outcome note_request(struct action_call *call, struct database *database,
                                        const struct seek_approval_config *config,
                                        const struct alert_recipient *approvers)
{
    const struct database_parameter parameters[REQUEST_COUNT] = {
        [REQUEST_ID] = parameter(id_text(call, action_row_id(call, "approval", 0))),
        [EXECUTION_ID] = parameter(id_text(call, call->execution_id)),
        [RULE_ID] = parameter(id_text(call, call->rule_id)),
        [ACTION_NAME] = parameter(call->action_name),
        [APPROVERS] = parameter(id_list(call, approvers, config->approvers.count)),
        [TYPE] = parameter(text_from(types[config->approval_type])),
        [HOURS] = parameter(arena_print(call->arena, "%lld", (long long)hours_of(config))),
        [TOKEN] = parameter(base64(call->arena, call->task_token)),
        [MESSAGE] = parameter(config->approval_message.size > 0 ? config->approval_message : TEXT("")),
    };
    if (!all_there(parameters, REQUEST_COUNT))
        return action_refuse(call, "out of the memory budget of this task");
    struct database_fault fault = {.arena = call->arena};
    /* Nobody would notice if this worker ended while it waits for the database: the server waits instead, and gives the
       activity to any worker. The Go worker's runs have but one attempt. */
    struct database_patience patience = action_patience(call);
    patience.wait = call->last_attempt;
    enum database_outcome outcome =
        database_run(database, call->arena, &patience, TEXT(insert_request), parameters, REQUEST_COUNT, NULL, &fault);
    if (outcome == DATABASE_OK)
        return ACTION_OUTCOME_PENDING;
    return strcmp(fault.sqlstate, NO_TABLE) == 0 ? ACTION_OUTCOME_DONE : request_failed(call, outcome, &fault);
}

/* As well as may be, and without waiting for long: whoever looks at the requests finds this one without an alert too. */
static void alert_approvers(const struct action_call *call, struct database *database,
                            const struct seek_approval_config *config, const struct alert_recipient *approvers)
{
    struct action_call hasty = *call;
    int64_t latest = clock_monotonic_us() + ALERT_US;
    if (call->deadline_us == 0 || call->deadline_us > latest)
        hasty.deadline_us = latest;
    struct text usual =
        arena_print(call->arena, "An approval request has been created for workflow '%.*s'", TEXT_ARG(call->rule_name));
    const struct alert alert = {
        .type = TEXT("approval_request"),
        .severity = TEXT("high"),
        .title = arena_print(call->arena, "Approval Required: %.*s", TEXT_ARG(call->rule_name)),
        .message = config->approval_message.size > 0 ? config->approval_message : usual,
        .context = TEXT("{}"),
        .entity_name = call->entity_name,
        .entity_id = call->entity_id,
    };
    struct database_fault fault = {.arena = call->arena};
    int64_t resolved;
    if (alert_create(&hasty, database, &alert, approvers, config->approvers.count, &resolved, &fault) != DATABASE_OK)
        log_line(LOG_WARN, "seek_approval: the approvers were not alerted", LOG_FAILURE("error", fault.message));
}

static void warn_of_config(const struct seek_approval_config *config)
{
    if (config->approval_type != SEEK_APPROVAL_APPROVAL_TYPE_ANY)
        log_line(LOG_WARN, "seek_approval: one answer decides, whatever approval_type says",
                 LOG_STRING("approval_type", types[config->approval_type]));
    if (config->approvers.count == 0)
        log_line(LOG_WARN, "seek_approval: there are no approvers");
}

enum action_outcome seek_approval(struct action_call *call, const struct seek_approval_services *services,
                                  const struct seek_approval_config *config, struct seek_approval_result *result)
{
    if (call->task_token.size == 0)
        return ask_nobody(call, result);
    const struct alert_recipient *approvers = read_approvers(call, &config->approvers);
    if (approvers == NULL)
        return ACTION_OUTCOME_REFUSED;
    warn_of_config(config);
    enum action_outcome outcome = note_request(call, services->database, config, approvers);
    if (outcome == ACTION_OUTCOME_DONE)
        return ask_nobody(call, result);
    if (outcome == ACTION_OUTCOME_PENDING)
        alert_approvers(call, services->database, config, approvers);
    return outcome;
}
