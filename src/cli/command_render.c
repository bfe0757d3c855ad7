/* render: expands a template. */
#include <getopt.h>
#include <stdio.h>

#include "authoring/standalone_action.h"
#include "base/limits.h"
#include "cli/commands.h"

/* An action type whose config has one field, the template. */
static const struct action_reference field = {.path = "template", .kind = REFERENCE_TEMPLATE};
static const struct action_type type = {.name = "render", .references = &field, .reference_count = 1};

static enum cli_exit render(const struct cli_command *command, struct arena *arena, struct text template,
                            const char *context)
{
    struct error error = ERROR_IN(arena);
    struct action_request request;
    enum status status = standalone_action_request(arena, type.name, context, &request, &error);
    const struct json_member member = {text_from(field.path), json_string(template)};
    request.config = json_object(&member, 1);
    const struct action_environment environment = standalone_action_environment(arena);
    struct json_value expanded;
    struct template_notes notes = {0};
    if (status == STATUS_OK)
        status = action_expand(&environment, arena, &request, &type, &expanded, &notes, &error);
    if (status != STATUS_OK)
        return cli_fail(command, "%.*s", TEXT_ARG(error.message));
    for (size_t i = 0; i < notes.warning_count; i++)
        fprintf(stderr, PROGRAM " render: warning: %.*s\n", TEXT_ARG(notes.warnings[i].text));
    cli_print(json_get_text(&expanded, text_from(field.path)));
    cli_print(TEXT("\n"));
    return cli_finish(command, CLI_SUCCESS);
}

static const struct option options[] = {
    {"context", required_argument, NULL, 'x'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    const char *context = NULL;
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        if (option != 'x')
            return cli_option_end(command, option);
        context = optarg;
    }
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "which template?" : "one template at a time; quote it");
    struct text template = text_from(argv[optind]);
    if (!text_is_utf8(template))
        return cli_usage_error(command, "the template is not valid UTF-8");
    return render(command, arena, template, context);
}

const struct cli_command command_render = {
    .name = "render",
    .synopsis = "[--context FILE] TEMPLATE",
    .summary = "Fill in a template",
    .help = "Prints the text that an action would get for TEMPLATE, and a newline. Warnings, as about a missing\n"
            "variable, go to stderr.\n"
            "\n"
            "Options:\n"
            "  --context FILE    the variables: a JSON object of trigger fields and results; - is stdin\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " render --context order.json 'Order {{number}}: {{total | currency:EUR}}'\n"
            "  echo '{\"qty\": 3, \"price\": 9.99}' | " PROGRAM " render --context - '{{expr: qty * price}}'\n"
            "\n"
            "Exit code: 0, or 1 when the context cannot be read or the text grows too large.\n",
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
