/* Writes rows of workflow.automation_executions. */
#include "erp/execution.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "postgres/database.h"

#define UPDATE "UPDATE workflow.automation_executions SET status = $2, error_message = $3 WHERE id = $1"
/* A worker that was slower than another must not set an ended execution to running. */
#define UNLESS_SET  " AND status NOT IN ('running', 'completed', 'failed', 'cancelled')"
#define UNLESS_DONE " AND status NOT IN ('running', 'completed')"

/* PostgreSQL refuses NUL and invalid UTF-8, and the text of a failure can come from anywhere. */
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
