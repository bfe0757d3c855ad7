/* Log lines: each is composed in its own arena and written as a whole. */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"

/* The cap of the arena of one line: escapes can make the longest text six times as long before it is cut. */
#define LINE_MEMORY (LIMIT_LOG_LINE * 32)
#define LINE_CHUNK  KIB(2)
/* Bytes reserved after the fields for the end of the line. */
#define LINE_TAIL  ((size_t)64)
#define TRACE_SIZE 32

enum log_form { FORM_UNKNOWN, FORM_JSON, FORM_PLAIN, FORM_COLOUR };

static _Atomic enum log_level least_level = LOG_INFO;
static _Atomic int output = STDERR_FILENO;
static _Atomic enum log_form output_form = FORM_UNKNOWN;
/* A write of more than 4 KiB to a pipe is not atomic: without this lock, two long lines could interleave. */
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;

static _Thread_local const struct log_context *thread_context;

static const struct {
    const char *key;
    size_t offset;
} context_keys[] = {
    {"workflow_id", offsetof(struct log_context, workflow_id)},
    {"run_id", offsetof(struct log_context, run_id)},
    {"rule_id", offsetof(struct log_context, rule_id)},
    {"rule_name", offsetof(struct log_context, rule_name)},
    {"execution_id", offsetof(struct log_context, execution_id)},
    {"action_id", offsetof(struct log_context, action_id)},
    {"action_name", offsetof(struct log_context, action_name)},
    {"action_type", offsetof(struct log_context, action_type)},
};
#define CONTEXT_KEYS (sizeof(context_keys) / sizeof(context_keys[0]))

static const struct {
    const char *name, *label, *padded, *colour;
} levels[] = {
    [LOG_DEBUG] = {"debug", "DEBUG", "DEBUG", "\x1b[90m"},
    [LOG_INFO] = {"info", "INFO", "INFO ", "\x1b[32m"},
    [LOG_WARN] = {"warn", "WARN", "WARN ", "\x1b[33m"},
    [LOG_ERROR] = {"error", "ERROR", "ERROR", "\x1b[31m"},
};

const struct log_context *log_set_context(const struct log_context *context)
{
    const struct log_context *before = thread_context;
    thread_context = context;
    return before;
}

const struct log_context *log_get_context(void)
{
    return thread_context;
}

void log_set_level(enum log_level level)
{
    least_level = level;
}

void log_set_output(int file_descriptor)
{
    output = file_descriptor;
    output_form = FORM_UNKNOWN;
}

bool log_enabled(enum log_level level)
{
    return level >= least_level;
}

bool log_level_parse(struct text name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (text_is(name, levels[i].name)) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static enum log_form choose_form(void)
{
    enum log_form form = output_form;
    if (form != FORM_UNKNOWN)
        return form;
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (!isatty(output))
        form = FORM_JSON;
    else if ((no_colour != NULL && no_colour[0] != '\0') || (terminal != NULL && strcmp(terminal, "dumb") == 0))
        form = FORM_PLAIN;
    else
        form = FORM_COLOUR;
    output_form = form;
    return form;
}

/* Appends a quoted text, cut at its end where the line would be too long. */
static void add_string(struct buffer *line, struct text text)
{
    text = text_cut_utf8(text, LIMIT_LOG_LINE);
    size_t start = line->size, end = LIMIT_LOG_LINE - LINE_TAIL;
    json_write_string(line, text);
    if (line->failed || line->size <= end)
        return;
    /* Every byte that is cut shortens the line by at least one. */
    size_t excess = line->size - end;
    line->size = start;
    json_write_string(line, text_cut_utf8(text, text.size > excess ? text.size - excess : 0));
}

static struct text shown_failure(struct arena *arena, const struct failure *failure)
{
    if (log_enabled(LOG_DEBUG))
        return failure->text;
    struct text shown = failure_redact(arena, failure, LIMIT_LOG_LINE);
    return shown.data != NULL ? shown : TEXT("(no memory left for the text)");
}

static bool has_key(const struct log_field *fields, const char *key)
{
    for (; fields->key != NULL; fields++)
        if (strcmp(fields->key, key) == 0)
            return true;
    return false;
}

/* The fields that the context adds to a line with these fields; returns their number. */
static size_t context_fields(const struct log_field *fields, struct log_field *added)
{
    size_t count = 0;
    for (size_t i = 0; thread_context != NULL && i < CONTEXT_KEYS; i++) {
        const struct text *text = (const void *)((const char *)thread_context + context_keys[i].offset);
        if (text->size > 0 && !has_key(fields, context_keys[i].key))
            added[count++] = LOG_TEXT(context_keys[i].key, text_cut_utf8(*text, LIMIT_LOG_NAME));
    }
    return count;
}

static bool is_full(const struct buffer *line, const char *key)
{
    return line->size + strlen(key) + LINE_TAIL * 2 > LIMIT_LOG_LINE;
}

static void add_json_pair(struct buffer *line, const char *key, struct text text)
{
    buffer_print(line, "\"%s\":", key);
    add_string(line, text);
    buffer_add_byte(line, ',');
}

static void add_json_field(struct buffer *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_FIELD_TEXT: add_json_pair(line, field->key, field->text); return;
    case LOG_FIELD_FAILURE: add_json_pair(line, field->key, shown_failure(line->arena, &field->failure)); return;
    case LOG_FIELD_INTEGER: buffer_print(line, "\"%s\":%" PRId64 ",", field->key, field->integer); return;
    case LOG_FIELD_BOOLEAN: buffer_print(line, "\"%s\":%s,", field->key, field->boolean ? "true" : "false"); return;
    }
}

static void add_time(struct buffer *line, const struct timespec *now, const struct tm *local)
{
    long minutes = local->tm_gmtoff / 60;
    buffer_print(line, "%04d-%02d-%02dT%02d:%02d:%02d.%09ld", local->tm_year + 1900, local->tm_mon + 1, local->tm_mday,
                 local->tm_hour, local->tm_min, local->tm_sec, now->tv_nsec);
    if (minutes == 0)
        buffer_add_byte(line, 'Z');
    else
        buffer_print(line, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', labs(minutes) / 60, labs(minutes) % 60);
}

static void write_json(struct buffer *line, enum log_level level, struct text place, const char *message,
                       const struct log_field *fields)
{
    struct timespec now;
    struct tm local;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)localtime_r(&now.tv_sec, &local);
    buffer_add(line, TEXT("{\"time\":\""));
    add_time(line, &now, &local);
    buffer_print(line, "\",\"level\":\"%s\",\"file\":\"%.*s\",", levels[level].label, TEXT_ARG(place));
    add_json_pair(line, "msg", text_from(message));
    buffer_add(line, TEXT("\"service\":\"WORKFLOW-WORKER\","));
    struct log_field about[CONTEXT_KEYS];
    size_t count = context_fields(fields, about);
    for (size_t i = 0; i < count && !is_full(line, about[i].key); i++)
        add_json_field(line, &about[i]);
    for (; fields->key != NULL && !is_full(line, fields->key); fields++)
        add_json_field(line, fields);
    struct text trace = thread_context != NULL ? text_cut_utf8(thread_context->trace_id, TRACE_SIZE) : TEXT_NONE;
    buffer_print(line, "\"trace_id\":\"%.*s\"}\n", TEXT_ARG(trace));
}

/* Can a reader see where the value ends without quotes? */
static bool is_plain_value(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte <= ' ' || byte == '"' || byte == '=')
            return false;
    }
    return text.size > 0 && text_is_utf8(text);
}

/* Replaces control characters that JSON does not escape and that a terminal may obey: DEL and U+0080 to U+009F. */
static void mask_controls(char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte == 0x7F)
            data[i] = '?';
        else if (byte == 0xC2 && i + 1 < size && (unsigned char)data[i + 1] < 0xA0)
            data[i] = data[i + 1] = '?';
    }
}

static void add_plain_text(struct buffer *line, struct text text)
{
    size_t start = line->size;
    if (is_plain_value(text) && text.size < LIMIT_LOG_LINE - LINE_TAIL - line->size)
        buffer_add(line, text);
    else
        add_string(line, text);
    if (!line->failed)
        mask_controls(line->data + start, line->size - start);
}

static void add_plain_field(struct buffer *line, const struct log_field *field, bool colour)
{
    buffer_print(line, colour ? " \x1b[36m%s\x1b[0m=" : " %s=", field->key);
    switch (field->kind) {
    case LOG_FIELD_TEXT: add_plain_text(line, field->text); return;
    case LOG_FIELD_FAILURE: add_plain_text(line, shown_failure(line->arena, &field->failure)); return;
    case LOG_FIELD_INTEGER: buffer_print(line, "%" PRId64, field->integer); return;
    case LOG_FIELD_BOOLEAN: buffer_add(line, field->boolean ? TEXT("true") : TEXT("false")); return;
    }
}

static void write_plain(struct buffer *line, enum log_level level, const char *message, const struct log_field *fields,
                        bool colour)
{
    struct timespec now;
    struct tm local;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)localtime_r(&now.tv_sec, &local);
    buffer_print(line, "%02d:%02d:%02d %s%s%s ", local.tm_hour, local.tm_min, local.tm_sec,
                 colour ? levels[level].colour : "", levels[level].padded, colour ? "\x1b[0m" : "");
    buffer_add(line, text_cut_utf8(text_from(message), LIMIT_LOG_LINE / 2));
    struct log_field about[CONTEXT_KEYS];
    size_t count = context_fields(fields, about);
    buffer_add(line, fields->key != NULL || count > 0 ? TEXT(" ") : TEXT_NONE);
    /* The fields of the line come before the many ids of the context, because a terminal wraps the line. */
    for (; fields->key != NULL && !is_full(line, fields->key); fields++)
        add_plain_field(line, fields, colour);
    for (size_t i = 0; i < count && !is_full(line, about[i].key); i++)
        add_plain_field(line, &about[i], colour);
    buffer_add_byte(line, '\n');
}

static void write_out(struct text line)
{
    (void)pthread_mutex_lock(&write_lock);
    while (line.size > 0) {
        ssize_t written = write(output, line.data, line.size);
        if (written < 0 && errno != EINTR)
            break; /* there is nowhere to report the error */
        line = text_slice(line, written > 0 ? (size_t)written : 0, SIZE_MAX);
    }
    (void)pthread_mutex_unlock(&write_lock);
}

void log_write(enum log_level level, const char *file, int line_number, const char *message,
               const struct log_field *fields)
{
    if (!log_enabled(level))
        return;
    int saved = errno;
    struct arena *arena = arena_new(LINE_MEMORY, LINE_CHUNK);
    struct text text = TEXT_NONE;
    if (arena != NULL) {
        const char *slash = strrchr(file, '/');
        struct text place = arena_print(arena, "%s:%d", slash != NULL ? slash + 1 : file, line_number);
        struct buffer line = buffer_in(arena, LINE_MEMORY);
        enum log_form form = choose_form();
        if (form == FORM_JSON)
            write_json(&line, level, place, message, fields);
        else
            write_plain(&line, level, message, fields, form == FORM_COLOUR);
        text = buffer_text(&line);
    }
    write_out(text.data != NULL ? text : TEXT("{\"level\":\"ERROR\",\"msg\":\"a log line was lost: no memory\"}\n"));
    arena_free(arena);
    errno = saved;
}
