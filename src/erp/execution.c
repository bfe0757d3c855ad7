/* Writes rows of workflow.automation_executions. */
#include "erp/execution.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "postgres/database.h"

#define UPDATE "UPDATE workflow.automation_executions SET status = $2, error_message = $3 WHERE id = $1"
/* A slower worker must not set an execution to running after another worker has ended it. */
#define UNLESS_SET  " AND status NOT IN ('running', 'completed', 'failed', 'cancelled')"
#define UNLESS_DONE " AND status NOT IN ('running', 'completed')"

/* PostgreSQL refuses NUL and invalid UTF-8, and the text of a failure can come from any source. */
static struct text storable(struct arena *arena, struct text text)
{
    text = text_cut_utf8(text, LIMIT_FAILURE_BYTES);
    struct buffer clean = buffer_in(arena, 3 * LIMIT_FAILURE_BYTES);
    for (size_t at = 0; at < text.size;) {
        size_t size = text.data[at] == '\0' ? 0 : text_utf8_size(text, at);
        buffer_add(&clean, size > 0 ? text_slice(text, at, size) : TEXT("\xef\xbf\xbd"));
        at += size > 0 ? size : 1;
    }
    return buffer_text(&clean);
}

enum status execution_mark(struct database *database, const struct execution_change *change, struct arena *arena,
                           struct error *error)
{
    const struct database_wait wait = {.limit = change->limit, .retry = true, .idempotent = true};
    bool failed = change->status == EXECUTION_FAILED;
    const struct database_parameter parameters[] = {
        {.text = change->execution_id},
        {.text = text_from(execution_status_name(change->status))},
        {.text = failed ? storable(arena, change->failure) : TEXT_NONE, .is_null = !failed},
    };
    struct text update = TEXT(UPDATE);
    if (change->status == EXECUTION_RUNNING)
        update = change->resumed ? TEXT(UPDATE UNLESS_DONE) : TEXT(UPDATE UNLESS_SET);
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome = database_run(database, arena, &wait, update, parameters,
                                                 sizeof(parameters) / sizeof(parameters[0]), NULL, &fault);
    return database_status(outcome, &fault, error);
}

/* ---- the start of a run ---- */

#define INSERT                                                                                                         \
    "INSERT INTO workflow.automation_executions (id, automation_rules_id, entity_type, trigger_data, status) VALUES "  \
    "($1, (SELECT id FROM workflow.automation_rules WHERE id = $2), $3, $4, 'pending') ON CONFLICT (id) DO NOTHING"
#define DELETE_PENDING "DELETE FROM workflow.automation_executions WHERE id = $1 AND status = 'pending'"

static enum status run_once(struct database *database, struct text statement,
                            const struct database_parameter *parameters, size_t count, struct arena *arena,
                            int64_t *affected, struct error *error)
{
    const struct database_wait wait = {.idempotent = true};
    struct database_rows rows = {0};
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome = database_run(database, arena, &wait, statement, parameters, count, &rows, &fault);
    *affected = rows.affected;
    return database_status(outcome, &fault, error);
}

enum status execution_note(struct database *database, const struct execution_start *start, struct arena *arena,
                           bool *noted, struct error *error)
{
    const struct database_parameter parameters[] = {
        {.text = start->execution_id},
        {.text = start->rule_id, .is_null = start->rule_id.size == 0},
        {.text = text_cut_utf8(start->entity, LIMIT_EXECUTION_ENTITY)},
        {.text = start->trigger, .is_null = start->trigger.size == 0},
    };
    int64_t affected;
    enum status status = run_once(database, TEXT(INSERT), parameters, sizeof(parameters) / sizeof(parameters[0]), arena,
                                  &affected, error);
    *noted = status == STATUS_OK && affected > 0;
    return status;
}

enum status execution_forget(struct database *database, struct text execution_id, struct arena *arena,
                             struct error *error)
{
    const struct database_parameter parameter = {.text = execution_id};
    int64_t affected;
    return run_once(database, TEXT(DELETE_PENDING), &parameter, 1, arena, &affected, error);
}
