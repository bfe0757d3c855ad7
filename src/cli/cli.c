#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/registry.h"
#include "base/log.h"

static const struct cli_command *const commands[] = {
    &command_run,      &command_start,  &command_complete, &command_actions, &command_validate,
    &command_simulate, &command_replay, &command_try,      &command_render,  &command_migrate};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* ---- help ---- */

enum cli_exit cli_print_help(const struct cli_command *command)
{
    printf("Usage: " PROGRAM " %s%s%s\n\n%s.\n\n%s", command->name, command->synopsis[0] != '\0' ? " " : "",
           command->synopsis, command->summary, command->help);
    if (command->settings != 0) {
        struct arena *arena = arena_new(MIB(1), 0);
        struct buffer settings = buffer_in(arena, KIB(64));
        settings_describe(&settings, command->settings);
        printf("\nSettings, from the environment:\n");
        cli_print(buffer_text(&settings));
        arena_free(arena);
    }
    return cli_end(command, CLI_GOOD);
}

static enum cli_exit print_overview(void)
{
    printf("Usage: " PROGRAM " [COMMAND] [OPTION...]\n\n"
           "Executes the rules of the Ichor ERP on a Temporal server: each rule is a graph of actions.\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
    printf("  %-9s %s\n\n", "help", "This list, or with a command's name what that command takes");
    printf("Without a command: run.\n\nExamples:\n"
           "  " PROGRAM " help start              what start takes, with examples\n"
           "  " PROGRAM " validate rule.json      is this rule good?\n"
           "  " PROGRAM " actions update_field    how is this action configured?\n"
           "  " PROGRAM " --version\n\n"
           "Exit code: 0 good, 1 the thing asked about is bad, 2 wrong usage or settings.\n");
    return CLI_GOOD;
}

/* ---- telling ---- */

static void tell(const struct cli_command *command, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

static void tell(const struct cli_command *command, const char *format, va_list arguments)
{
    fprintf(stderr, PROGRAM "%s%s: ", command != NULL ? " " : "", command != NULL ? command->name : "");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

enum cli_exit cli_usage(const struct cli_command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(command, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try '" PROGRAM " help%s%s'.\n", command != NULL ? " " : "", command != NULL ? command->name : "");
    return CLI_USAGE;
}

enum cli_exit cli_fail(const struct cli_command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(command, format, arguments);
    va_end(arguments);
    return CLI_BAD;
}

void cli_print(struct text text)
{
    if (text.size > 0)
        fwrite(text.data, 1, text.size, stdout);
}

enum cli_exit cli_end(const struct cli_command *command, enum cli_exit code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    return cli_fail(command, "cannot write the output: %s", strerrordesc_np(errno));
}

/* ---- options, settings, files ---- */

int cli_option(const struct cli_command *command, int argc, char **argv, const struct option *options)
{
    opterr = 0;
    int option = getopt_long(argc, argv, ":h", options, NULL);
    if (option == ':')
        cli_usage(command, "option %s needs a value", argv[optind - 1]);
    else if (option == '?')
        cli_usage(command, "unknown option %s", argv[optind - 1]);
    return option == ':' ? '?' : option;
}

enum cli_exit cli_option_end(const struct cli_command *command, int option)
{
    return option == 'h' ? cli_print_help(command) : CLI_USAGE;
}

const char *cli_lookup(const char *name)
{
    return getenv(name);
}

bool cli_settled(const struct cli_command *command, const struct settings *settings,
                 const struct settings_faults *faults)
{
    if (faults->count > 0) {
        struct text told = settings_faults_text(faults);
        cli_usage(command, "%.*s", TEXT_ARG(told));
        return false;
    }
    if ((command->settings & SETTINGS_LOG) != 0)
        log_set_level((enum log_level)settings->log_level);
    return true;
}

bool cli_settings(const struct cli_command *command, struct arena *arena, struct settings *settings)
{
    *settings = (struct settings){0};
    struct settings_faults faults = {.arena = arena};
    settings_read(command->settings, cli_lookup, settings, &faults);
    return cli_settled(command, settings, &faults);
}

static enum status read_stream(struct arena *arena, FILE *stream, const char *path, size_t limit, struct text *content,
                               struct error *error)
{
    struct buffer buffer = buffer_in(arena, limit);
    char chunk[8192];
    size_t size;
    while ((size = fread(chunk, 1, sizeof(chunk), stream)) > 0)
        buffer_add(&buffer, (struct text){.data = chunk, .size = size});
    if (ferror(stream))
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "cannot read %s: %s", path, strerrordesc_np(errno));
    *content = buffer_text(&buffer);
    if (content->data == NULL)
        return error_set(error, STATUS_BUDGET, TEXT_NONE, "%s is larger than %zu bytes", path, limit);
    return STATUS_OK;
}

enum status cli_read_file(struct arena *arena, const char *path, size_t limit, struct text *content,
                          struct error *error)
{
    if (strcmp(path, "-") == 0)
        return read_stream(arena, stdin, "stdin", limit, content, error);
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "cannot read %s: %s", path, strerrordesc_np(errno));
    enum status status = read_stream(arena, stream, path, limit, content, error);
    fclose(stream);
    return status;
}

/* ---- did you mean ---- */

struct text cli_nearest(struct text name, struct text (*name_at)(const void *names, size_t index), const void *names,
                        size_t count)
{
    struct text best = TEXT_NONE;
    size_t least = name.size / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        struct text candidate = name_at(names, i);
        size_t apart = text_distance(name, candidate);
        if (apart < least) {
            least = apart;
            best = candidate;
        }
    }
    return best;
}

static struct text action_name(const void *names, size_t index)
{
    const struct action_catalog *catalog = names;
    return text_from(catalog->types[index].name);
}

const struct action_type *cli_find_action(const struct cli_command *command, const char *name)
{
    const struct action_catalog *catalog = &action_catalog_all;
    const struct action_type *type = action_catalog_find(catalog, text_from(name));
    if (type != NULL)
        return type;
    struct text nearest = cli_nearest(text_from(name), action_name, catalog, catalog->count);
    if (nearest.size > 0)
        cli_fail(command, "no action '%s'; did you mean '%.*s'?", name, TEXT_ARG(nearest));
    else
        cli_fail(command, "no action '%s'; '" PROGRAM " actions' lists those there are", name);
    return NULL;
}

/* ---- the door ---- */

static struct text command_name(const void *names, size_t index)
{
    (void)names;
    return text_from(commands[index]->name);
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static enum cli_exit unknown_command(const char *name)
{
    struct text nearest = cli_nearest(text_from(name), command_name, NULL, COMMAND_COUNT);
    if (nearest.size > 0)
        return cli_usage(NULL, "unknown command '%s'; did you mean '%.*s'?", name, TEXT_ARG(nearest));
    return cli_usage(NULL, "unknown command '%s'", name);
}

static enum cli_exit help(int argc, char **argv)
{
    if (argc < 3)
        return print_overview();
    const struct cli_command *command = find_command(argv[2]);
    return command != NULL ? cli_print_help(command) : unknown_command(argv[2]);
}

static enum cli_exit run_command(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "help") == 0 || strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return help(argc, argv);
    if (strcmp(first, "--version") == 0 || strcmp(first, "-v") == 0) {
        printf(PROGRAM " " WORKER_VERSION "\n");
        return cli_end(NULL, CLI_GOOD);
    }
    if (first[0] == '\0' || first[0] == '-')
        return command_run.run(&command_run, argc, argv);
    const struct cli_command *command = find_command(first);
    return command != NULL ? command->run(command, argc - 1, argv + 1) : unknown_command(first);
}

int cli_main(int argc, char **argv)
{
    return (int)run_command(argc, argv);
}
