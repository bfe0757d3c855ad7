/* Finds runs by what people write. */
#include "runs/run_reference.h"

#include <string.h>

#include "base/limits.h"
#include "base/uuid.h"
#include "engine/names.h"
#include "runs/run_subject.h"

#define RUNS_A_PAGE 1000
/* Shown when a word names several. */
#define CANDIDATES 10
/* Beginnings of execution ids are at least so long. */
#define EXECUTION_BEGINNING 4

struct search {
    struct blocking_client *temporal;
    const struct settings *settings;
    struct text word;
    struct run_page page;                    /* of the latest list */
    const struct described_run *description; /* of the latest one that was found */
    struct text workflow_ids[CANDIDATES], run_id;
    size_t count;
    bool more;
};

static void page_read(void *userdata, const struct run_page *page, const struct client_result *result)
{
    struct search *search = userdata;
    search->page = page != NULL ? *page : (struct run_page){0};
    blocking_client_done(search->temporal, result);
}

static void description_read(void *userdata, const struct described_run *description,
                             const struct client_result *result)
{
    struct search *search = userdata;
    struct described_run *kept = description != NULL ? ARENA_NEW(search->temporal->arena, struct described_run) : NULL;
    if (kept != NULL)
        *kept = *description;
    search->description = kept;
    blocking_client_done(search->temporal, result);
}

/* How the call ended. */
static int describe(struct search *search, struct text workflow_id, struct text run_id)
{
    client_describe_run(search->temporal->client, workflow_id, run_id, search->temporal->arena, description_read,
                        search);
    blocking_client_finish(search->temporal);
    return search->temporal->result.code;
}

static int list(struct search *search, struct text query, struct text after)
{
    client_list_runs(search->temporal->client, query, after, RUNS_A_PAGE, search->temporal->arena, page_read, search);
    blocking_client_finish(search->temporal);
    return search->temporal->result.code;
}

static bool failed(const struct search *search)
{
    cli_fail(search->temporal->command, "%.*s: %.*s", TEXT_ARG(search->word),
             TEXT_ARG(search->temporal->result.message));
    return false;
}

static void add_candidate(struct search *search, struct text workflow_id)
{
    for (size_t i = 0; i < search->count; i++)
        if (text_equal(search->workflow_ids[i], workflow_id))
            return;
    if (search->count < CANDIDATES)
        search->workflow_ids[search->count++] = workflow_id;
    else
        search->more = true;
}

struct text run_reference_query(struct arena *arena, const struct settings *settings)
{
    struct buffer query = buffer_in(arena, KIB(64));
    buffer_add(&query, TEXT("WorkflowType = '" WORKFLOW_TYPE "' AND TaskQueue IN ("));
    for (size_t i = 0; i < settings->task_queues.count; i++) {
        buffer_add(&query, i > 0 ? TEXT(", ") : TEXT(""));
        buffer_add(&query, run_query_literal(arena, settings->task_queues.items[i]));
    }
    buffer_add_byte(&query, ')');
    return buffer_text(&query);
}

/* Runs with this run id, and workflow ids that begin with the word. A server that cannot compare beginnings refuses the
   query; then the newest runs are compared here. */
static bool search_ids(struct search *search)
{
    struct arena *arena = search->temporal->arena;
    struct text literal = run_query_literal(arena, search->word);
    struct uuid uuid;
    if (search->word.size == UUID_TEXT_SIZE && uuid_parse(search->word, &uuid)) {
        if (list(search, arena_print(arena, "RunId = %.*s", TEXT_ARG(literal)), TEXT_NONE) != RPC_OK)
            return failed(search);
        if (search->page.count > 0) {
            add_candidate(search, search->page.runs[0].workflow_id);
            search->run_id = search->page.runs[0].run_id;
            return true;
        }
    }
    struct text query =
        arena_print(arena, "WorkflowType = '" WORKFLOW_TYPE "' AND WorkflowId STARTS_WITH %.*s", TEXT_ARG(literal));
    int code = list(search, query, TEXT_NONE);
    for (size_t i = 0; i < search->page.count; i++)
        add_candidate(search, search->page.runs[i].workflow_id);
    return code == RPC_OK || code == RPC_INVALID_ARGUMENT || failed(search);
}

static bool is_named(const struct search *search, struct text workflow_id)
{
    struct text execution = run_execution_in(workflow_id);
    return text_starts(workflow_id, search->word) ||
           (search->word.size >= EXECUTION_BEGINNING && execution.size >= search->word.size &&
            text_equal_ignoring_case(text_slice(execution, 0, search->word.size), search->word));
}

static bool search_newest(struct search *search)
{
    struct text query = run_reference_query(search->temporal->arena, search->settings), after = TEXT_NONE;
    for (size_t compared = 0; compared < LIMIT_RUNS_COMPARED; compared += RUNS_A_PAGE) {
        if (list(search, query, after) != RPC_OK)
            return failed(search);
        for (size_t i = 0; i < search->page.count; i++)
            if (is_named(search, search->page.runs[i].workflow_id))
                add_candidate(search, search->page.runs[i].workflow_id);
        after = search->page.next;
        if (after.size == 0)
            break;
    }
    return true;
}

static enum cli_exit report_none(const struct search *search)
{
    return cli_fail(search->temporal->command,
                    "no run has the id '%.*s', or a workflow id that begins with it, or an execution id among the "
                    "newest %d runs of the task queue",
                    TEXT_ARG(search->word), LIMIT_RUNS_COMPARED);
}

static enum cli_exit report_several(const struct search *search)
{
    struct buffer lines = buffer_in(search->temporal->arena, KIB(64));
    for (size_t i = 0; i < search->count; i++)
        buffer_print(&lines, "\n  %.*s", TEXT_ARG(search->workflow_ids[i]));
    struct text listed = buffer_text(&lines);
    return cli_fail(search->temporal->command, "'%.*s' is the beginning of several ids:%.*s%s", TEXT_ARG(search->word),
                    TEXT_ARG(listed), search->more ? "\n  and more" : "");
}

enum cli_exit run_reference_find(struct blocking_client *temporal, const struct settings *settings, const char *word,
                                 const struct described_run **description)
{
    struct search search = {.temporal = temporal, .settings = settings, .word = text_from(word)};
    if (search.word.size == 0 || search.word.size > LIMIT_WORKFLOW_ID || !text_is_utf8(search.word))
        return cli_usage_error(temporal->command, "an id is 1 to %d bytes of UTF-8", LIMIT_WORKFLOW_ID);
    int code = describe(&search, search.word, TEXT_NONE);
    if (code == RPC_NOT_FOUND) {
        if (!search_ids(&search) || (search.count == 0 && !search_newest(&search)))
            return CLI_FAILURE;
        if (search.count != 1)
            return search.count == 0 ? report_none(&search) : report_several(&search);
        code = describe(&search, search.workflow_ids[0], search.run_id);
    }
    if (code != RPC_OK) {
        failed(&search);
        return CLI_FAILURE;
    }
    *description = search.description;
    return search.description != NULL ? CLI_SUCCESS : cli_out_of_memory(temporal->command);
}
