/* What the commands of the binary share: options, settings, printing, failing and exit codes. Single-threaded. */
#ifndef CONSOLE_COMMAND_H
#define CONSOLE_COMMAND_H

#include "base/arena.h"
#include "settings/settings.h"

#define PROGRAM "workflow-worker"

enum cli_exit {
    CLI_SUCCESS = 0,
    CLI_FAILURE = 1,
    CLI_USAGE = 2, /* wrong options, arguments or settings */
};

struct option; /* of getopt_long */

struct cli_command {
    const char *name;
    const char *synopsis; /* what follows the name */
    const char *summary;  /* one line */
    const char *help;     /* options and examples; each option has a line, "  --name VALUE   what it does" */
    const struct option *options;
    unsigned settings;  /* enum settings_group: listed in its help */
    size_t arena_bytes; /* cap of the arena that run gets */
    /* argv[0] is the name. The caller frees the arena. */
    enum cli_exit (*run)(const struct cli_command *command, struct arena *arena, int argc, char **argv);
};

/* ---- output ---- */

/* In all of these, command NULL means the program as a whole. */

/* Prints "workflow-worker NAME: ..." and how to get help on stderr; returns CLI_USAGE. */
enum cli_exit cli_usage_error(const struct cli_command *command, const char *format, ...) PRINTF_LIKE(2, 3);
/* Prints "workflow-worker NAME: ..." on stderr; returns CLI_FAILURE. */
enum cli_exit cli_fail(const struct cli_command *command, const char *format, ...) PRINTF_LIKE(2, 3);
enum cli_exit cli_out_of_memory(const struct cli_command *command);

void cli_print(struct text text); /* on stdout */
/* Flushes stdout. Returns `code`, or CLI_FAILURE when the output could not be written. */
enum cli_exit cli_finish(const struct cli_command *command, enum cli_exit code);

/* The same with the output printed first. CLI_FAILURE also when it did not fit into memory. */
enum cli_exit cli_finish_output(const struct cli_command *command, struct buffer *output, enum cli_exit code);

enum cli_exit cli_print_help(const struct cli_command *command);

/* ---- options ---- */

/* Returns the `val` of the command's next option; -1 after the last. After 'h' (--help, always accepted) or '?' (a
   wrong option, already reported) the command must return cli_option_end. */
int cli_option(const struct cli_command *command, int argc, char **argv);
enum cli_exit cli_option_end(const struct cli_command *command, int option);
/* Reads the value of --limit, a number from 1 to most. False: reported on stderr. */
bool cli_read_limit(const struct cli_command *command, const char *value, int64_t most, int64_t *limit) MUST_CHECK;

/* ---- settings ---- */

/* Reads the settings of command->settings into the arena; sets the log level and whether columns are protected. False:
   every fault has been reported on stderr; return CLI_USAGE. */
bool cli_read_settings(const struct cli_command *command, struct arena *arena, struct settings *settings) MUST_CHECK;

/* The same in steps, for commands that check more: settings_read with cli_lookup, then cli_accept_settings. */
const char *cli_lookup(const char *name);
bool cli_accept_settings(const struct cli_command *command, const struct settings *settings,
                         const struct settings_faults *faults) MUST_CHECK;

#endif
