/* The result of a call, and the error to report. Pure; any thread. */
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
    STATUS_UNAVAILABLE, /* a peer cannot be reached or is busy; a retry can help */
    STATUS_BUDGET,      /* a bound of base/limits.h or an arena's cap was reached */
    STATUS_CANCELED,    /* the caller asked to stop */
    STATUS_INTERNAL,    /* a bug in the worker */
};
const char *status_name(enum status status); /* "ok", "invalid", ... */

struct arena;

/* ---- texts that may hold data ----

   People who started a run see the whole text of a failure; the log, which more people read, must not show the values
   in it (configs, rows, addresses, text that a server quotes). So a text records how much of it is public. The output
   of a conversion is not public unless the call marks it: a forgotten mark hides too much, never too little. */

/* The first `head` and the last `tail` bytes of the text are public; the bytes between them are or may be data.
   {.text = t}: the whole text is data, such as a text from a server or from libpq. head + tail >= text.size: the whole
   text is public. */
struct failure {
    struct text text;
    size_t head, tail;
};

/* Marks conversions of a format that never print data: action names, ids, types, sizes, limits, texts of the worker.
   error_set(error, STATUS_INVALID, where, PUBLIC("%s: must be at most %d") ", found %lld", key, max, found)
   A mark may enclose any part of the format; marks do not nest. Literal text needs no mark: everything before the first
   unmarked conversion is public, and so is the literal text after the last conversion. */
#define PUBLIC(format_) "\1" format_ "\2"

/* printf into the arena; .text.data NULL past its cap. */
struct failure failure_print(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct failure failure_vprint(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
/* A failure whose text is public as a whole. */
static inline struct failure failure_public(struct text text)
{
    return (struct failure){.text = text, .head = text.size};
}
#define FAILURE_TEXT(literal_) failure_public(TEXT(literal_))
/* The two texts joined, in the arena; .text.data NULL past its cap. */
struct failure failure_join(struct arena *arena, struct failure first, struct failure second) MUST_CHECK;
/* The text with "… (N bytes)" in place of the data; the parts around it are cut to `limit` bytes each. Borrowed or in
   the arena; .data NULL past its cap. */
struct text failure_redact(struct arena *arena, const struct failure *failure, size_t limit) MUST_CHECK;

/* ---- errors ---- */

/* An error: its kind, place and message. The function that fails fills it once; callers may put context in front of the
   message but never replace it. The texts live in the arena given to ERROR_IN, or are literals when the arena is
   full. */
struct error {
    struct arena *arena; /* for the texts; NULL: only literals are used */
    enum status status;
    struct text where;   /* JSON pointer, file:line:column, event id; may be empty */
    struct text message; /* a sentence without a final period */
    size_t head, tail;   /* bytes of the message that are public, as in struct failure */
};
#define ERROR_IN(arena_) ((struct error){.arena = (arena_)})

/* Fills *error (which may be NULL) and returns status, so that a caller can write `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, struct text where, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Likewise, with a copy of an existing failure as the message. */
enum status error_set_failure(struct error *error, enum status status, struct text where, struct failure failure);
/* Copies another error into the arena of `error`; returns its status. */
enum status error_copy(struct error *error, const struct error *from);
/* Puts "<text>: " in front of the message; returns error's status. */
enum status error_prefix(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);
/* Fills *error (which may be NULL) with STATUS_BUDGET and the message "out of the memory budget of this task"; returns
   STATUS_BUDGET. */
enum status error_budget(struct error *error);
/* The message. Borrowed. */
static inline struct failure error_failure(const struct error *error)
{
    return (struct failure){.text = error->message, .head = error->head, .tail = error->tail};
}

#endif
