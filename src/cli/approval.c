#include "cli/approval.h"

#include <string.h>

#define NO_TABLE "42P01"

static const char find[] =
    "SELECT approval_request_id FROM workflow.approval_requests"
    " WHERE execution_id = $1 AND action_name = left($2::text, 100)"
    " ORDER BY approval_request_id = $3 DESC, status = 'pending' DESC, created_date DESC LIMIT 1";
/* Not every database has names of users. */
static const char find_user[] =
    "SELECT id FROM core.users AS u WHERE u.id::text = lower($1::text) OR to_jsonb(u) ->> 'username' = $1 LIMIT 1";
static const char resolve[] =
    "UPDATE workflow.approval_requests SET status = $2, resolved_by = nullif($3::text, '')::uuid,"
    " resolution_reason = nullif($4::text, ''), resolved_date = now() AT TIME ZONE 'UTC'"
    " WHERE approval_request_id = $1 AND status = 'pending'";
static const char look[] = "SELECT r.status, r.resolved_by, to_jsonb(u) ->> 'username', r.resolution_reason"
                           " FROM workflow.approval_requests AS r LEFT JOIN core.users AS u ON u.id = r.resolved_by"
                           " WHERE r.approval_request_id = $1";
static const char forget[] = "UPDATE workflow.approval_requests SET task_token = '' WHERE approval_request_id = $1";

enum { MOST_PARAMETERS = 4 };

/* The statement with texts as its parameters; *rows is its answer. */
static enum status run(struct database *database, struct arena *arena, const char *statement,
                       const struct text texts[MOST_PARAMETERS], size_t count, struct database_rows *rows,
                       struct error *error)
{
    struct database_parameter parameters[MOST_PARAMETERS];
    for (size_t i = 0; i < count; i++)
        parameters[i] = (struct database_parameter){.text = texts[i].size > 0 ? texts[i] : TEXT("")};
    const struct database_patience patience = {.idempotent = true};
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome =
        database_run(database, arena, &patience, text_from(statement), parameters, count, rows, &fault);
    if (outcome == DATABASE_OK)
        return STATUS_OK;
    if (strcmp(fault.sqlstate, NO_TABLE) == 0)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "%.*s", TEXT_ARG(fault.message));
    return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "%.*s", TEXT_ARG(fault.message));
}

static enum status find_id(struct database *database, struct arena *arena, const struct approval_question *question,
                           struct text *id, struct error *error)
{
    const struct text texts[MOST_PARAMETERS] = {question->execution_id, question->action_name, question->request_id};
    struct database_rows rows;
    enum status status = run(database, arena, find, texts, 3, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (rows.row_count == 0)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "no row of this action in workflow.approval_requests");
    *id = rows.cells[0];
    return STATUS_OK;
}

static enum status find_by(struct database *database, struct arena *arena, struct text by, struct text *id,
                           struct error *error)
{
    const struct text texts[MOST_PARAMETERS] = {by};
    struct database_rows rows;
    *id = TEXT_NONE;
    if (by.size == 0)
        return STATUS_OK;
    enum status status = run(database, arena, find_user, texts, 1, &rows, error);
    if (status == STATUS_OK && rows.row_count == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "no user %.*s in core.users", TEXT_ARG(by));
    if (status == STATUS_OK)
        *id = rows.cells[0];
    return status;
}

enum status approval_answer(struct database *database, struct arena *arena, const struct approval_question *question,
                            const struct approval_answer *answer, struct approval *approval, struct error *error)
{
    struct text id, by;
    struct database_rows rows;
    *approval = (struct approval){0};
    enum status status = find_id(database, arena, question, &id, error);
    if (status == STATUS_OK)
        status = find_by(database, arena, answer->by, &by, error);
    if (status != STATUS_OK)
        return status;
    const struct text texts[MOST_PARAMETERS] = {id, answer->output, by, answer->reason};
    status = run(database, arena, resolve, texts, 4, &rows, error);
    if (status == STATUS_OK)
        status = run(database, arena, look, texts, 1, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (rows.row_count == 0)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "the approval request has gone");
    const struct text *cells = rows.cells;
    if (!text_equal(cells[0], answer->output))
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "approval request already resolved: %.*s is %.*s; --output %.*s completes the run's action",
                         TEXT_ARG(id), TEXT_ARG(cells[0]), TEXT_ARG(cells[0]));
    *approval = (struct approval){.id = id, .resolved_by = cells[1], .resolved_by_name = cells[2], .reason = cells[3]};
    return STATUS_OK;
}

enum status approval_forget_token(struct database *database, struct arena *arena, struct text id, struct error *error)
{
    const struct text texts[MOST_PARAMETERS] = {id};
    struct database_rows rows;
    return run(database, arena, forget, texts, 1, &rows, error);
}
