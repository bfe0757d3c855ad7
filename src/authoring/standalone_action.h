/* One action outside of any workflow: what `try` and `render` share. */
#ifndef AUTHORING_STANDALONE_ACTION_H
#define AUTHORING_STANDALONE_ACTION_H

#include "action/perform.h"

/* Makes a request of this type with a new execution. Its context, an object, is read from the file; it is empty when
   context_path is NULL. The caller sets the config. Fails like input_file_read_json; STATUS_INVALID also when the
   context is no object. All texts live in the arena. */
enum status standalone_action_request(struct arena *arena, const char *action_type, const char *context_path,
                                      struct action_request *request, struct error *error) MUST_CHECK;

/* A first attempt that waits for no service, with the current time as $now. */
struct action_environment standalone_action_environment(struct arena *arena);

#endif
