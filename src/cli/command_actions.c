/* actions: lists and explains the actions of the registry. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "action/registry.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/named_action.h"

#define COLUMNS 80
#define MARGIN  4

static const char *const groups[] = {[GROUP_CORE] = "core", [GROUP_EXTENDED] = "extended"};
static const char *const modes[] = {
    [ACTION_MODE_SYNC] = "sync", [ACTION_MODE_ASYNC] = "async", [ACTION_MODE_HUMAN] = "human"};
static const char *const effects[] = {
    [EFFECTS_PURE] = "pure", [EFFECTS_READ] = "read", [EFFECTS_WRITE] = "write", [EFFECTS_EXTERNAL] = "external"};
static const char *const dispatches[] = {
    [DISPATCH_LOCAL] = "local", [DISPATCH_ACTIVITY] = "activity", [DISPATCH_ENGINE] = "engine"};

/* Wraps the text into indented lines. */
static void print_wrapped(struct text text)
{
    size_t used = 0;
    while (text.data != NULL) {
        struct text word = text_split(&text, ' ');
        if (used > 0 && used + 1 + word.size > COLUMNS) {
            putchar('\n');
            used = 0;
        }
        used += (size_t)printf("%*s%.*s", used > 0 ? 1 : MARGIN, "", TEXT_ARG(word));
    }
    putchar('\n');
}

static void print_table(void)
{
    int width = 4;
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        int size = (int)strlen(action_catalog_all.types[i].name);
        width = size > width ? size : width;
    }
    printf("%-*s  %-8s  %-5s  %-8s  %s\n", width, "NAME", "GROUP", "MODE", "EFFECTS", "DISPATCH");
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        printf("%-*s  %-8s  %-5s  %-8s  %s\n", width, type->name, groups[type->group], modes[type->mode],
               effects[type->effects], dispatches[type->dispatch]);
        print_wrapped(text_from(type->summary));
        if (type->deprecated != NULL)
            printf("%*sDeprecated: %s\n", MARGIN, "", type->deprecated);
    }
}

static void write_columns(struct json_writer *json, const char *key, const char *const *columns)
{
    if (columns == NULL)
        return;
    json_key(json, key);
    json_begin_array(json);
    for (; *columns != NULL; columns++)
        json_put_text(json, text_from(*columns));
    json_end_array(json);
}

static void write_modifications(struct json_writer *json, const struct action_type *type)
{
    json_key(json, "modifies");
    json_begin_array(json);
    for (size_t i = 0; i < type->modification_count; i++) {
        const struct action_modification *modification = &type->modifications[i];
        json_begin_object(json);
        json_member_string(json, "table", modification->table);
        write_columns(json, "create", modification->on_create);
        write_columns(json, "update", modification->on_update);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_json(struct json_writer *json, const struct action_type *type)
{
    json_begin_object(json);
    json_member_string(json, "name", type->name);
    json_member_string(json, "group", groups[type->group]);
    json_member_string(json, "mode", modes[type->mode]);
    json_member_string(json, "effects", effects[type->effects]);
    json_member_string(json, "dispatch", dispatches[type->dispatch]);
    json_member_boolean(json, "idempotent", type->idempotent);
    json_key(json, "outputs");
    json_begin_array(json);
    for (size_t i = 0; i < type->output_count; i++)
        json_put_text(json, text_from(type->outputs[i]));
    json_end_array(json);
    if (type->modification_count > 0)
        write_modifications(json, type);
    json_member_string(json, "summary", type->summary);
    if (type->deprecated != NULL)
        json_member_string(json, "deprecated", type->deprecated);
    json_end_object(json);
}

static enum cli_exit print_json(const struct cli_command *command, struct arena *arena, const struct action_type *only)
{
    struct buffer output = buffer_in(arena, MIB(4));
    struct json_writer json = {&output};
    if (only != NULL) {
        write_json(&json, only);
    } else {
        json_begin_array(&json);
        for (size_t i = 0; i < action_catalog_all.count; i++)
            write_json(&json, &action_catalog_all.types[i]);
        json_end_array(&json);
    }
    buffer_add_byte(&output, '\n');
    cli_print(buffer_text(&output));
    return cli_finish(command, CLI_SUCCESS);
}

static void print_lines(const char *text)
{
    size_t size = strlen(text);
    cli_print(text_from(text));
    if (size == 0 || text[size - 1] != '\n')
        cli_print(TEXT("\n"));
}

static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                        {"json-schema", no_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    bool json = false, schema = false;
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        if (option != 'j' && option != 's')
            return cli_option_end(command, option);
        json = json || option == 'j';
        schema = schema || option == 's';
    }
    if (argc - optind > 1)
        return cli_usage_error(command, "one action at a time");
    const char *name = argv[optind];
    if (schema && name == NULL)
        return cli_usage_error(command, "--json-schema of which action?");
    const struct action_type *type = NULL;
    if (name != NULL && (type = find_action_type(command, name)) == NULL)
        return CLI_FAILURE;
    if (json)
        return print_json(command, arena, type);
    if (schema)
        print_lines(type->json_schema);
    else if (type != NULL)
        print_lines(type->documentation);
    else
        print_table();
    return cli_finish(command, CLI_SUCCESS);
}

const struct cli_command command_actions = {
    .name = "actions",
    .synopsis = "[NAME] [--json | --json-schema]",
    .summary = "List the actions that rules can use, or explain one",
    .help = "Options:\n"
            "  --json           as JSON\n"
            "  --json-schema    the JSON Schema (2020-12) of NAME's config\n"
            "\n"
            "Columns: MODE sync: ends when its handler returns; async, human: completed later.\n"
            "EFFECTS pure, read, write: on the database; external: on other systems.\n"
            "DISPATCH local: runs inside the workflow task; activity: runs as a Temporal activity;\n"
            "engine: the engine performs it itself.\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " actions\n"
            "  " PROGRAM " actions update_field\n"
            "  " PROGRAM " actions update_field --json-schema > update_field.schema.json\n"
            "\n"
            "Exit code: 0, or 1 when no action NAME exists.\n",
    .arena_bytes = MIB(16),
    .options = options,
    .run = run,
};
