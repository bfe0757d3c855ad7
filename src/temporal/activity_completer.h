/* The service `temporal` of handlers: an action_completer with its own connection and thread, since handlers run on
   threads that do not own the worker's connection. It connects when it is first used. */
#ifndef TEMPORAL_ACTIVITY_COMPLETER_H
#define TEMPORAL_ACTIVITY_COMPLETER_H

#include "action/completer.h"

struct settings;

/* Starts the thread. The settings must have been checked; what the completer needs of them is copied. STATUS_BUDGET:
   there is no memory or no thread. */
enum status activity_completer_start(const struct settings *settings, struct action_completer **completer,
                                     struct error *error) MUST_CHECK;
/* Call this after the last caller of the completer has returned. Cancels the calls that callers gave up. */
void activity_completer_stop(struct action_completer *completer);

#endif
