/* What the environment says: one table of rows, made from spec/settings.yaml; each is read into one field of struct
   settings (base/settings_values.h), and every fault is told at once. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/buffer.h"
#include "base/settings_values.h"
#include "base/status.h"

/* The value of a variable or NULL: getenv, or a table in a test. */
typedef const char *settings_lookup(const char *name);

/* Reads the rows of `groups`, and the files that hold values of them, into error->arena. STATUS_INVALID: error.message
   has one line per fault, every one of them, none with the value of a secret. An empty value counts as not set. Not
   thread-safe beside setenv. */
enum status settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings,
                          struct error *error) MUST_CHECK;

/* For --help: each variable of `groups` with its default and what it means. */
void settings_describe(struct buffer *buffer, unsigned groups);

/* A Go duration (90s, 1h30m, 1.5s, 300ms) in milliseconds; false when it is none, negative or beyond a year. */
bool settings_duration(struct text text, int64_t *milliseconds);

#endif
