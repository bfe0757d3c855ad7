#include "erp/approval_end.h"

#include <string.h>

#include "action/action.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "postgres/database.h"

#define NO_TABLE "42P01"

static const char mark[] =
    "UPDATE workflow.approval_requests SET status = $2, task_token = '', resolved_date = now() AT TIME ZONE 'UTC'"
    " WHERE approval_request_id = ANY ($1::uuid[]) AND status = 'pending'";

struct uuid approval_request_id(struct uuid execution_id, struct uuid action_id)
{
    const struct action_call call = {.idempotency_key = action_key(execution_id, action_id)};
    return action_row_id(&call, "approval", 0);
}

/* As an array literal. */
static struct text request_ids(struct arena *arena, const struct approval_end *end)
{
    struct buffer literal = buffer_in(arena, LIMIT_TASK_BYTES);
    struct uuid execution, action;
    size_t count = 0;
    buffer_add_byte(&literal, '{');
    for (size_t i = 0; i < end->action_count && uuid_parse(end->execution_id, &execution); i++) {
        char id[UUID_TEXT_SIZE + 1];
        if (!uuid_parse(end->action_ids[i], &action))
            continue;
        uuid_format(approval_request_id(execution, action), id);
        buffer_add(&literal, count++ > 0 ? TEXT(",") : TEXT(""));
        buffer_add(&literal, text_from(id));
    }
    buffer_add_byte(&literal, '}');
    return buffer_text(&literal);
}

enum status approval_end_mark(struct database *database, const struct approval_end *end, struct arena *arena,
                              struct error *error)
{
    const struct database_patience patience = {.deadline_us = end->deadline_us, .wait = true, .idempotent = true};
    const struct database_parameter parameters[] = {
        {.text = request_ids(arena, end)},
        {.text = end->canceled ? TEXT("expired") : TEXT("timed_out")},
    };
    if (parameters[0].text.data == NULL)
        return error_budget(error);
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome = database_run(database, arena, &patience, TEXT(mark), parameters, 2, NULL, &fault);
    if (outcome == DATABASE_OK || strcmp(fault.sqlstate, NO_TABLE) == 0)
        return STATUS_OK;
    return error_set(error, outcome == DATABASE_REFUSED ? STATUS_INVALID : STATUS_UNAVAILABLE, TEXT_NONE, "%.*s",
                     TEXT_ARG(fault.message));
}
