/* Reads the files that a command's arguments name. */
#include "console/input_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/limits.h"

static enum status read_stream(struct arena *arena, FILE *stream, const char *name, size_t limit, struct text *content,
                               struct error *error)
{
    struct buffer buffer = buffer_in(arena, limit);
    char chunk[8192];
    size_t size;
    while (!buffer.failed && (size = fread(chunk, 1, sizeof(chunk), stream)) > 0)
        buffer_add(&buffer, (struct text){.data = chunk, .size = size});
    if (ferror(stream))
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "cannot read %s: %s", name, strerrordesc_np(errno));
    *content = buffer_text(&buffer);
    if (content->data == NULL)
        return error_set(error, STATUS_BUDGET, TEXT_NONE, "%s is larger than %zu bytes", name, limit);
    return STATUS_OK;
}

const char *input_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

enum status input_file_read(struct arena *arena, const char *path, size_t limit, struct text *content,
                            struct error *error)
{
    if (strcmp(path, "-") == 0)
        return read_stream(arena, stdin, input_file_name(path), limit, content, error);
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "cannot read %s: %s", path, strerrordesc_np(errno));
    enum status status = read_stream(arena, stream, path, limit, content, error);
    fclose(stream);
    return status;
}

enum status input_file_read_json(struct arena *arena, const char *path, struct json_value *value, struct error *error)
{
    struct text content;
    enum status status = input_file_read(arena, path, LIMIT_JSON_BYTES, &content, error);
    if (status != STATUS_OK)
        return status;
    struct error fault = ERROR_IN(arena);
    status = json_read_file(arena, content, value, &fault);
    if (status == STATUS_OK)
        return STATUS_OK;
    return error_set(error, status, fault.where, "%s: %.*s%s%.*s", input_file_name(path), TEXT_ARG(fault.where),
                     fault.where.size > 0 ? ": " : "", TEXT_ARG(fault.message));
}
