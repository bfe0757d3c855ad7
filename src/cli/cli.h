/* What the commands of the binary share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/arena.h"
#include "settings/settings.h"

#define PROGRAM "workflow-worker"

enum cli_exit {
    CLI_GOOD = 0,
    CLI_BAD = 1,   /* the thing asked about is bad */
    CLI_USAGE = 2, /* wrong options, arguments or settings */
};

struct cli_command {
    const char *name;
    const char *synopsis; /* what follows the name */
    const char *summary;  /* one line */
    const char *help;     /* options and examples */
    unsigned settings;    /* enum settings_group: listed in its help */
    enum cli_exit (*run)(const struct cli_command *command, int argc, char **argv); /* argv[0]: the name */
};

extern const struct cli_command command_run, command_start, command_actions, command_validate, command_simulate,
    command_replay, command_migrate, command_try, command_render, command_complete;

int cli_main(int argc, char **argv);

/* "workflow-worker NAME: ..." and how to get help, on stderr; CLI_USAGE. */
enum cli_exit cli_usage(const struct cli_command *command, const char *format, ...) PRINTF_LIKE(2, 3);
/* "workflow-worker NAME: ..." on stderr; CLI_BAD. */
enum cli_exit cli_fail(const struct cli_command *command, const char *format, ...) PRINTF_LIKE(2, 3);
enum cli_exit cli_print_help(const struct cli_command *command);

struct option; /* of getopt_long */

/* The next option of a command, its val; -1 after the last. 'h' (--help, which is always known) and '?' (wrong, already
   told) end the command: return cli_option_end. */
int cli_option(const struct cli_command *command, int argc, char **argv, const struct option *options);
enum cli_exit cli_option_end(const struct cli_command *command, int option);

/* Reads the settings of command->settings and sets the log level; false: every fault has been told on stderr. */
bool cli_settings(const struct cli_command *command, struct arena *arena, struct settings *settings) MUST_CHECK;

/* The same in steps, where more can be wrong: settings_read with this lookup, and at the end: */
const char *cli_lookup(const char *name);
bool cli_settled(const struct cli_command *command, const struct settings *settings,
                 const struct settings_faults *faults) MUST_CHECK;

/* The content of a file, or of stdin for "-", at most `limit` bytes. STATUS_NOT_FOUND or STATUS_BUDGET: message. */
enum status cli_read_file(struct arena *arena, const char *path, size_t limit, struct text *content,
                          struct error *error) MUST_CHECK;

void cli_print(struct text text); /* on stdout */
/* Everything is on stdout: CLI_BAD when it could not be written, else `code`. */
enum cli_exit cli_end(const struct cli_command *command, enum cli_exit code);

struct action_type; /* of action/registry.h */

/* The action of that name; NULL: there is none, told on stderr with what may have been meant. */
const struct action_type *cli_find_action(const struct cli_command *command, const char *name);

/* The most similar of the names, TEXT_NONE when none is near. */
struct text cli_nearest(struct text name, struct text (*name_at)(const void *names, size_t index), const void *names,
                        size_t count);

#endif
