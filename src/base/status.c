/* Errors, and which bytes of their texts are public. */
#include "base/status.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

#define MARK_OPENS  '\1'
#define MARK_CLOSES '\2'
#define FORMAT_SIZE 1024

/* ---- texts that may hold data ---- */

/* A format without its marks, as a whole and up to the first conversion that may print data. */
struct format {
    char whole[FORMAT_SIZE], head[FORMAT_SIZE];
    size_t tail;   /* bytes that are printed after the last conversion */
    bool has_data; /* it has a conversion without a mark */
};

static void read_format(struct format *format, const char *from)
{
    size_t size = 0;
    bool is_marked = false;
    format->tail = 0;
    format->has_data = false;
    for (; *from != '\0'; from++) {
        assert(size + 2 < FORMAT_SIZE);
        if (*from == MARK_OPENS || *from == MARK_CLOSES) {
            is_marked = *from == MARK_OPENS;
            continue;
        }
        bool is_percent = from[0] == '%' && from[1] == '%', is_conversion = from[0] == '%' && !is_percent;
        if (is_conversion && !is_marked && !format->has_data) {
            memcpy(format->head, format->whole, size);
            format->head[size] = '\0';
            format->has_data = true;
        }
        format->whole[size++] = *from;
        format->tail++;
        if (is_percent)
            format->whole[size++] = *from++;
        if (!is_conversion)
            continue;
        size_t rest = strcspn(from + 1, "diouxXeEfFgGaAcspn") + 1;
        assert(size + rest < FORMAT_SIZE);
        memcpy(format->whole + size, from + 1, rest);
        size += rest;
        from += rest;
        format->tail = 0;
    }
    format->whole[size] = '\0';
}

/* The compiler has checked the format, with its marks, at the call. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
struct failure failure_vprint(struct arena *arena, const char *format, va_list arguments)
{
    struct format read;
    va_list again;
    read_format(&read, format);
    va_copy(again, arguments);
    struct failure failure = {.text = arena_vprint(arena, read.whole, arguments), .tail = read.tail};
    int head = read.has_data ? vsnprintf(NULL, 0, read.head, again) : 0;
    va_end(again);
    if (!read.has_data)
        return failure_public(failure.text);
    failure.head = head > 0 ? (size_t)head : 0;
    return failure;
}
#pragma GCC diagnostic pop

struct failure failure_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct failure failure = failure_vprint(arena, format, arguments);
    va_end(arguments);
    return failure;
}

static bool is_public(const struct failure *failure)
{
    return failure->head + failure->tail >= failure->text.size;
}

struct failure failure_join(struct arena *arena, struct failure first, struct failure second)
{
    struct text text = arena_print(arena, "%.*s%.*s", TEXT_ARG(first.text), TEXT_ARG(second.text));
    return (struct failure){
        .text = text,
        .head = is_public(&first) ? first.text.size + second.head : first.head,
        .tail = is_public(&second) ? second.text.size + first.tail : second.tail,
    };
}

struct text failure_redact(struct arena *arena, const struct failure *failure, size_t limit)
{
    struct text text = failure->text;
    if (is_public(failure))
        return text_cut_utf8(text, limit);
    struct buffer shown = buffer_in(arena, SIZE_MAX);
    buffer_add(&shown, text_cut_utf8(text_slice(text, 0, failure->head), limit));
    buffer_print(&shown, "\xE2\x80\xA6 (%zu bytes)", text.size - failure->head - failure->tail);
    buffer_add(&shown, text_cut_utf8(text_slice(text, text.size - failure->tail, SIZE_MAX), limit));
    return buffer_text(&shown);
}

/* ---- errors ---- */

/* The message when the text cannot be made: the format itself when it has no conversion, else the name of the
   status. */
static struct text plain_message(const char *format, enum status status)
{
    return text_from(strpbrk(format, "%\1\2") == NULL ? format : status_name(status));
}

static void set_message(struct error *error, struct failure failure)
{
    error->message = failure.text;
    error->head = failure.head;
    error->tail = failure.tail;
}

static void set_where(struct error *error, struct text where)
{
    error->where = where.size > 0 && error->arena != NULL ? arena_copy(error->arena, where) : TEXT_NONE;
    if (error->where.data == NULL)
        error->where = TEXT_NONE;
}

enum status error_set(struct error *error, enum status status, struct text where, const char *format, ...)
{
    if (error == NULL)
        return status;
    struct failure failure = {0};
    if (error->arena != NULL) {
        va_list arguments;
        va_start(arguments, format);
        failure = failure_vprint(error->arena, format, arguments);
        va_end(arguments);
    }
    if (failure.text.data == NULL)
        failure = failure_public(plain_message(format, status));
    error->status = status;
    set_where(error, where);
    set_message(error, failure);
    return status;
}

enum status error_set_failure(struct error *error, enum status status, struct text where, struct failure failure)
{
    if (error == NULL)
        return status;
    struct text copy = error->arena != NULL ? arena_copy(error->arena, failure.text) : TEXT_NONE;
    failure.text = copy;
    error->status = status;
    set_where(error, where);
    set_message(error, copy.data != NULL ? failure : failure_public(text_from(status_name(status))));
    return status;
}

enum status error_copy(struct error *error, const struct error *from)
{
    return error_set_failure(error, from->status, from->where, error_failure(from));
}

enum status error_prefix(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return STATUS_INTERNAL;
    if (error->arena == NULL)
        return error->status;
    va_list arguments;
    va_start(arguments, format);
    struct failure prefix = failure_vprint(error->arena, format, arguments);
    va_end(arguments);
    if (prefix.text.data == NULL)
        return error->status;
    struct failure whole = failure_join(error->arena, prefix, FAILURE_TEXT(": "));
    if (whole.text.data != NULL)
        whole = failure_join(error->arena, whole, error_failure(error));
    if (whole.text.data != NULL)
        set_message(error, whole);
    return error->status;
}

enum status error_budget(struct error *error)
{
    if (error != NULL) {
        error->status = STATUS_BUDGET;
        error->where = TEXT_NONE;
        set_message(error, FAILURE_TEXT("out of the memory budget of this task"));
    }
    return STATUS_BUDGET;
}

const char *status_name(enum status status)
{
    switch (status) {
    case STATUS_OK: return "ok";
    case STATUS_INVALID: return "invalid";
    case STATUS_NOT_FOUND: return "not found";
    case STATUS_UNAVAILABLE: return "unavailable";
    case STATUS_BUDGET: return "budget";
    case STATUS_CANCELED: return "canceled";
    case STATUS_INTERNAL: return "internal";
    }
    return "unknown";
}
