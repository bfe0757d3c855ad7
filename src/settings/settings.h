/* What the environment says: one table of rows, made from spec/settings.yaml; each is read into one field of struct
   settings (settings/settings_values.h), and every fault is told at once. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "settings/settings_values.h"

/* The value of a variable or NULL: getenv, or a table in a test. */
typedef const char *settings_lookup(const char *name);

/* What is wrong: a line for each variable, sorted by their names. Zeroed but for the arena. */
struct settings_faults {
    struct arena *arena;
    struct settings_fault *first;
    size_t count;
};

/* Reads the rows of `groups`, and the files that hold values of them, into the arena of `faults`; fields of other groups
   are left alone. What is wrong is added to the faults, all of it, never with the value of a secret. An empty value
   counts as not set. Not thread-safe beside setenv. */
void settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings, struct settings_faults *faults);

/* Adds the line "VARIABLE..." unless there is one of that variable: what is told first is the cause. The variable's name
   is borrowed. */
void settings_fault(struct settings_faults *faults, const char *variable, const char *format, ...) PRINTF_LIKE(3, 4);
/* All of them, in the arena; of which there must be one. */
struct text settings_faults_text(const struct settings_faults *faults);

/* The variable that the setting of that name is taken from, its own, an alias or one that names a file; NULL: none is
   set. */
const char *settings_variable(const char *name, settings_lookup *lookup);

/* `other`: what may have been meant, or is missing, or is used; NULL: nothing. */
typedef void settings_doubt(struct text variable, const char *other);

/* Tells of each variable that is no setting but seems to be meant for one: its name is by a letter or two that of a
   setting (ICHOR_... and TEMPORAL_... alone), or begins with the same two words. Those that Kubernetes sets for services
   are silent. */
void settings_unknown(const char *const *environment, settings_doubt *tell);
/* Tells of each setting of `groups` that is set but has no use without another one that is not. */
void settings_alone(unsigned groups, settings_lookup *lookup, settings_doubt *tell);

/* Tells of each variable of a setting of `groups` that says something else than the one that is used, `other`. */
void settings_doubled(unsigned groups, settings_lookup *lookup, settings_doubt *tell);

/* For --help: each variable of `groups` with its default and what it means. */
void settings_describe(struct buffer *buffer, unsigned groups);

/* A Go duration (90s, 1h30m, 1.5s, 300ms) in milliseconds; false when it is none, negative or beyond a year. */
bool settings_duration(struct text text, int64_t *milliseconds);

#endif
