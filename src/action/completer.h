/* Lets a handler that has an answer complete the actions of other runs that wait for it. The room that talks to
   Temporal implements the interface, so that handlers need not know Temporal. */
#ifndef ACTION_COMPLETER_H
#define ACTION_COMPLETER_H

#include "base/status.h"
#include "base/wait_limit.h"

struct action_completer {
    /* Completes the activity with this task token. output: JSON, as action_output_write writes it. Blocks at most until
       the limit. Any thread; the texts are borrowed.
       STATUS_NOT_FOUND    no activity with this token waits any more, or the token is not valid
       STATUS_UNAVAILABLE  Temporal did not answer, or refused temporarily; the activity may have been completed
       STATUS_BUDGET       the output is larger than Temporal accepts, or memory ran out */
    enum status (*complete)(struct action_completer *completer, struct text token, struct text output,
                            const struct wait_limit *limit, struct error *error);
};

#endif
