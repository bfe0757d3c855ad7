/* The service `temporal` of handlers: an action_completer with a connection and a thread of its own, since handlers run
   on threads that do not own the worker's connection. It connects when it is first used. */
#ifndef TEMPORAL_ACTIVITY_COMPLETER_H
#define TEMPORAL_ACTIVITY_COMPLETER_H

#include "action/completer.h"

struct settings;

/* Starts the thread. Copies what it needs of the settings, which have been checked. STATUS_BUDGET: no memory or
   thread. */
enum status activity_completer_start(const struct settings *settings, struct action_completer **completer,
                                     struct error *error) MUST_CHECK;
/* After its last caller has returned. Cancels calls that their callers gave up. */
void activity_completer_stop(struct action_completer *completer);

#endif
