/* SQL of workflow.approval_requests. */
#include "erp/approval_requests.h"

#include <assert.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/limits.h"
#include "postgres/sql.h"

#define REQUEST_PURPOSE "approval"

/* ---- the request of an action ---- */

/* The time when the activity was scheduled. An answer since then answers this activity, even if its token was cleared
   before this attempt: an earlier attempt was then committed without the worker noticing. Older answers belong to an
   earlier activity. */
#define SCHEDULED(age_) "now() AT TIME ZONE 'UTC' - " age_ "::bigint * interval '1 microsecond'"

static const char insert_request[] =
    "INSERT INTO workflow.approval_requests (approval_request_id, execution_id, rule_id, action_name, approvers,"
    " approval_type, status, timeout_hours, task_token, approval_message, created_date)"
    " VALUES ($1, $2, (SELECT id FROM workflow.automation_rules WHERE id = $3), left($4::text, 100), $5::uuid[], $6,"
    " 'pending', $7, $8, nullif($9::text, ''), now() AT TIME ZONE 'UTC')"
    " ON CONFLICT (approval_request_id) DO UPDATE SET task_token = excluded.task_token, status = 'pending',"
    " resolved_by = NULL, resolution_reason = NULL, resolved_date = NULL"
    " WHERE approval_requests.task_token <> excluded.task_token"
    " AND NOT (approval_requests.status IN ('approved', 'rejected') AND (approval_requests.task_token <> ''"
    " OR approval_requests.resolved_date >= " SCHEDULED("$10") "))";
static const char read_answer[] =
    "SELECT r.status, r.approval_request_id, r.resolved_by, to_jsonb(u) ->> 'username', r.resolution_reason"
    " FROM workflow.approval_requests AS r LEFT JOIN core.users AS u ON u.id = r.resolved_by"
    " WHERE r.approval_request_id = $1 AND r.status IN ('approved', 'rejected')"
    " AND (r.task_token NOT IN ('', $2) OR r.task_token = '' AND r.resolved_date >= " SCHEDULED("$3") ")";

struct uuid approval_request_id(struct uuid effect_id, struct uuid action_id, uint32_t ask)
{
    const struct action_call call = {.effect_id = effect_id, .action_id = action_id, .ask = ask};
    return action_row_id(&call, REQUEST_PURPOSE, 0);
}

static void set_answer(struct approval_waiting_answer *answer, const struct database_rows *rows)
{
    if (rows->row_count == 0)
        return;
    const struct text *cells = rows->cells;
    answer->output = cells[0];
    answer->approval =
        (struct approval){.id = cells[1], .resolved_by = cells[2], .resolved_by_name = cells[3], .reason = cells[4]};
}

enum database_outcome approval_request_insert(const struct action_call *call, struct database_session *session,
                                              const struct approval_request *request,
                                              struct approval_waiting_answer *answer, struct database_fault *fault)
{
    struct buffer approvers = buffer_in(call->arena, LIMIT_JSON_BYTES);
    for (size_t i = 0; i < request->approver_count; i++)
        sql_array_add_uuid(&approvers, request->approvers[i].id);
    enum { ID, EXECUTION, RULE, ACTION, APPROVERS, TYPE, HOURS, TOKEN, MESSAGE, AGE, PARAMETER_COUNT };
    const struct database_parameter parameters[PARAMETER_COUNT] = {
        [ID] = sql_uuid(call->arena, action_row_id(call, REQUEST_PURPOSE, 0)),
        [EXECUTION] = sql_uuid(call->arena, call->execution_id),
        [RULE] = sql_uuid(call->arena, call->rule_id),
        [ACTION] = sql_text(call->action_name),
        [APPROVERS] = sql_array_end(&approvers),
        [TYPE] = sql_text(request->approval_type),
        [HOURS] = sql_integer(call->arena, request->timeout_hours),
        [TOKEN] = {.text = base64_encode(call->arena, call->task_token)},
        [MESSAGE] = sql_text(request->message),
        [AGE] = sql_integer(call->arena, call->scheduled_us != 0 ? clock_monotonic_us() - call->scheduled_us : 0),
    };
    *answer = (struct approval_waiting_answer){0};
    if (!sql_are_complete(parameters, PARAMETER_COUNT))
        return database_fault_budget(fault);
    struct database_rows rows = {0};
    enum database_outcome outcome =
        database_execute(session, call->arena, TEXT(insert_request), parameters, PARAMETER_COUNT, &rows, fault);
    if (outcome != DATABASE_OK || rows.affected > 0)
        return outcome;
    const struct database_parameter row[] = {parameters[ID], parameters[TOKEN], parameters[AGE]};
    outcome = database_execute(session, call->arena, TEXT(read_answer), row, 3, &rows, fault);
    if (outcome == DATABASE_OK)
        set_answer(answer, &rows);
    return outcome;
}

/* ---- the answer of a person ---- */

static const char find_request[] =
    "SELECT approval_request_id FROM workflow.approval_requests"
    " WHERE execution_id = $1 AND action_name = left($2::text, 100)"
    " ORDER BY approval_request_id = $3 DESC, status = 'pending' DESC, created_date DESC LIMIT 1";
/* Not every database has usernames. */
static const char find_user[] =
    "SELECT id FROM core.users AS u WHERE u.id::text = lower($1::text) OR to_jsonb(u) ->> 'username' = $1 LIMIT 1";
static const char resolve_request[] =
    "UPDATE workflow.approval_requests SET status = $2, resolved_by = nullif($3::text, '')::uuid,"
    " resolution_reason = nullif($4::text, ''), resolved_date = now() AT TIME ZONE 'UTC'"
    " WHERE approval_request_id = $1 AND status = 'pending'";
static const char read_request[] =
    "SELECT r.status, r.resolved_by, to_jsonb(u) ->> 'username', r.resolution_reason"
    " FROM workflow.approval_requests AS r LEFT JOIN core.users AS u ON u.id = r.resolved_by"
    " WHERE r.approval_request_id = $1";
static const char forget_token[] =
    "UPDATE workflow.approval_requests SET task_token = '' WHERE approval_request_id = $1";

/* Runs the statement with texts as its parameters. */
static enum status run(struct database *database, struct arena *arena, const char *statement, const struct text *texts,
                       size_t count, struct database_rows *rows, struct error *error)
{
    struct database_parameter parameters[4];
    assert(count <= sizeof(parameters) / sizeof(parameters[0]));
    for (size_t i = 0; i < count; i++)
        parameters[i] = sql_text(texts[i]);
    const struct database_wait wait = {.idempotent = true};
    struct database_fault fault = {.arena = arena};
    return database_status(database_run(database, arena, &wait, text_from(statement), parameters, count, rows, &fault),
                           &fault, error);
}

static enum status find_id(struct database *database, struct arena *arena, const struct approval_lookup *lookup,
                           struct text *id, struct error *error)
{
    const struct text texts[] = {lookup->execution_id, lookup->action_name, lookup->request_id};
    struct database_rows rows;
    enum status status = run(database, arena, find_request, texts, 3, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (rows.row_count == 0)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "no row of this action in workflow.approval_requests");
    *id = rows.cells[0];
    return STATUS_OK;
}

enum status approval_user_id(struct database *database, struct arena *arena, struct text by, struct text *id,
                             struct error *error)
{
    struct database_rows rows;
    *id = TEXT_NONE;
    if (by.size == 0)
        return STATUS_OK;
    enum status status = run(database, arena, find_user, &by, 1, &rows, error);
    if (status == STATUS_OK && rows.row_count == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "no user %.*s in core.users", TEXT_ARG(by));
    if (status == STATUS_OK)
        *id = rows.cells[0];
    return status;
}

enum status approval_request_answer(struct database *database, struct arena *arena,
                                    const struct approval_lookup *lookup, const struct approval_answer *answer,
                                    struct approval *approval, struct error *error)
{
    struct text id, by;
    struct database_rows rows;
    *approval = (struct approval){0};
    enum status status = find_id(database, arena, lookup, &id, error);
    if (status == STATUS_OK)
        status = approval_user_id(database, arena, answer->by, &by, error);
    if (status != STATUS_OK)
        return status;
    const struct text texts[] = {id, answer->output, by, answer->reason};
    status = run(database, arena, resolve_request, texts, 4, &rows, error);
    if (status == STATUS_OK)
        status = run(database, arena, read_request, texts, 1, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (rows.row_count == 0)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "the approval request no longer exists");
    const struct text *cells = rows.cells;
    if (!text_equal(cells[0], answer->output))
        return error_set(
            error, STATUS_INVALID, TEXT_NONE,
            PUBLIC("approval request already resolved: %.*s is %.*s; --output %.*s completes the run's action"),
            TEXT_ARG(id), TEXT_ARG(cells[0]), TEXT_ARG(cells[0]));
    *approval = (struct approval){.id = id, .resolved_by = cells[1], .resolved_by_name = cells[2], .reason = cells[3]};
    return STATUS_OK;
}

enum status approval_request_forget_token(struct database *database, struct arena *arena, struct text id,
                                          struct error *error)
{
    struct database_rows rows;
    return run(database, arena, forget_token, &id, 1, &rows, error);
}

static bool decode_token(struct arena *arena, struct text written, struct text *token)
{
    size_t size = 0;
    uint8_t *bytes = arena_alloc(arena, BASE64_BYTES_MAX(written.size), 1);
    bool decoded = bytes != NULL && base64_decode(written, bytes, &size);
    *token = (struct text){.data = (const char *)bytes, .size = size};
    return decoded && size > 0;
}

/* ---- the answer of another rule ---- */

static const char lock_request[] =
    "SELECT status FROM workflow.approval_requests WHERE approval_request_id = $1 FOR UPDATE";
static const char resolve_locked[] =
    "UPDATE workflow.approval_requests SET status = $2, resolved_by = $3, resolution_reason = $4,"
    " resolved_date = now() AT TIME ZONE 'UTC' WHERE approval_request_id = $1 AND status = 'pending'";
static const char find_undelivered[] =
    "SELECT r.status, r.task_token, r.action_name, r.approval_request_id, coalesce(r.resolved_by::text, ''),"
    " concat_ws(' ', to_jsonb(u) ->> 'first_name', to_jsonb(u) ->> 'last_name'), coalesce(r.resolution_reason, '')"
    " FROM workflow.approval_requests AS r LEFT JOIN core.users AS u ON u.id = r.resolved_by"
    " WHERE r.approval_request_id = $1 AND r.status IN ('approved', 'rejected') AND r.task_token <> ''";
static const char note_delivery[] =
    "UPDATE workflow.approval_requests SET task_token = '' WHERE approval_request_id = $1 AND task_token = $2";

enum database_outcome approval_request_lock(struct database_session *session, struct arena *arena, struct uuid id,
                                            struct text *status, struct database_fault *fault)
{
    const struct database_parameter parameter = sql_uuid(arena, id);
    struct database_rows rows = {0};
    *status = TEXT_NONE;
    if (!sql_are_complete(&parameter, 1))
        return database_fault_budget(fault);
    enum database_outcome outcome = database_execute(session, arena, TEXT(lock_request), &parameter, 1, &rows, fault);
    if (outcome == DATABASE_OK && rows.row_count > 0)
        *status = rows.cells[0];
    return outcome;
}

enum database_outcome approval_request_resolve(struct database_session *session, struct arena *arena,
                                               const struct approval_resolution *resolution,
                                               struct database_fault *fault)
{
    const struct database_parameter parameters[] = {
        sql_uuid(arena, resolution->id),
        sql_text(resolution->output),
        sql_uuid(arena, resolution->by),
        sql_text(resolution->reason),
    };
    struct database_rows rows;
    if (!sql_are_complete(parameters, 4))
        return database_fault_budget(fault);
    return database_execute(session, arena, TEXT(resolve_locked), parameters, 4, &rows, fault);
}

enum database_outcome approval_request_find_undelivered(struct database *database, struct arena *arena,
                                                        const struct database_wait *wait, struct uuid id,
                                                        struct approval_undelivered *answer,
                                                        struct database_fault *fault)
{
    const struct database_parameter parameter = sql_uuid(arena, id);
    struct database_rows rows = {0};
    *answer = (struct approval_undelivered){0};
    if (!sql_are_complete(&parameter, 1))
        return database_fault_budget(fault);
    enum database_outcome outcome =
        database_run(database, arena, wait, TEXT(find_undelivered), &parameter, 1, &rows, fault);
    if (outcome != DATABASE_OK || rows.row_count == 0)
        return outcome;
    const struct text *cells = rows.cells;
    *answer = (struct approval_undelivered){
        .output = cells[0],
        .written_token = cells[1],
        .action_name = cells[2],
        .approval = {.id = cells[3], .resolved_by = cells[4], .resolved_by_name = cells[5], .reason = cells[6]},
    };
    if (!decode_token(arena, answer->written_token, &answer->token))
        answer->token = TEXT_NONE;
    return outcome;
}

enum database_outcome approval_request_note_delivery(struct database *database, struct arena *arena,
                                                     const struct database_wait *wait,
                                                     const struct approval_undelivered *answer,
                                                     struct database_fault *fault)
{
    const struct database_parameter parameters[] = {sql_text(answer->approval.id), sql_text(answer->written_token)};
    return database_run(database, arena, wait, TEXT(note_delivery), parameters, 2, NULL, fault);
}

/* ---- the end of the activity ---- */

static const char end_requests[] =
    "UPDATE workflow.approval_requests SET status = $2, task_token = '',"
    " resolved_date = coalesce(resolved_date, now() AT TIME ZONE 'UTC')"
    " WHERE approval_request_id = ANY ($1::uuid[]) AND (status = 'pending' OR (status = $2 AND task_token <> ''))";

enum status approval_requests_end(struct database *database, const struct approval_end *end, struct arena *arena,
                                  struct error *error)
{
    struct buffer ids = buffer_in(arena, LIMIT_TASK_BYTES);
    struct uuid effect_id, action;
    for (size_t i = 0; i < end->request_count && uuid_parse(end->effect_id, &effect_id); i++)
        if (uuid_parse(end->requests[i].action_id, &action))
            sql_array_add_uuid(&ids, approval_request_id(effect_id, action, end->requests[i].ask));
    const struct database_wait wait = {.limit = end->limit, .retry = true, .idempotent = true};
    const struct database_parameter parameters[] = {
        sql_array_end(&ids),
        {.text = text_from(approval_ending_name(end->ending))},
    };
    if (!sql_are_complete(parameters, 2))
        return error_budget(error);
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome =
        database_run(database, arena, &wait, TEXT(end_requests), parameters, 2, NULL, &fault);
    enum status status = database_status(outcome, &fault, error);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* ---- the sweep ---- */

static const char take_turn[] = "INSERT INTO workflow.worker_turns (name, taken_at) VALUES ('approval sweep', now())"
                                " ON CONFLICT (name) DO UPDATE SET taken_at = now()"
                                " WHERE worker_turns.taken_at < now() - $1::bigint * interval '1 millisecond'";
static const char read_pending[] =
    "SELECT approval_request_id, task_token FROM workflow.approval_requests"
    " WHERE status = 'pending' AND task_token <> '' AND approval_request_id > $1 ORDER BY approval_request_id LIMIT $2";
static const char expire_requests[] =
    "UPDATE workflow.approval_requests AS r SET status = 'expired', task_token = '',"
    " resolved_date = now() AT TIME ZONE 'UTC' FROM unnest($1::uuid[], $2::text[]) AS ended (id, token)"
    " WHERE r.approval_request_id = ended.id AND r.task_token = ended.token AND r.status = 'pending'";

static enum status run_once(struct database *database, struct arena *arena, const char *statement,
                            const struct database_parameter *parameters, size_t count, struct database_rows *rows,
                            struct error *error)
{
    if (!sql_are_complete(parameters, count))
        return error_budget(error);
    const struct database_wait wait = {0};
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome =
        database_run(database, arena, &wait, text_from(statement), parameters, count, rows, &fault);
    return database_status(outcome, &fault, error);
}

enum status approval_requests_take_turn(struct database *database, int64_t period_ms, struct arena *arena, bool *taken,
                                        struct error *error)
{
    const struct database_parameter period = sql_integer(arena, period_ms);
    struct database_rows rows = {0};
    enum status status = run_once(database, arena, take_turn, &period, 1, &rows, error);
    *taken = status == STATUS_OK && rows.affected > 0;
    return status;
}

enum status approval_requests_read(struct database *database, struct text after, struct arena *arena,
                                   struct approval_page *page, struct error *error)
{
    *page = (struct approval_page){0};
    const struct database_parameter parameters[] = {
        {.text = after.size > 0 ? after : TEXT("00000000-0000-0000-0000-000000000000")},
        sql_integer(arena, LIMIT_APPROVAL_PAGE),
    };
    struct database_rows rows = {0};
    enum status status = run_once(database, arena, read_pending, parameters, 2, &rows, error);
    if (status != STATUS_OK)
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    page->requests = ARENA_ARRAY(arena, rows.row_count, struct approval_pending);
    if (page->requests == NULL)
        return error_budget(error);
    for (size_t i = 0; i < rows.row_count; i++) {
        const struct text *cells = &rows.cells[i * rows.column_count];
        struct approval_pending request = {.id = cells[0], .written_token = cells[1]};
        if (decode_token(arena, request.written_token, &request.token))
            page->requests[page->count++] = request;
    }
    if (rows.row_count == LIMIT_APPROVAL_PAGE)
        page->more_after = rows.cells[(rows.row_count - 1) * rows.column_count];
    return STATUS_OK;
}

enum status approval_requests_expire(struct database *database, const struct approval_pending *requests, size_t count,
                                     struct arena *arena, int64_t *changed, struct error *error)
{
    struct buffer ids = buffer_in(arena, LIMIT_TASK_BYTES), tokens = ids;
    for (size_t i = 0; i < count; i++) {
        sql_array_add(&ids, requests[i].id);
        sql_array_add(&tokens, requests[i].written_token);
    }
    const struct database_parameter parameters[] = {sql_array_end(&ids), sql_array_end(&tokens)};
    struct database_rows rows = {0};
    enum status status = run_once(database, arena, expire_requests, parameters, 2, &rows, error);
    *changed = status == STATUS_OK ? rows.affected : 0;
    return status;
}
