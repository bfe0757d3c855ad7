/* Log lines: JSON on a pipe, readable with colours on a terminal (contract engine F.5). Each call writes one whole line
   with one write; any thread. Never pass payload contents at info or above. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key; /* NULL ends the list */
    enum { LOG_FIELD_TEXT, LOG_FIELD_INTEGER, LOG_FIELD_BOOLEAN } kind;
    union {
        struct text text;
        int64_t integer;
        bool boolean;
    };
};
#define LOG_TEXT(key_, text_) ((struct log_field){.key = (key_), .kind = LOG_FIELD_TEXT, .text = (text_)})
#define LOG_STRING(key_, string_) LOG_TEXT(key_, text_from(string_))
#define LOG_INTEGER(key_, value_) \
    ((struct log_field){.key = (key_), .kind = LOG_FIELD_INTEGER, .integer = (int64_t)(value_)})
#define LOG_BOOLEAN(key_, value_) ((struct log_field){.key = (key_), .kind = LOG_FIELD_BOOLEAN, .boolean = (value_)})

/* Before the first line; the default is info on stderr, chosen by what stderr is. */
void log_set_level(enum log_level level);
void log_set_output(int file_descriptor);
bool log_enabled(enum log_level level);
bool log_level_parse(struct text name, enum log_level *level); /* debug, info, warn, error */

/* What the lines of this thread tell as trace_id from now on; 32 hexadecimal digits. Empty: none. */
void log_set_trace(struct text trace_id);

/* log_line(LOG_INFO, "Action completed", LOG_TEXT("action_name", name)); */
#define log_line(level_, message_, ...) \
    log_write((level_), __FILE__, __LINE__, (message_), \
              (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ) {.key = NULL}})
void log_write(enum log_level level, const char *file, int line, const char *message, const struct log_field *fields);

#endif
