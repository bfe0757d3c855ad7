/* Settings of the environment: one table of rows, made from spec/settings.yaml; each is read into one field of struct
   settings (settings/settings_values.h), and all faults are reported together. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "settings/settings_values.h"

/* The value of a variable or NULL: getenv, or a table in a test. */
typedef const char *settings_lookup(const char *name);

/* Faults: a line for each variable, sorted by their names. Starts zeroed but for the arena. */
struct settings_faults {
    struct arena *arena;
    struct settings_fault *first;
    size_t count;
};

/* Reads the rows of `groups`, and the files that hold values of them, into the arena of `faults`; fields of other
   groups stay as they are. Adds every fault to `faults`, never with the value of a secret. An empty value counts as not
   set. Not thread-safe beside setenv. */
void settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings, struct settings_faults *faults);

/* Adds the line "VARIABLE..." unless that variable has one already: the first is the cause. The variable's name is
   borrowed. */
void settings_fault(struct settings_faults *faults, const char *variable, const char *format, ...) PRINTF_LIKE(3, 4);
/* All of them as one text, in their arena. At least one. */
struct text settings_faults_text(const struct settings_faults *faults);

/* The variable that the setting of that name is taken from: its own, an alias or one that names a file; NULL when none
   is set. */
const char *settings_variable(const char *name, settings_lookup *lookup);

/* Receives a variable that may not be what was meant, and another one: see below. */
typedef void settings_report(struct text variable, const char *other);

/* Reports each variable that is not a setting but seems to be meant for one: its name is that of a setting but for a
   typing error or two, or begins with the same two words. Only of ICHOR_... and TEMPORAL_..., and without those that
   Kubernetes sets for services. other: the setting that may have been meant, or NULL. */
void settings_unknown(const char *const *environment, settings_report *report);
/* Reports each setting of `groups` that is set but has no effect without another one, which is not set. */
void settings_alone(unsigned groups, settings_lookup *lookup, settings_report *report);
/* Reports each variable of a setting of `groups` whose value differs from that of the variable in use, `other`. */
void settings_doubled(unsigned groups, settings_lookup *lookup, settings_report *report);

/* For --help: each variable of `groups` with its default and meaning. */
void settings_describe(struct buffer *buffer, unsigned groups);

/* A Go duration (90s, 1h30m, 1.5s, 300ms) in milliseconds; false for anything else, and beyond a year. */
bool settings_duration(struct text text, int64_t *milliseconds);

#endif
