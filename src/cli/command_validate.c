/* validate: checks rules offline. */
#include <getopt.h>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/input_file.h"
#include "rule/rule_document.h"

#define OUTPUT_BYTES MIB(64)

static void write_json_faults(struct json_writer *json, const struct rule_document *document, const char *file)
{
    for (size_t i = 0; i < document->fault_count; i++) {
        const struct rule_fault *fault = &document->faults[i];
        json_begin_object(json);
        json_member_string(json, "file", file);
        json_member_text(json, "place", fault->location);
        json_member_string(json, "severity", rule_fault_severity(fault->kind));
        json_member_text(json, "message", fault->message);
        json_end_object(json);
    }
}

/* False: the file cannot be read; reported on stderr. */
static bool read_document(const struct cli_command *command, struct arena *arena, const char *file,
                          struct rule_document *document)
{
    struct error error = ERROR_IN(arena);
    struct text content;
    enum status status = input_file_read(arena, file, LIMIT_JSON_BYTES, &content, &error);
    if (status == STATUS_OK)
        status = rule_document_read(arena, content, &action_catalog_all, document, &error);
    if (status != STATUS_OK)
        cli_fail(command, "%.*s", TEXT_ARG(error.message));
    return status == STATUS_OK;
}

static enum cli_exit validate(const struct cli_command *command, struct arena *arena, char **files, bool json)
{
    enum cli_exit code = CLI_SUCCESS;
    struct buffer output = buffer_in(arena, OUTPUT_BYTES);
    struct json_writer writer = {&output};
    if (json)
        json_begin_array(&writer);
    for (char **file = files; *file != NULL; file++) {
        struct rule_document document;
        if (!read_document(command, arena, *file, &document)) {
            code = CLI_FAILURE;
            continue;
        }
        bool good = document.count[RULE_FAULT_CONFIG] + document.count[RULE_FAULT_FATAL] == 0;
        if (!good)
            code = CLI_FAILURE;
        if (json)
            write_json_faults(&writer, &document, *file);
        else
            rule_document_write_faults(&document, *file, RULE_FAULT_WARNING, &output);
        if (good && !json)
            buffer_print(&output, "%s: good: %zu actions, %zu edges\n", *file, document.action_count,
                         document.edge_count);
    }
    if (json) {
        json_end_array(&writer);
        buffer_add_byte(&output, '\n');
    }
    struct text text = buffer_text(&output);
    if (text.data == NULL)
        return cli_fail(command, "the output does not fit in memory");
    cli_print(text);
    return cli_finish(command, code);
}

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    bool json = false;
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        if (option != 'j')
            return cli_option_end(command, option);
        json = true;
    }
    if (optind == argc)
        return cli_usage_error(command, "which file?");
    struct settings settings;
    if (!cli_read_settings(command, arena, &settings))
        return CLI_USAGE;
    return validate(command, arena, argv + optind, json);
}

const struct cli_command command_validate = {
    .name = "validate",
    .synopsis = "FILE... [--json]",
    .summary = "Check rules without running them",
    .help = "FILE is a WorkflowInput or a bare graph ({\"actions\": ..., \"edges\": ...}) in JSON; - is stdin.\n"
            "Every fault is reported with its location, a JSON pointer. Warnings do not make a rule bad.\n"
            "\n"
            "Options:\n"
            "  --json    the faults as a JSON array: file, place, severity, message\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " validate examples/*.json\n"
            "  curl -s https://erp.example/rules/17/graph | " PROGRAM " validate -\n"
            "\n"
            "Exit code: 0 every file is good, 1 one is not.\n",
    .settings = SETTINGS_RULES,
    .arena_bytes = MIB(512),
    .run = run,
};
