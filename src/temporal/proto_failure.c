/* Writes and reads failures. */
#include "temporal/proto_failure.h"

#include "base/limits.h"
#include "base/uuid.h"

/* This text is in histories, so it must not change. */
#define ATTEMPTS_USED "attempts used"

Api__Failure *proto_failure_fill(struct proto_failure *to, struct arena *arena, struct text message, const char *type,
                                 bool retryable)
{
    to->application = (Api__ApplicationFailureInfo)API__APPLICATION_FAILURE_INFO__INIT;
    to->application.type = proto_bytes(text_from(type));
    to->application.non_retryable = !retryable;
    to->failure = (Api__Failure)API__FAILURE__INIT;
    to->failure.message = proto_string(arena, message, LIMIT_FAILURE_BYTES);
    to->failure.source = proto_bytes(TEXT("workflow-worker"));
    to->failure.failure_info_case = API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    to->failure.application_failure_info = &to->application;
    return &to->failure;
}

void proto_failure_delay_retry(struct proto_failure *to, int64_t milliseconds)
{
    if (milliseconds <= 0)
        return;
    to->retry_delay = proto_duration(milliseconds);
    to->application.next_retry_delay = &to->retry_delay;
}

/* Writes a JSON string without escaping, since ids have nothing to escape. */
bool proto_failure_pass_cron_run_id(struct proto_failure *to, struct arena *arena, struct text id)
{
    if (id.size == 0)
        return true;
    struct text json = arena_print(arena, "\"%.*s\"", TEXT_ARG(id));
    to->application.details = payload_list_json(&to->details, json);
    return json.data != NULL;
}

/* The JSON text in the details of an application failure, without its quotes; empty for anything else. */
static struct text detail_of(const Api__Failure *failure)
{
    bool foreign;
    if (failure == NULL || failure->failure_info_case != API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO)
        return TEXT_NONE;
    struct text json = payload_list_read(failure->application_failure_info->details, &foreign);
    return json.size > 2 ? text_slice(json, 1, json.size - 2) : TEXT_NONE;
}

struct text proto_failure_cron_run_id(const Api__Failure *failure)
{
    struct uuid uuid;
    struct text id = detail_of(failure);
    return id.size == UUID_TEXT_SIZE && uuid_parse(id, &uuid) ? id : TEXT_NONE;
}

bool proto_failure_note_attempts_used(struct proto_failure *to, struct arena *arena)
{
    struct text json = arena_copy(arena, TEXT("\"" ATTEMPTS_USED "\""));
    to->application.details = payload_list_json(&to->details, json);
    return json.data != NULL;
}

bool proto_failure_used_attempts(const Api__Failure *failure)
{
    return text_is(detail_of(failure), ATTEMPTS_USED);
}

static bool is_wrapper(const Api__Failure *failure)
{
    return failure->failure_info_case == API__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO ||
           failure->failure_info_case == API__FAILURE__FAILURE_INFO_CHILD_WORKFLOW_EXECUTION_FAILURE_INFO;
}

struct text proto_failure_text(const Api__Failure *failure)
{
    while (failure != NULL && failure->cause != NULL && (is_wrapper(failure) || failure->message.len == 0))
        failure = failure->cause;
    return failure != NULL ? proto_text(failure->message) : TEXT_NONE;
}
