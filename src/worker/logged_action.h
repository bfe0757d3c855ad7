/* Performs actions for the worker and the command line, with log lines, which the pure code in src/action does not
   write. */
#ifndef WORKER_LOGGED_ACTION_H
#define WORKER_LOGGED_ACTION_H

#include "action/perform.h"
#include "base/log.h"

/* The fields of log lines about an action; those of its run come from `run`, which may be NULL. Views. */
struct log_context action_log_context(const struct log_context *run, const struct action_request *request);

/* Like action_perform. Every line that this thread logs meanwhile carries the action's fields; warnings about its
   templates are logged. */
void logged_action_perform(const struct action_environment *environment, struct arena *arena,
                           const struct action_request *request, struct action_report *report);

#endif
