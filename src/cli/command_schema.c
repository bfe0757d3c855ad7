/* schema: prints JSON Schemas. */
#include <getopt.h>
#include <string.h>

#include "action/registry.h"
#include "cli/commands.h"

static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *unused, int argc, char **argv)
{
    (void)unused;
    int option = cli_option(command, argc, argv);
    if (option != -1)
        return cli_option_end(command, option);
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "of what? 'schema rule'" : "one at a time");
    if (strcmp(argv[optind], "rule") != 0)
        return cli_usage_error(command, "no schema of '%s': 'schema rule', or 'actions NAME --json-schema'",
                               argv[optind]);
    cli_print(text_from(rule_json_schema));
    return cli_finish(command, CLI_SUCCESS);
}

const struct cli_command command_schema = {
    .name = "schema",
    .synopsis = "rule",
    .summary = "Print the JSON Schema of a rule, for editors and form builders",
    .help =
        "JSON Schema 2020-12 of a WorkflowInput or a bare graph: the config of each action is judged by the schema of\n"
        "its type. It accepts what validate accepts, as far as a schema can see: it knows neither edges to actions\n"
        "that do not exist, nor cycles, nor what templates read. Case matters in keys.\n"
        "\n"
        "Each field has a title, a description, x-order (its place) and x-widget (how it is edited: text, template,\n"
        "number, checkbox, select, id, datetime, duration, value, list, map, group, json, action, output, graph).\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " schema rule > rule.schema.json\n"
        "  check-jsonschema --schemafile rule.schema.json examples/*.json\n",
    .arena_bytes = KIB(64),
    .options = options,
    .run = run,
};
