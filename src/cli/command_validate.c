/* validate: checks rules offline. */
#include <getopt.h>

#include "authoring/entity_columns.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "console/input_file.h"
#include "generated/services.h"
#include "rule/rule_cascades.h"
#include "rule/rule_document.h"

#define OUTPUT_BYTES MIB(64)

static void write_json_faults(struct json_writer *json, const struct rule_document *document, const char *file)
{
    for (size_t i = 0; i < document->fault_count; i++) {
        const struct rule_fault *fault = &document->faults[i];
        json_begin_object(json);
        json_member_string(json, "file", file);
        rule_fault_write_json(json, fault);
        json_end_object(json);
    }
}

static void write_json_cascades(struct json_writer *json, const struct rule_cascades *cascades, const char *file)
{
    for (size_t i = 0; i < cascades->count; i++) {
        const struct rule_cascade *cascade = &cascades->items[i];
        json_begin_object(json);
        json_member_string(json, "file", file);
        json_member_text(json, "pointer", cascade->place);
        json_member_string(json, "severity", "cascade");
        json_member_string(json, "event", cascade->event);
        json_member_text(json, "table", cascade->table);
        json_key(json, "columns");
        json_begin_array(json);
        for (size_t k = 0; k < cascade->column_count; k++)
            json_put_text(json, cascade->columns[k]);
        json_end_array(json);
        json_member_boolean(json, "fires_itself", cascade->fires_itself);
        json_end_object(json);
    }
}

/* False: the file cannot be read; reported on stderr. */
static bool read_document(const struct cli_command *command, struct arena *arena, const char *file,
                          const struct action_catalog *catalog, struct rule_document *document)
{
    struct error error = ERROR_IN(arena);
    struct text content;
    enum status status = input_file_read(arena, file, LIMIT_JSON_BYTES, &content, &error);
    if (status == STATUS_OK)
        status = rule_document_read(arena, content, catalog, document, &error);
    if (status != STATUS_OK)
        cli_fail(command, "%.*s", TEXT_ARG(error.message));
    return status == STATUS_OK;
}

/* What makes a rule bad. */
static bool is_good(const struct rule_document *document, bool strict)
{
    return document->count[RULE_FAULT_CONFIG] + document->count[RULE_FAULT_FLOW] + document->count[RULE_FAULT_FATAL] +
               (strict ? document->count[RULE_FAULT_WARNING] : 0) ==
           0;
}

static enum status write_cascades(struct arena *arena, const struct rule_document *document, const char *file,
                                  bool json, struct json_writer *writer)
{
    struct rule_cascades cascades;
    enum status status = rule_cascades_find(arena, document, &action_catalog_all, &cascades);
    if (status != STATUS_OK)
        return status;
    if (json)
        write_json_cascades(writer, &cascades, file);
    else
        rule_cascades_write(&cascades, file, writer->buffer);
    return STATUS_OK;
}

struct request {
    char **files;
    const struct action_catalog *catalog;
    bool json, strict, database, cascades;
};

static enum cli_exit validate(const struct cli_command *command, struct arena *arena, const struct request *request)
{
    bool json = request->json;
    enum cli_exit code = CLI_SUCCESS;
    struct buffer output = buffer_in(arena, OUTPUT_BYTES);
    struct json_writer writer = {&output};
    if (json)
        json_begin_array(&writer);
    for (char **file = request->files; *file != NULL; file++) {
        struct rule_document document;
        if (!read_document(command, arena, *file, request->catalog, &document)) {
            code = CLI_FAILURE;
            continue;
        }
        bool good = is_good(&document, request->strict);
        if (!good)
            code = CLI_FAILURE;
        if (json)
            write_json_faults(&writer, &document, *file);
        else
            rule_document_write_faults(&document, *file, RULE_FAULT_NOTE, &output);
        if (request->cascades && write_cascades(arena, &document, *file, json, &writer) != STATUS_OK)
            return cli_fail(command, "the output does not fit in memory");
        if (good && !json)
            buffer_print(&output, "%s: good: %zu action%s, %zu edge%s\n", *file, document.action_count,
                         document.action_count == 1 ? "" : "s", document.edge_count,
                         document.edge_count == 1 ? "" : "s");
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

/* The catalog with the columns of the database as entities. False: reported on stderr. */
static bool read_entities(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                          struct action_catalog *catalog)
{
    struct error error = ERROR_IN(arena);
    struct services services;
    *catalog = action_catalog_all;
    if (services_start(settings, 1u << SERVICE_DATABASE, &services, &error) != STATUS_OK) {
        cli_fail(command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    enum status status =
        entity_columns_read(services.database, arena, &catalog->entities, &catalog->entity_count, &error);
    services_stop(&services);
    if (status != STATUS_OK)
        cli_fail(command, "%.*s", TEXT_ARG(error.message));
    return status == STATUS_OK;
}

/* The database is needed only where it is asked for. */
static bool read_settings(const struct cli_command *command, struct arena *arena, bool database,
                          struct settings *settings)
{
    struct cli_command needing = *command;
    needing.settings |= database ? SETTINGS_DATABASE : 0;
    return cli_read_settings(&needing, arena, settings);
}

static const struct option options[] = {{"json", no_argument, NULL, 'j'},     {"strict", no_argument, NULL, 's'},
                                        {"database", no_argument, NULL, 'd'}, {"cascades", no_argument, NULL, 'c'},
                                        {"help", no_argument, NULL, 'h'},     {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct request request = {.catalog = &action_catalog_all};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'j': request.json = true; break;
        case 's': request.strict = true; break;
        case 'd': request.database = true; break;
        case 'c': request.cascades = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (optind == argc)
        return cli_usage_error(command, "which file?");
    struct settings settings;
    if (!read_settings(command, arena, request.database, &settings))
        return CLI_USAGE;
    struct action_catalog catalog;
    request.files = argv + optind;
    if (request.database) {
        if (!read_entities(command, arena, &settings, &catalog))
            return CLI_FAILURE;
        request.catalog = &catalog;
    }
    return validate(command, arena, &request);
}

const struct cli_command command_validate = {
    .name = "validate",
    .synopsis = "FILE... [--strict] [--database] [--cascades] [--json]",
    .summary = "Check rules without running them",
    .help = "FILE is a WorkflowInput or a bare graph ({\"actions\": ..., \"edges\": ...}) in JSON; - is stdin.\n"
            "Every fault is reported with its location: a JSON pointer, and the column of a template in its text.\n"
            "Errors are what cannot work, warnings what may not work. Fields of the trigger are known where the\n"
            "file has trigger_data; else they are those of its entity_name, as far as it is known.\n"
            "\n"
            "Options:\n"
            "  --strict    warnings make a rule bad too\n"
            "  --database  fields of the trigger are the columns of its entity_name in the database of ICHOR_DB_...\n"
            "  --cascades  also list what the rule's writes may trigger: other rules, and the rule itself\n"
            "  --json      the faults as a JSON array: file, pointer, column, severity, code, message; of a cascade: "
            "event,\n"
            "              table, columns, fires_itself\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " validate examples/*.json\n"
            "  curl -s https://erp.example/rules/17/graph | " PROGRAM " validate -\n"
            "\n"
            "Exit code: 0 every file is good, 1 one is not.\n",
    .settings = SETTINGS_RULES,
    .arena_bytes = MIB(512),
    .options = options,
    .run = run,
};
