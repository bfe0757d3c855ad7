/* Log lines: JSON on a pipe, coloured text on a terminal. Each call writes one whole line, in a single write where the
   output accepts it. Any thread. Never pass payload contents at info or above; pass errors that may quote payloads with
   LOG_FAILURE.
   Locks: one, a leaf, around the write. It is held as long as the output blocks, so do not log while holding a lock
   that many threads wait for. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/status.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key; /* NULL ends the list */
    enum { LOG_FIELD_TEXT, LOG_FIELD_INTEGER, LOG_FIELD_BOOLEAN, LOG_FIELD_FAILURE } kind;
    union {
        struct text text;
        struct failure failure;
        int64_t integer;
        bool boolean;
    };
};
#define LOG_TEXT(key_, text_)     ((struct log_field){.key = (key_), .kind = LOG_FIELD_TEXT, .text = (text_)})
#define LOG_STRING(key_, string_) LOG_TEXT(key_, text_from(string_))
#define LOG_INTEGER(key_, value_)                                                                                      \
    ((struct log_field){.key = (key_), .kind = LOG_FIELD_INTEGER, .integer = (int64_t)(value_)})
#define LOG_BOOLEAN(key_, value_) ((struct log_field){.key = (key_), .kind = LOG_FIELD_BOOLEAN, .boolean = (value_)})
/* The reason of a failure that has to do with a rule or with data; takes a struct failure. The parts that are not
   public are hidden unless the log level is debug. */
#define LOG_FAILURE(key_, failure_)                                                                                    \
    ((struct log_field){.key = (key_), .kind = LOG_FIELD_FAILURE, .failure = (failure_)})

/* Called before the first line; the default is info on stderr. The form of the lines depends on whether the output is a
   terminal. */
void log_set_level(enum log_level level);
void log_set_output(int file_descriptor);
bool log_enabled(enum log_level level);
bool log_level_parse(struct text name, enum log_level *level); /* debug, info, warn, error */

/* The run, rule and action that lines are about. Empty texts are left out. trace_id: 32 hexadecimal digits. */
struct log_context {
    struct text workflow_id, run_id, rule_id, rule_name, execution_id, action_id, action_name, action_type, trace_id;
};
/* Adds these fields to every line that this thread logs, except for keys that a line has itself. Borrowed until the
   next call; NULL: no fields. Returns the previous context, for the caller to restore. */
const struct log_context *log_set_context(const struct log_context *context);
const struct log_context *log_get_context(void);

/* LOG_SCOPE(&task->log_context); sets the context of this thread until the end of the block, then restores the previous
   one. */
#define LOG_SCOPE(context_)           LOG_SCOPE_AT(context_, __LINE__)
#define LOG_SCOPE_AT(context_, line_) LOG_SCOPE_IN(context_, line_)
#define LOG_SCOPE_IN(context_, line_)                                                                                  \
    __attribute__((cleanup(log_scope_end), unused)) const struct log_context *log_scope_##line_ =                      \
        log_set_context(context_)
static inline void log_scope_end(const struct log_context *const *outer)
{
    (void)log_set_context(*outer);
}

/* log_line(LOG_INFO, "Action completed", LOG_TEXT("action_name", name)); */
#define log_line(level_, message_, ...)                                                                                \
    log_write((level_), __FILE__, __LINE__, (message_),                                                                \
              (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})
void log_write(enum log_level level, const char *file, int line, const char *message, const struct log_field *fields);

#endif
