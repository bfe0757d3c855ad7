/* diff: what differs between two versions of a rule, and which recorded runs would go another way. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authoring/back_test.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "console/input_file.h"

#define OUTPUT_BYTES  MIB(256)
#define HISTORY_BYTES MIB(4096)

/* As of the tool `diff`: a file cannot be read. */
#define DIFF_TROUBLE CLI_USAGE

struct tested {
    struct text file; /* its name in the folder */
    struct back_test test;
};

struct diffing {
    const struct cli_command *command;
    struct arena *arena;
    const char *old_file, *new_file, *folder; /* folder NULL: no histories */
    bool json;
    struct rule_version old, new;
    struct rule_changes changes;
    struct tested *tested; /* of this rule */
    size_t tested_count, same, others;
};

/* ---- the versions ---- */

static bool read_version(const struct diffing *diffing, const char *file, struct rule_version *version)
{
    struct error error = ERROR_IN(diffing->arena);
    if (input_file_read_json(diffing->arena, file, &version->document, &error) != STATUS_OK) {
        cli_fail(diffing->command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    const struct json_value *graph = json_get_lenient(&version->document, TEXT("graph"));
    enum status status = graph_read(diffing->arena, diffing->arena, graph != NULL ? graph : &version->document,
                                    graph != NULL ? TEXT("/graph") : TEXT(""), &version->graph, NULL, &error);
    if (status != STATUS_OK)
        cli_fail(diffing->command, "%s: %.*s: %.*s", input_file_name(file), TEXT_ARG(error.where),
                 TEXT_ARG(error.message));
    return status == STATUS_OK;
}

/* ---- the histories ---- */

static int is_history(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && text_ends(text_from(entry->d_name), TEXT(".json"));
}

/* Only its verdict is kept. False: reported on stderr. */
static bool test_history(struct diffing *diffing, const char *path, struct back_test *test)
{
    struct arena *arena = arena_new(HISTORY_BYTES, 0);
    if (arena == NULL) {
        cli_out_of_memory(diffing->command);
        return false;
    }
    struct error error = ERROR_IN(arena);
    struct text content;
    struct history_json history;
    enum status status = input_file_read(arena, path, LIMIT_JSON_BYTES, &content, &error);
    if (status == STATUS_OK)
        status = history_json_read(arena, content, &history, &error);
    if (status == STATUS_OK)
        status = back_test_run(arena, &history, &diffing->old, &diffing->new, test, &error);
    if (status == STATUS_OK) {
        test->action = arena_copy(diffing->arena, test->action);
        test->reason = arena_copy(diffing->arena, test->reason);
    } else {
        cli_fail(diffing->command, "%s: %.*s%s%.*s", path, TEXT_ARG(error.where), error.where.size > 0 ? ": " : "",
                 TEXT_ARG(error.message));
    }
    arena_free(arena);
    return status == STATUS_OK;
}

static bool test_entry(struct diffing *diffing, const char *name)
{
    struct text path = arena_print(diffing->arena, "%s/%s", diffing->folder, name);
    struct tested *tested = &diffing->tested[diffing->tested_count];
    tested->file = arena_copy(diffing->arena, text_from(name));
    if (path.data == NULL || tested->file.data == NULL) {
        cli_out_of_memory(diffing->command);
        return false;
    }
    if (!test_history(diffing, path.data, &tested->test))
        return false;
    if (tested->test.verdict == BACK_TEST_OTHER_RULE)
        diffing->others++;
    else
        diffing->tested_count++;
    diffing->same += tested->test.verdict == BACK_TEST_SAME_WAY;
    return true;
}

/* False when the folder, or any of its histories, cannot be read. */
static bool test_histories(struct diffing *diffing)
{
    struct dirent **entries;
    int count = scandir(diffing->folder, &entries, is_history, alphasort);
    if (count < 0) {
        cli_fail(diffing->command, "cannot read %s: %s", diffing->folder, strerrordesc_np(errno));
        return false;
    }
    diffing->tested = ARENA_ARRAY(diffing->arena, (size_t)count, struct tested);
    bool good = diffing->tested != NULL;
    for (int i = 0; i < count; i++) {
        if (diffing->tested != NULL && !test_entry(diffing, entries[i]->d_name))
            good = false;
        free(entries[i]);
    }
    free(entries);
    return good;
}

/* ---- writing ---- */

static void write_histories(const struct diffing *diffing, struct buffer *buffer)
{
    buffer_print(buffer, "%shistories: %zu go the same way, %zu another way", diffing->changes.count > 0 ? "\n" : "",
                 diffing->same, diffing->tested_count - diffing->same);
    if (diffing->others > 0)
        buffer_print(buffer, "; %zu are of other rules", diffing->others);
    buffer_add_byte(buffer, '\n');
    for (size_t i = 0; i < diffing->tested_count; i++) {
        const struct tested *tested = &diffing->tested[i];
        if (tested->test.verdict == BACK_TEST_OTHER_WAY)
            buffer_print(buffer, "  %.*s: %.*s %.*s\n", TEXT_ARG(tested->file), TEXT_ARG(tested->test.action),
                         TEXT_ARG(tested->test.reason));
    }
}

static void write_json_histories(const struct diffing *diffing, struct json_writer *json)
{
    json_key(json, "histories");
    json_begin_object(json);
    json_member_integer(json, "same_way", (int64_t)diffing->same);
    json_member_integer(json, "other_way", (int64_t)(diffing->tested_count - diffing->same));
    json_member_integer(json, "other_rules", (int64_t)diffing->others);
    json_key(json, "runs");
    json_begin_array(json);
    for (size_t i = 0; i < diffing->tested_count; i++) {
        const struct tested *tested = &diffing->tested[i];
        json_begin_object(json);
        json_member_text(json, "file", tested->file);
        json_member_boolean(json, "same_way", tested->test.verdict == BACK_TEST_SAME_WAY);
        json_member_boolean(json, "open", tested->test.open);
        json_member_text_or_null(json, "action", tested->test.action);
        json_member_text_or_null(json, "reason", tested->test.reason);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

static void write_json(const struct diffing *diffing, struct buffer *buffer)
{
    struct json_writer json = {buffer};
    json_begin_object(&json);
    json_key(&json, "changes");
    rule_changes_write_json(&diffing->changes, &json);
    if (diffing->folder != NULL)
        write_json_histories(diffing, &json);
    json_end_object(&json);
    buffer_add_byte(buffer, '\n');
}

static enum cli_exit print(const struct diffing *diffing, bool complete)
{
    struct buffer buffer = buffer_in(diffing->arena, OUTPUT_BYTES);
    if (diffing->json)
        write_json(diffing, &buffer);
    else
        rule_changes_write(&diffing->changes, &buffer);
    if (!diffing->json && diffing->folder != NULL)
        write_histories(diffing, &buffer);
    struct text text = buffer_text(&buffer);
    if (text.data == NULL) {
        cli_fail(diffing->command, "the output does not fit in memory");
        return DIFF_TROUBLE;
    }
    cli_print(text);
    bool differ = diffing->changes.count > 0 || diffing->same < diffing->tested_count;
    enum cli_exit code = !complete ? DIFF_TROUBLE : differ ? CLI_FAILURE : CLI_SUCCESS;
    return cli_finish(diffing->command, code) == code ? code : DIFF_TROUBLE;
}

/* ---- the command ---- */

static enum cli_exit diff(struct diffing *diffing)
{
    if (!read_version(diffing, diffing->old_file, &diffing->old) ||
        !read_version(diffing, diffing->new_file, &diffing->new))
        return DIFF_TROUBLE;
    struct error error = ERROR_IN(diffing->arena);
    diffing->changes.arena = diffing->arena;
    if (rule_diff(&diffing->old, &diffing->new, &diffing->changes, &error) != STATUS_OK) {
        cli_fail(diffing->command, "%.*s", TEXT_ARG(error.message));
        return DIFF_TROUBLE;
    }
    bool complete = diffing->folder == NULL || test_histories(diffing);
    return print(diffing, complete);
}

static const struct option options[] = {{"histories", required_argument, NULL, 'd'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct diffing diffing = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'd': diffing.folder = optarg; break;
        case 'j': diffing.json = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 2)
        return cli_usage_error(command, "which two files?");
    struct settings settings;
    if (!cli_read_settings(command, arena, &settings))
        return CLI_USAGE;
    diffing.old_file = argv[optind];
    diffing.new_file = argv[optind + 1];
    return diff(&diffing);
}

const struct cli_command command_diff = {
    .name = "diff",
    .synopsis = "OLD NEW [--histories DIR] [--json]",
    .summary = "Compare two versions of a rule, and replay recorded runs on the new one",
    .help =
        "OLD and NEW are WorkflowInputs or bare graphs in JSON. Actions are compared by id, edges by their ends and\n"
        "output.\n"
        "\n"
        "Options:\n"
        "  --histories DIR    the *.json in DIR are histories, as 'temporal workflow show --output json' prints\n"
        "                     them: says which of those runs would go another way with NEW, and where first.\n"
        "                     Actions without effects are performed anew, others end as recorded\n"
        "  --json             {\"changes\": [...], \"histories\": {...}}\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " diff saved.json edited.json\n"
        "  " PROGRAM " diff saved.json edited.json --histories runs/\n"
        "\n"
        "Exit code: 0 no difference, 1 differences, 2 a file cannot be read or wrong usage.\n",
    .settings = SETTINGS_RULES,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
