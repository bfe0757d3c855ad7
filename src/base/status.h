/* How a call ended, and what to report about it. Pure; any thread. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdarg.h>

#include "base/text.h"

#define MUST_CHECK                   __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_, first_) __attribute__((format(printf, format_, first_)))

enum status {
    STATUS_OK = 0,
    STATUS_INVALID,     /* the input is wrong; the same input fails again */
    STATUS_NOT_FOUND,   /* the thing named does not exist */
    STATUS_UNAVAILABLE, /* a peer cannot be reached or is busy; trying again can help */
    STATUS_BUDGET,      /* a bound of base/limits.h or an arena's cap was met */
    STATUS_CANCELED,    /* somebody asked to stop */
    STATUS_INTERNAL,    /* our own fault */
};
const char *status_name(enum status status); /* "ok", "invalid", ... */

struct arena;

/* ---- texts that may hold data ----

   People who started a run see the whole text of a failure; the log, which more people read, must not show the values
   in it (configs, rows, addresses, what a server quotes). So a text carries how much of it is public. What a conversion
   prints is not, unless the site marks it: a forgotten mark hides too much, never too little. */

/* The first head and the last tail bytes of the text are public, what lies between is or may be data. {.text = t}: all
   of it is data, as with a text from a server or from libpq. head + tail >= text.size: all of it is public. */
struct failure {
    struct text text;
    size_t head, tail;
};

/* Marks conversions of a format that never print data: names of actions, ids, types, sizes, limits, our own texts.
   error_set(error, STATUS_INVALID, where, PUBLIC("%s: must be at most %d") ", found %lld", key, max, found)
   Around as much of the format as is wanted; marks do not nest. Literal text needs none: what stands before the first
   conversion without a mark and behind the last one is public (a tail only as far as it is literal). */
#define PUBLIC(format_) "\1" format_ "\2"

/* printf into the arena; .text.data NULL past its cap. */
struct failure failure_print(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct failure failure_vprint(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
/* A text of ours, without data. */
static inline struct failure failure_public(struct text text)
{
    return (struct failure){.text = text, .head = text.size};
}
#define FAILURE_TEXT(literal_) failure_public(TEXT(literal_))
/* One behind the other, in the arena; .text.data NULL past its cap. */
struct failure failure_join(struct arena *arena, struct failure first, struct failure second) MUST_CHECK;
/* The text with "… (N bytes)" in place of the data, the parts around it cut to limit bytes each. Borrowed or in the
   arena; .data NULL past its cap. */
struct text failure_redact(struct arena *arena, const struct failure *failure, size_t limit) MUST_CHECK;

/* ---- errors ---- */

/* What went wrong, where, for whom. Filled once by the function that fails; callers put context in front and never
   replace it. The texts live in the arena given to ERROR_IN (or are literals when that is full). */
struct error {
    struct arena *arena; /* where the texts are made; may be NULL: then only literals appear */
    enum status status;
    struct text where;   /* JSON pointer, file:line:column, event id; may be empty */
    struct text message; /* a sentence without a final period */
    size_t head, tail;   /* bytes of the message that are public, as in struct failure */
};
#define ERROR_IN(arena_) ((struct error){.arena = (arena_)})

/* Fills *error (which may be NULL) and returns status, so that a caller can write `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, struct text where, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Likewise with a copy of a text that came from elsewhere. */
enum status error_set_failure(struct error *error, enum status status, struct text where, struct failure failure);
/* A copy of another error, in error's arena; returns its status. */
enum status error_copy(struct error *error, const struct error *from);
/* Puts "<text>: " in front of the message; returns error's status. */
enum status error_prefix(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);
/* STATUS_BUDGET with the message "out of the memory budget of this task". */
enum status error_budget(struct error *error);
/* The message. Borrowed. */
static inline struct failure error_failure(const struct error *error)
{
    return (struct failure){.text = error->message, .head = error->head, .tail = error->tail};
}

#endif
