/* Options, settings, printing and failing of commands. */
#include "console/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "erp/protected_columns.h"
#include "http/http_policy.h"
#include "postgres/database.h"

/* ---- output ---- */

static void print_message(const struct cli_command *command, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

static void print_message(const struct cli_command *command, const char *format, va_list arguments)
{
    fprintf(stderr, PROGRAM "%s%s: ", command != NULL ? " " : "", command != NULL ? command->name : "");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

enum cli_exit cli_usage_error(const struct cli_command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(command, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try '" PROGRAM " help%s%s'.\n", command != NULL ? " " : "", command != NULL ? command->name : "");
    return CLI_USAGE;
}

enum cli_exit cli_fail(const struct cli_command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(command, format, arguments);
    va_end(arguments);
    return CLI_FAILURE;
}

enum cli_exit cli_out_of_memory(const struct cli_command *command)
{
    return cli_fail(command, "out of memory");
}

void cli_print(struct text text)
{
    if (text.size > 0)
        fwrite(text.data, 1, text.size, stdout);
}

enum cli_exit cli_finish(const struct cli_command *command, enum cli_exit code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    return cli_fail(command, "cannot write the output: %s", strerrordesc_np(errno));
}

enum cli_exit cli_finish_output(const struct cli_command *command, struct buffer *output, enum cli_exit code)
{
    struct text text = buffer_text(output);
    if (text.data == NULL)
        return cli_out_of_memory(command);
    cli_print(text);
    return cli_finish(command, code);
}

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
    return cli_finish(command, CLI_SUCCESS);
}

/* ---- options ---- */

int cli_option(const struct cli_command *command, int argc, char **argv)
{
    opterr = 0;
    int option = getopt_long(argc, argv, ":h", command->options, NULL);
    if (option == ':')
        cli_usage_error(command, "option %s needs a value", argv[optind - 1]);
    else if (option == '?')
        cli_usage_error(command, "unknown option %s", argv[optind - 1]);
    return option == ':' ? '?' : option;
}

enum cli_exit cli_option_end(const struct cli_command *command, int option)
{
    return option == 'h' ? cli_print_help(command) : CLI_USAGE;
}

bool cli_read_limit(const struct cli_command *command, const char *value, int64_t most, int64_t *limit)
{
    if (text_to_int64(text_from(value), limit) && *limit >= 1 && *limit <= most)
        return true;
    cli_usage_error(command, "--limit is a number from 1 to %lld, not '%s'", (long long)most, value);
    return false;
}

/* ---- settings ---- */

const char *cli_lookup(const char *name)
{
    return getenv(name);
}

/* The settings alone say where the database is. A shell may have the variables for psql, so only the worker warns. */
static void forget_libpq_environment(bool warns)
{
    const char *forgotten[LIBPQ_VARIABLES_MAX];
    size_t count = database_forget_environment(forgotten);
    for (size_t i = 0; warns && i < count; i++)
        log_line(LOG_WARN, "Variable of PostgreSQL's own tools is not used", LOG_STRING("variable", forgotten[i]));
}

static bool accept_webhooks(const struct cli_command *command, const struct settings *settings, struct arena *arena)
{
    const struct settings_list *hosts = &settings->webhook_allow_hosts;
    struct http_policy policy;
    struct error error = ERROR_IN(arena);
    if (http_policy_read(hosts->items, hosts->count, settings->webhook_allow_http, &policy, &error) != STATUS_OK) {
        cli_usage_error(command, "ICHOR_WEBHOOK_ALLOW_HOSTS: %.*s", TEXT_ARG(error.message));
        return false;
    }
    http_policy_set(&policy);
    return true;
}

/* A command that people run reports its result; lines of level INFO on stderr would only hide it. */
static enum log_level level_for(const struct cli_command *command, const struct settings *settings)
{
    bool is_worker = text_is(text_from(command->name), "run");
    return is_worker || cli_lookup("ICHOR_LOG_LEVEL") != NULL ? (enum log_level)settings->log_level : LOG_WARN;
}

bool cli_accept_settings(const struct cli_command *command, const struct settings *settings,
                         const struct settings_faults *faults)
{
    if (faults->count > 0) {
        struct text lines = settings_faults_text(faults);
        cli_usage_error(command, "%.*s", TEXT_ARG(lines));
        return false;
    }
    if ((command->settings & SETTINGS_LOG) != 0)
        log_set_level(level_for(command, settings));
    if ((command->settings & SETTINGS_DATABASE) != 0)
        forget_libpq_environment(text_is(text_from(command->name), "run"));
    if ((command->settings & SETTINGS_RULES) == 0)
        return true;
    protected_columns_enforce(settings->protect);
    return accept_webhooks(command, settings, faults->arena);
}

bool cli_read_settings(const struct cli_command *command, struct arena *arena, struct settings *settings)
{
    *settings = (struct settings){0};
    struct settings_faults faults = {.arena = arena};
    settings_read(command->settings, cli_lookup, settings, &faults);
    return cli_accept_settings(command, settings, &faults);
}
