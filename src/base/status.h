/* How a call ended, and what to tell about it. Pure; any thread. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "base/text.h"

#define MUST_CHECK                   __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_, first_) __attribute__((format(printf, format_, first_)))

enum status {
    STATUS_OK = 0,
    STATUS_INVALID,     /* the input is wrong; the same input fails again */
    STATUS_NOT_FOUND,   /* what was asked for does not exist */
    STATUS_UNAVAILABLE, /* a peer is away or busy; trying again can help */
    STATUS_BUDGET,      /* a bound of base/limits.h or an arena's cap was met */
    STATUS_CANCELED,    /* somebody asked to stop */
    STATUS_INTERNAL,    /* our own fault */
};

struct arena;

/* What went wrong, where, for whom. Filled once by the function that fails; callers put context in front and never
   replace it. The texts live in the arena given to ERROR_IN (or are literals when that is full). */
struct error {
    struct arena *arena; /* where the texts are made; may be NULL: then only literals appear */
    enum status status;
    struct text where;   /* JSON pointer, file:line:column, event id; may be empty */
    struct text message; /* a sentence without a final period */
};
#define ERROR_IN(arena_) ((struct error){.arena = (arena_)})

/* Fills *error (which may be NULL) and returns status, so that a caller can write `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, struct text where, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Puts "<text>: " in front of the message; returns error's status. */
enum status error_prefix(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);
/* STATUS_BUDGET with the message "out of the memory budget of this task". */
enum status error_budget(struct error *error);

const char *status_name(enum status status); /* "ok", "invalid", ... */

#endif
