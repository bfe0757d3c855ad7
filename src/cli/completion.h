/* Scripts that let shells complete the words of a command line. Pure; any thread. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "action/registry.h"
#include "base/buffer.h"
#include "console/command.h"

/* What completion is offered for. */
struct completion {
    const struct cli_command *const *commands;
    size_t count;
    const struct action_catalog *catalog; /* for commands whose argument is an action type */
};

/* Scripts to be sourced. Options come from the table of each command, their values and what they do from its help. A
   failure shows in the buffer. */
void completion_write_bash(const struct completion *completion, struct buffer *script);
void completion_write_zsh(const struct completion *completion, struct buffer *script);

#endif
