/* One action by hand, outside of any workflow: what `try` and `render` share. */
#ifndef CLI_OFFLINE_H
#define CLI_OFFLINE_H

#include "action/perform.h"

/* The JSON in a file, or stdin for "-". STATUS_INVALID: it is none, error.message is "FILE: line:column: ..." */
enum status offline_read(struct arena *arena, const char *path, struct json_value *value,
                         struct error *error) MUST_CHECK;

/* A request of this type and a new execution; its context, an object, is read from the file, or empty for NULL. The
   config is the caller's to set. Errors as of offline_read; STATUS_INVALID too when the context is no object. */
enum status offline_request(struct arena *arena, const char *action_type, const char *context_path,
                            struct action_request *request, struct error *error) MUST_CHECK;

/* First attempt, nothing is waited for, and $now is now. */
struct action_environment offline_environment(struct arena *arena);

#endif
