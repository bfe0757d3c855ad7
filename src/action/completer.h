/* Completes actions of other runs that wait for an answer, for a handler that has it. The room that talks to Temporal
   implements it, so that handlers need not know Temporal. */
#ifndef ACTION_COMPLETER_H
#define ACTION_COMPLETER_H

#include "base/status.h"
#include "base/wait_limit.h"

struct action_completer {
    /* Completes the activity with this task token. output: JSON, as action_output_write writes it. Blocks until the
       limit at most. Any thread; the texts are borrowed.
       STATUS_NOT_FOUND    no activity waits with this token any more, or it never was a token
       STATUS_UNAVAILABLE  Temporal did not answer, or refused for now; the activity may have been completed
       STATUS_BUDGET       the output is larger than Temporal takes, or memory ran out */
    enum status (*complete)(struct action_completer *completer, struct text token, struct text output,
                            const struct wait_limit *limit, struct error *error);
};

#endif
