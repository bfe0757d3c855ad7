/* The commands, each defined in the file of its name (command_run.c, ...). */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "console/command.h"

extern const struct cli_command command_run, command_start, command_complete, command_actions, command_validate,
    command_simulate, command_test, command_replay, command_draw, command_diff, command_schema, command_try,
    command_render, command_migrate, command_mcp, command_retry, command_skip, command_fail, command_resume,
    command_list, command_show, command_watch, command_cancel, command_pending;

#endif
