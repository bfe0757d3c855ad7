/* Settings from the environment: a table generated from spec/settings.yaml, of which each row is read into one field of
   struct settings (settings/settings_values.h). All faults are reported together. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"
#include "settings/settings_values.h"

/* Returns the value of a variable, or NULL: getenv, or a table in a test. */
typedef const char *settings_lookup(const char *name);

/* Faults: one line for each variable, sorted by name. Starts zeroed except for the arena. */
struct settings_faults {
    struct arena *arena;
    struct settings_fault *first;
    size_t count;
};

/* Reads the settings of `groups`, and the files that hold values of settings, into the arena of `faults`; fields of
   other groups are unchanged. Adds every fault to `faults`, never with the value of a secret. An empty value counts as
   not set. Not safe while another thread calls setenv. */
void settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings, struct settings_faults *faults);

/* Adds the line "VARIABLE...", where the format gives the text after the name. Ignored when the variable already has a
   line, because the first fault is the cause. The name is borrowed. */
void settings_fault(struct settings_faults *faults, const char *variable, const char *format, ...) PRINTF_LIKE(3, 4);
/* All faults as one text, in their arena. There must be at least one. */
struct text settings_faults_text(const struct settings_faults *faults);

/* The variable that a setting is read from: its own name, an alias, or a variable that names a file; NULL when none is
   set. */
const char *settings_variable(const char *name, settings_lookup *lookup);

/* Receives a variable that may be a mistake, and a related variable; see the functions below. */
typedef void settings_report(struct text variable, const char *other);

/* Reports each variable that is not a setting but looks like one: its name differs from that of a setting by one or two
   typing errors, or begins with the same two words. Considers only ICHOR_... and TEMPORAL_..., and ignores variables
   that Kubernetes sets for services. other: the setting that was probably meant, or NULL. */
void settings_unknown(const char *const *environment, settings_report *report);
/* Reports each setting of `groups` that is set but has no effect, because `other`, which it depends on, is not set. */
void settings_alone(unsigned groups, settings_lookup *lookup, settings_report *report);
/* Reports each variable of a setting of `groups` whose value differs from that of the variable in use, `other`. */
void settings_doubled(unsigned groups, settings_lookup *lookup, settings_report *report);

/* Writes the text for --help: each variable of `groups` with its default and meaning. */
void settings_describe(struct buffer *buffer, unsigned groups);

/* Parses a duration in Go's form (90s, 1h30m, 1.5s, 300ms) or in the form of the specs (7d), in milliseconds. False for
   anything else, and for more than 366 days. */
bool settings_duration(struct text text, int64_t *milliseconds);

#endif
