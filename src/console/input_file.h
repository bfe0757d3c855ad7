/* The files that a command's arguments name. */
#ifndef CONSOLE_INPUT_FILE_H
#define CONSOLE_INPUT_FILE_H

#include "base/arena.h"
#include "base/status.h"

struct json_value;

/* Reads a file, or stdin for "-", into the arena. STATUS_NOT_FOUND: it cannot be read. STATUS_BUDGET: it holds more
   than `limit` bytes, or has no end; no more than that is read. */
enum status input_file_read(struct arena *arena, const char *path, size_t limit, struct text *content,
                            struct error *error) MUST_CHECK;

/* Reads the JSON value in a file of at most LIMIT_JSON_BYTES. Fails like input_file_read; STATUS_INVALID: the file
   holds no JSON, and error.message is "FILE: line:column: ...". */
enum status input_file_read_json(struct arena *arena, const char *path, struct json_value *value,
                                 struct error *error) MUST_CHECK;

/* The name of a file in messages: "stdin" for "-". */
const char *input_file_name(const char *path);

#endif
