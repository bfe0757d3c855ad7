#include "base/status.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"

/* What is told when the words cannot be made: the format itself when it says all, else the kind of failure. */
static struct text plain_message(const char *format, enum status status)
{
    return text_from(strchr(format, '%') == NULL ? format : status_name(status));
}

enum status error_set(struct error *error, enum status status, struct text where, const char *format, ...)
{
    if (error == NULL)
        return status;
    error->status = status;
    error->where = TEXT_NONE;
    error->message = plain_message(format, status);
    if (error->arena == NULL)
        return status;

    if (where.size > 0)
        error->where = arena_copy(error->arena, where);
    if (error->where.data == NULL)
        error->where = TEXT_NONE;
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(error->arena, format, arguments);
    va_end(arguments);
    if (message.data != NULL)
        error->message = message;
    return status;
}

enum status error_prefix(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return STATUS_INTERNAL;
    if (error->arena == NULL)
        return error->status;
    va_list arguments;
    va_start(arguments, format);
    struct text prefix = arena_vprint(error->arena, format, arguments);
    va_end(arguments);
    if (prefix.data == NULL)
        return error->status;
    struct text whole = arena_print(error->arena, "%.*s: %.*s", TEXT_ARG(prefix), TEXT_ARG(error->message));
    if (whole.data != NULL)
        error->message = whole;
    return error->status;
}

enum status error_budget(struct error *error)
{
    if (error != NULL) {
        error->status = STATUS_BUDGET;
        error->where = TEXT_NONE;
        error->message = TEXT("out of the memory budget of this task");
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
