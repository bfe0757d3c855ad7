/* test: plays the test cases of rules. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "authoring/rule_test_file.h"
#include "authoring/test_files.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "console/input_file.h"
#include "rule/test_report.h"

#define FILE_ARENA_BYTES MIB(2048)
#define OUTPUT_BYTES     MIB(256)

struct request {
    const struct cli_command *command;
    struct arena *arena;
    const char *junit;
    bool json, all_edges, force;
    struct test_totals totals;
    size_t rules_without_cases;
    struct buffer output, xml;
    struct json_writer writer; /* of the output */
};

static bool print_output(struct request *request, struct buffer *buffer)
{
    struct text text = buffer_text(buffer);
    cli_print(text);
    fflush(stdout);
    if (text.data == NULL)
        cli_fail(request->command, "the output does not fit in memory");
    return text.data != NULL;
}

static bool report(struct request *request, struct arena *arena, const char *file, const char *rule_file,
                   const struct rule_test *test)
{
    test_totals_add(&request->totals, test);
    if (request->junit != NULL)
        test_junit_write(&request->xml, file, test);
    if (request->json) {
        test_report_write_json(&request->writer, file, rule_file, test);
        return true;
    }
    struct buffer lines = buffer_in(arena, OUTPUT_BYTES);
    test_report_write(&lines, file, rule_file, test);
    return print_output(request, &lines);
}

/* False: the file cannot be read or its report cannot be written; reported on stderr. */
static bool run_file(struct request *request, const char *file)
{
    struct arena *arena = arena_new(FILE_ARENA_BYTES, 0);
    if (arena == NULL) {
        cli_out_of_memory(request->command);
        return false;
    }
    struct error error = ERROR_IN(arena);
    struct rule_test test;
    const char *rule_file;
    bool good = rule_test_file(arena, file, request->force, &rule_file, &test, &error) == STATUS_OK;
    if (good)
        good = report(request, arena, file, rule_file, &test);
    else
        cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
    arena_free(arena);
    return good;
}

static bool has_graph(const struct json_value *document)
{
    const struct json_value *graph = json_get_lenient(document, TEXT("graph"));
    const struct json_value *actions = json_get_lenient(graph != NULL ? graph : document, TEXT("actions"));
    return actions != NULL && actions->type == JSON_ARRAY;
}

/* Whether the file is a rule: other JSON may stand beside rules. */
static bool is_rule(const char *file)
{
    struct arena *arena = arena_new(FILE_ARENA_BYTES, 0);
    struct json_value value;
    bool found = arena != NULL && input_file_read_json(arena, file, &value, NULL) == STATUS_OK && has_graph(&value);
    arena_free(arena);
    return found;
}

static void report_rules_without_cases(struct request *request, const struct test_files *files)
{
    for (size_t i = 0; i < files->rule_count; i++) {
        if (!is_rule(files->rules[i]))
            continue;
        request->rules_without_cases++;
        if (!request->json)
            printf("%s: has no cases\n", files->rules[i]);
    }
}

static bool write_junit(struct request *request)
{
    struct text text = buffer_text(&request->xml);
    FILE *stream = text.data != NULL ? fopen(request->junit, "we") : NULL;
    bool written = stream != NULL && fwrite(text.data, 1, text.size, stream) == text.size;
    written = (stream == NULL || fclose(stream) == 0) && written;
    if (text.data == NULL)
        cli_fail(request->command, "the output does not fit in memory");
    else if (!written)
        cli_fail(request->command, "cannot write %s: %s", request->junit, strerrordesc_np(errno));
    return written;
}

/* The end of the output. */
static bool print_totals(struct request *request, const struct test_files *files)
{
    report_rules_without_cases(request, files);
    if (!request->json) {
        test_totals_write(&request->output, &request->totals);
        return print_output(request, &request->output);
    }
    json_end_array(&request->writer);
    test_totals_write_json(&request->writer, &request->totals);
    json_member_integer(&request->writer, "rules_without_cases", (int64_t)request->rules_without_cases);
    json_end_object(&request->writer);
    buffer_add_byte(&request->output, '\n');
    return print_output(request, &request->output);
}

static enum cli_exit run_files(struct request *request, const struct test_files *files)
{
    bool good = true;
    request->output = buffer_in(request->arena, OUTPUT_BYTES);
    request->xml = buffer_in(request->arena, OUTPUT_BYTES);
    request->writer = (struct json_writer){&request->output};
    if (request->json) {
        json_begin_object(&request->writer);
        json_key(&request->writer, "results");
        json_begin_array(&request->writer);
    }
    test_junit_begin(&request->xml);
    for (size_t i = 0; i < files->case_count; i++)
        good = run_file(request, files->cases[i]) && good;
    test_junit_end(&request->xml);
    good = print_totals(request, files) && good;
    if (request->junit != NULL)
        good = write_junit(request) && good;
    const struct test_totals *totals = &request->totals;
    good = good && totals->failed == 0 && totals->faulty == 0;
    if (request->all_edges)
        good = good && totals->untaken == 0 && request->rules_without_cases == 0;
    return cli_finish(request->command, good ? CLI_SUCCESS : CLI_FAILURE);
}

static const struct option options[] = {{"junit", required_argument, NULL, 'u'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"require-all-edges", no_argument, NULL, 'e'},
                                        {"force", no_argument, NULL, 'f'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct request request = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'u': request.junit = optarg; break;
        case 'j': request.json = true; break;
        case 'e': request.all_edges = true; break;
        case 'f': request.force = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (optind == argc)
        return cli_usage_error(command, "which folder or file?");
    struct settings settings;
    if (!cli_read_settings(command, arena, &settings))
        return CLI_USAGE;
    struct test_files files = {0};
    struct error error = ERROR_IN(arena);
    for (char **path = argv + optind; *path != NULL; path++)
        if (test_files_add(arena, *path, &files, &error) != STATUS_OK)
            return cli_fail(command, "%.*s", TEXT_ARG(error.message));
    if (files.case_count == 0 && files.rule_count == 0)
        return cli_fail(command, "no file NAME" CASES_SUFFIX " is there");
    return run_files(&request, &files);
}

const struct cli_command command_test = {
    .name = "test",
    .synopsis = "FOLDER|FILE... [--require-all-edges] [--force] [--junit FILE] [--json]",
    .summary = "Test rules with cases that are kept beside them",
    .help =
        "The cases of the rule NAME.json are in NAME" CASES_SUFFIX " beside it, or in the folder tests/ there. Plays\n"
        "each of them as 'simulate' does, with a clock of its own: delays, retries and answers of people take no "
        "time.\n"
        "Needs no server and performs nothing that has effects. Says which cases fail and why, and which edges no\n"
        "case takes. Of a folder all files are tested, also those in the folders in it. docs/testing-rules.md\n"
        "describes the file.\n"
        "\n"
        "  {\"cases\": [{\"name\": \"finance lets it pass\",\n"
        "              \"outcomes\": {\"ask_finance\": [{\"after\": \"2h\", \"result\": {\"output\": "
        "\"approved\"}}]},\n"
        "              \"expect\": {\"ran\": [\"check_credit\", \"ask_finance\", \"mail_customer\", \"tell_sales\"],\n"
        "                         \"configs\": {\"tell_sales\": {\"title\": \"Credit hold: SO-2026-1041\"}}}}]}\n"
        "\n"
        "Options:\n"
        "  --require-all-edges    fail, too, if no case takes an edge, or if a rule in a folder has no cases\n"
        "  --force                play a rule in spite of errors that 'validate' finds in its flow of data\n"
        "  --junit FILE           also write the outcome as JUnit's XML, for CI\n"
        "  --json                 {\"results\": [{\"file\", \"rule\", \"faults\", \"rule_errors\", \"cases\", "
        "\"edges\", "
        "\"untaken\"}], "
        "\"files\",\n"
        "                         \"cases\", \"passed\", \"failed\", \"faulty\", \"edges\", \"untaken\", "
        "\"rules_without_cases\"}\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " test examples --require-all-edges\n"
        "  " PROGRAM " replay --as-test history.json > rule" CASES_SUFFIX "\n"
        "\n"
        "Exit code: 0 every case passes, 1 one does not, or a file is not good.\n",
    .settings = SETTINGS_RULES,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
