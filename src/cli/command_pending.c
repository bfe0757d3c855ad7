/* pending: what waits for people, and for whom. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "console/terminal.h"
#include "erp/user_names.h"
#include "picture/picture_text.h"
#include "postgres/database.h"
#include "runs/open_waits.h"
#include "runs/optional_database.h"

#define READ_BY_DEFAULT "1000"
#define FOR_COLUMNS     60
#define NAME_COLUMNS    40

struct pending {
    const struct cli_command *command;
    struct arena *arena;
    bool json;
    int64_t limit;
    struct settings settings;
    struct blocking_client temporal;
    struct database *database; /* NULL when no database is configured */
    struct open_waits waits;
    struct user_name *users; /* those who are asked, by id */
    size_t user_count;
};

/* ---- names ---- */

static int compare_users(const void *a, const void *b)
{
    const struct user_name *first = a, *second = b;
    return uuid_compare(first->id, second->id);
}

/* Each user once. False: out of memory. */
static bool collect_users(struct pending *pending)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < pending->waits.count; i++)
        count += pending->waits.items[i].wait.asked_count;
    pending->users = ARENA_ARRAY(pending->arena, count, struct user_name);
    if (pending->users == NULL)
        return false;
    count = 0;
    for (size_t i = 0; i < pending->waits.count; i++)
        for (size_t j = 0; j < pending->waits.items[i].wait.asked_count; j++)
            count += uuid_parse(pending->waits.items[i].wait.asked[j], &pending->users[count].id);
    qsort(pending->users, count, sizeof *pending->users, compare_users);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !uuid_equal(pending->users[kept - 1].id, pending->users[i].id))
            pending->users[kept++] = pending->users[i];
    pending->user_count = kept;
    return true;
}

/* Without names the ids are printed. */
static enum cli_exit read_names(struct pending *pending)
{
    struct error error = ERROR_IN(pending->arena);
    if (!collect_users(pending))
        return cli_out_of_memory(pending->command);
    if (pending->database != NULL &&
        user_names_read(pending->database, pending->users, pending->user_count, pending->arena, &error) != STATUS_OK)
        fprintf(stderr, PROGRAM " pending: the names of users cannot be read: %.*s\n", TEXT_ARG(error.message));
    return CLI_SUCCESS;
}

/* Empty when unknown. */
static struct text name_of(const struct pending *pending, struct text user)
{
    struct user_name key = {0};
    if (!uuid_parse(user, &key.id))
        return TEXT_NONE;
    const struct user_name *found =
        bsearch(&key, pending->users, pending->user_count, sizeof *pending->users, compare_users);
    return found != NULL ? found->name : TEXT_NONE;
}

/* ---- printing ---- */

static struct text for_whom(const struct pending *pending, const struct run_wait *wait)
{
    struct buffer names = buffer_in(pending->arena, MIB(1));
    if (wait->kind == WAIT_DECISION)
        return arena_print(pending->arena, "a decision: %.*s", TEXT_ARG(run_wait_failure(wait)));
    for (size_t i = 0; i < wait->asked_count; i++) {
        struct text name = name_of(pending, wait->asked[i]);
        buffer_print(&names, "%s%.*s", i > 0 ? ", " : "", TEXT_ARG(name.size > 0 ? name : wait->asked[i]));
    }
    return wait->asked_count > 0 ? buffer_text(&names) : TEXT("a person");
}

static void write_table(const struct pending *pending, struct buffer *output)
{
    struct table table = {.buffer = output,
                          .coloured = terminal_is_coloured(),
                          .columns = 6,
                          .titles = {"SINCE (UTC)", "FOR", "ACTION", "RULE", "RECORD", "EXECUTION"}};
    for (size_t i = 0; i < pending->waits.count; i++) {
        const struct open_wait *open = &pending->waits.items[i];
        struct text execution = run_execution_in(open->workflow_id);
        table_add(&table, terminal_time(pending->arena, open->wait.since_us), NAME_COLUMNS);
        table_add(&table, for_whom(pending, &open->wait), FOR_COLUMNS);
        table_add(&table, open->wait.action.name, NAME_COLUMNS);
        table_add(&table, open->subject.rule, NAME_COLUMNS);
        table_add(&table, run_subject_record(pending->arena, &open->subject), NAME_COLUMNS);
        table_add(&table, execution.size > 0 ? execution : open->workflow_id, LIMIT_WORKFLOW_ID);
    }
    table_write(&table, NULL);
}

static void write_asked(const struct pending *pending, const struct run_wait *wait, struct json_writer *json)
{
    json_key(json, "asked");
    json_begin_array(json);
    for (size_t i = 0; i < wait->asked_count; i++) {
        json_begin_object(json);
        json_member_text(json, "id", wait->asked[i]);
        json_member_text_or_null(json, "name", name_of(pending, wait->asked[i]));
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_json(const struct pending *pending, struct buffer *output)
{
    struct json_writer json = {output};
    json_begin_array(&json);
    for (size_t i = 0; i < pending->waits.count; i++) {
        const struct open_wait *open = &pending->waits.items[i];
        json_begin_object(&json);
        json_member_text(&json, "workflow_id", open->workflow_id);
        json_member_text(&json, "run_id", open->run_id);
        run_subject_write_json(&json, open->workflow_id, &open->subject);
        json_member_text(&json, "action_id", open->wait.action.id);
        json_member_text(&json, "action", open->wait.action.name);
        json_member_text(&json, "type", open->wait.action.type);
        json_member_string(&json, "waits_for", wait_kind_name(open->wait.kind));
        run_wait_write_times(&json, &open->wait);
        json_member_text_or_null(&json, "failure", open->wait.failure);
        write_asked(pending, &open->wait, &json);
        json_end_object(&json);
    }
    json_end_array(&json);
    buffer_add_byte(output, '\n');
}

/* What the list leaves out. */
static void print_notes(const struct pending *pending)
{
    if (pending->waits.more)
        fprintf(stderr,
                PROGRAM " pending: the newest %zu open runs were read, there are more; --limit reads up to %d\n",
                pending->waits.run_count, LIMIT_RUNS_LISTED);
    if (pending->waits.unread > 0)
        fprintf(stderr, PROGRAM " pending: the history of %zu open runs cannot be read\n", pending->waits.unread);
}

static enum cli_exit print(const struct pending *pending)
{
    struct buffer output = buffer_in(pending->arena, MIB(64));
    if (pending->json)
        write_json(pending, &output);
    else
        write_table(pending, &output);
    enum cli_exit code = cli_finish_output(pending->command, &output, CLI_SUCCESS);
    print_notes(pending);
    return code;
}

/* ---- the command ---- */

static enum cli_exit read_and_print(struct pending *pending)
{
    if (!blocking_client_open(&pending->temporal, pending->command, pending->arena, &pending->settings))
        return CLI_FAILURE;
    enum cli_exit code =
        open_waits_read(&pending->temporal, &pending->settings, (size_t)pending->limit, &pending->waits);
    if (code == CLI_SUCCESS)
        code = read_names(pending);
    return code == CLI_SUCCESS ? print(pending) : code;
}

static const struct option options[] = {{"limit", required_argument, NULL, 'l'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct pending pending = {.command = command, .arena = arena};
    const char *limit = READ_BY_DEFAULT;
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'l': limit = optarg; break;
        case 'j': pending.json = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc > optind)
        return cli_usage_error(command, "no arguments but options are expected");
    if (!cli_read_limit(command, limit, LIMIT_RUNS_LISTED, &pending.limit))
        return CLI_USAGE;
    if (!optional_database_open(command, arena, &pending.settings, &pending.temporal.connection, &pending.database))
        return CLI_USAGE;
    enum cli_exit code = read_and_print(&pending);
    blocking_client_close(&pending.temporal);
    database_free(pending.database);
    return code;
}

const struct cli_command command_pending = {
    .name = "pending",
    .synopsis = "[--limit N] [--json]",
    .summary = "List what waits for people, and for whom",
    .help =
        "The actions that wait for the answer of a person, and those on hold, which wait for a decision about their\n"
        "failure. They are read from the histories of the open runs of the task queues in\n"
        "ICHOR_TEMPORAL_TASK_QUEUE, not from workflow.approval_requests. With the settings of a database, those\n"
        "who are asked have names instead of ids.\n"
        "\n"
        "Options:\n"
        "  --limit N     read the newest N open runs, 1 to 1000; 1000 unless it is given\n"
        "  --json        print an array of objects\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " pending\n"
        "  " PROGRAM " pending --json | jq 'group_by(.waits_for) | map({(.[0].waits_for): length}) | add'\n"
        "\n" OPTIONAL_DATABASE_HELP "\n"
        "Exit code: 0 listed, also when nothing waits, 1 not listed, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_DATABASE | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
