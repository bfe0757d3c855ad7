/* validate: is this rule good? Nothing is started and no server is asked. */
#include <getopt.h>

#include "cli/cli.h"
#include "cli/document.h"

#define OUTPUT_BYTES MIB(64)

static void print_json(const struct document *document, const char *file, struct buffer *json, size_t *printed)
{
    for (size_t i = 0; i < document->fault_count; i++) {
        const struct document_fault *fault = &document->faults[i];
        buffer_add(json, (*printed)++ > 0 ? TEXT(",\n ") : TEXT("\n "));
        buffer_add(json, TEXT("{\"file\":"));
        json_write_string(json, text_from(file));
        buffer_add(json, TEXT(",\"place\":"));
        json_write_string(json, fault->place);
        buffer_print(json, ",\"severity\":\"%s\",\"message\":", fault_kind_name(fault->kind));
        json_write_string(json, fault->message);
        buffer_add_byte(json, '}');
    }
}

/* False: the file cannot be read; already told. */
static bool judge(const struct cli_command *command, struct arena *arena, const char *file, struct document *document)
{
    struct error error = ERROR_IN(arena);
    struct text content;
    enum status status = cli_read_file(arena, file, LIMIT_JSON_BYTES, &content, &error);
    if (status == STATUS_OK)
        status = document_read(arena, content, &action_catalog_all, document, &error);
    if (status != STATUS_OK)
        cli_fail(command, "%.*s", TEXT_ARG(error.message));
    return status == STATUS_OK;
}

static enum cli_exit validate(const struct cli_command *command, struct arena *arena, char **files, bool json)
{
    enum cli_exit code = CLI_GOOD;
    struct buffer output = buffer_in(arena, OUTPUT_BYTES);
    size_t printed = 0;
    for (char **file = files; *file != NULL; file++) {
        struct document document;
        if (!judge(command, arena, *file, &document)) {
            code = CLI_BAD;
            continue;
        }
        bool good = document.count[FAULT_CONFIG] + document.count[FAULT_RULE] == 0;
        if (!good)
            code = CLI_BAD;
        if (json)
            print_json(&document, *file, &output, &printed);
        else
            document_print_faults(&document, *file, FAULT_WARNING, &output);
        if (good && !json)
            buffer_print(&output, "%s: good: %zu actions, %zu edges\n", *file, document.action_count,
                         document.edge_count);
    }
    struct text text = buffer_text(&output);
    if (text.data == NULL)
        return cli_fail(command, "there is more to say than fits in memory");
    if (json)
        cli_print(TEXT("["));
    cli_print(text);
    if (json)
        cli_print(printed > 0 ? TEXT("\n]\n") : TEXT("]\n"));
    return cli_end(command, code);
}

static enum cli_exit run(const struct cli_command *command, int argc, char **argv)
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
        return cli_usage(command, "which file?");
    struct arena *arena = arena_new(MIB(512), 0);
    if (arena == NULL)
        return cli_fail(command, "out of memory");
    enum cli_exit code = validate(command, arena, argv + optind, json);
    arena_free(arena);
    return code;
}

const struct cli_command command_validate = {
    .name = "validate",
    .synopsis = "FILE... [--json]",
    .summary = "Judge rules without running them",
    .help = "FILE is a WorkflowInput or a bare graph ({\"actions\": ..., \"edges\": ...}) in JSON; - is stdin.\n"
            "Every fault is told with its place, a JSON pointer. Warnings do not make a rule bad.\n"
            "\n"
            "Options:\n"
            "  --json    the faults as a JSON array: file, place, severity, message\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " validate examples/*.json\n"
            "  curl -s https://erp.example/rules/17/graph | " PROGRAM " validate -\n"
            "\n"
            "Exit code: 0 every file is good, 1 one is not.\n",
    .run = run,
};
