/* Arguments of tools. */
#include "agents/mcp_tools.h"
#include "base/limits.h"
#include "console/input_file.h"

bool mcp_fail(struct mcp_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text failure = arena_vprint(call->arena, format, arguments);
    va_end(arguments);
    call->failure = failure.data != NULL ? failure : TEXT("out of memory");
    return false;
}

bool mcp_fail_error(struct mcp_call *call, const struct error *error)
{
    return mcp_fail(call, "%.*s%s%.*s", TEXT_ARG(error->where), error->where.size > 0 ? ": " : "",
                    TEXT_ARG(error->message));
}

bool mcp_fail_faults(struct mcp_call *call, const struct case_faults *faults)
{
    struct buffer lines = buffer_in(call->arena, MIB(1));
    for (size_t i = 0; i < faults->count; i++) {
        const struct case_fault *fault = &faults->items[i];
        buffer_print(&lines, "%s%.*s%s%.*s", i > 0 ? "\n" : "", TEXT_ARG(fault->pointer),
                     fault->pointer.size > 0 ? ": " : "", TEXT_ARG(fault->message));
    }
    return mcp_fail(call, "%.*s", TEXT_ARG(buffer_text(&lines)));
}

bool mcp_check_arguments(struct mcp_call *call, const struct mcp_argument *known, size_t count)
{
    struct case_faults faults = {.arena = call->arena};
    const char **keys = ARENA_ARRAY(call->arena, count, const char *);
    if (keys == NULL)
        return mcp_fail(call, "out of memory");
    if (count == 0 && call->arguments->object.count > 0)
        return mcp_fail(call, "the tool takes no arguments");
    for (size_t i = 0; i < count; i++)
        keys[i] = known[i].key;
    case_check_keys(&faults, call->arguments, TEXT_NONE, keys, count);
    for (size_t i = 0; i < count; i++)
        (void)case_member(&faults, call->arguments, TEXT_NONE, known[i].key, known[i].type);
    return faults.count == 0 || mcp_fail_faults(call, &faults);
}

const struct json_value *mcp_argument(const struct mcp_call *call, const char *key)
{
    return json_get(call->arguments, text_from(key));
}

const char *mcp_argument_text(const struct mcp_call *call, const char *key)
{
    struct text text = json_get_text(call->arguments, text_from(key));
    return text.data; /* NUL-terminated by json_read */
}

bool mcp_read_json(struct mcp_call *call, const char *value, const char *file, struct json_value *document)
{
    const struct json_value *given = mcp_argument(call, value);
    const char *path = mcp_argument_text(call, file);
    if ((given != NULL) == (path != NULL))
        return mcp_fail(call, "one of '%s' (JSON) and '%s' (the path of a file) is needed", value, file);
    if (given != NULL) {
        *document = *given;
        return true;
    }
    struct error error = ERROR_IN(call->arena);
    if (text_is(text_from(path), "-"))
        return mcp_fail(call, "'%s' must be the path of a file", file);
    return input_file_read_json(call->arena, path, document, &error) == STATUS_OK || mcp_fail_error(call, &error);
}
