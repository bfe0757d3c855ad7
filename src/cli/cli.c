/* The table of commands, and the choice of one. */
#include "cli/cli.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "action/suggestion.h"
#include "cli/commands.h"
#include "cli/completion.h"

static const struct cli_command command_completion;

static const struct cli_command *const commands[] = {
    &command_run, &command_start,
    /* runs */
    &command_list, &command_show, &command_watch, &command_pending, &command_complete, &command_retry, &command_skip,
    &command_fail, &command_resume, &command_cancel,
    /* rules */
    &command_validate, &command_simulate, &command_test, &command_replay, &command_draw, &command_diff, &command_schema,
    &command_mcp,
    /* actions */
    &command_actions, &command_try, &command_render, &command_migrate, &command_completion};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static enum cli_exit print_overview(void)
{
    printf("Usage: " PROGRAM " [COMMAND] [OPTION...]\n\n"
           "Executes the rules of the Ichor ERP on a Temporal server: each rule is a graph of actions.\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("  %-10s %s\n\n", "help", "Show this list, or the options of a command");
    printf("Without a command: run.\n\nExamples:\n"
           "  " PROGRAM " help start              the options of start, with examples\n"
           "  " PROGRAM " validate rule.json      check a rule\n"
           "  " PROGRAM " actions update_field    the config of an action\n"
           "  " PROGRAM " --version\n\n"
           "Exit code: 0 success, 1 failure or a negative answer, 2 wrong usage or settings.\n");
    return cli_finish(NULL, CLI_SUCCESS);
}

/* ---- completion: here, since it needs the table ---- */

static const struct option completion_options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit complete(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    const struct completion completion = {commands, COMMAND_COUNT, &action_catalog_all};
    struct buffer script = buffer_in(arena, MIB(1));
    int option = cli_option(command, argc, argv);
    if (option != -1)
        return cli_option_end(command, option);
    struct text shell = argc - optind == 1 ? text_from(argv[optind]) : TEXT_NONE;
    if (text_is(shell, "bash"))
        completion_write_bash(&completion, &script);
    else if (text_is(shell, "zsh"))
        completion_write_zsh(&completion, &script);
    else
        return cli_usage_error(command, "for which shell: bash or zsh?");
    return cli_finish_output(command, &script, CLI_SUCCESS);
}

static const struct cli_command command_completion = {
    .name = "completion",
    .synopsis = "bash|zsh",
    .summary = "Print a script that lets a shell complete commands and options",
    .help = "Examples:\n"
            "  source <(" PROGRAM " completion bash)    # in ~/.bashrc\n"
            "  source <(" PROGRAM " completion zsh)     # in ~/.zshrc, behind compinit\n"
            "  " PROGRAM " completion bash > /usr/share/bash-completion/completions/" PROGRAM "\n"
            "\n"
            "Exit code: 0 printed, 2 wrong usage.\n",
    .arena_bytes = MIB(16),
    .options = completion_options,
    .run = complete,
};

/* ---- the choice of a command ---- */

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
    struct text nearest = suggest_nearest(text_from(name), command_name, NULL, COMMAND_COUNT);
    if (nearest.size > 0)
        return cli_usage_error(NULL, "unknown command '%s'; did you mean '%.*s'?", name, TEXT_ARG(nearest));
    return cli_usage_error(NULL, "unknown command '%s'", name);
}

static enum cli_exit help(int argc, char **argv)
{
    if (argc < 3)
        return print_overview();
    const struct cli_command *command = find_command(argv[2]);
    return command != NULL ? cli_print_help(command) : unknown_command(argv[2]);
}

static enum cli_exit run_command(const struct cli_command *command, int argc, char **argv)
{
    struct arena *arena = arena_new(command->arena_bytes, 0);
    if (arena == NULL)
        return cli_out_of_memory(command);
    enum cli_exit code = command->run(command, arena, argc, argv);
    arena_free(arena);
    return code;
}

static enum cli_exit choose_command(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "help") == 0 || strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return help(argc, argv);
    if (strcmp(first, "--version") == 0 || strcmp(first, "-v") == 0) {
        printf(PROGRAM " " WORKER_VERSION "\n");
        return cli_finish(NULL, CLI_SUCCESS);
    }
    if (first[0] == '\0' || first[0] == '-')
        return run_command(&command_run, argc, argv);
    const struct cli_command *command = find_command(first);
    return command != NULL ? run_command(command, argc - 1, argv + 1) : unknown_command(first);
}

/* A file must not get the number of a standard stream that was closed: as in glibc, what is opened instead can be
   neither read nor written. */
static void open_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) < 0)
            (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

int cli_main(int argc, char **argv)
{
    open_standard_streams();
    return (int)choose_command(argc, argv);
}
