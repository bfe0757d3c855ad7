#include "cli/offline.h"

#include <string.h>

#include "action/encode.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/cli.h"

static const char *shown(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

enum status offline_read(struct arena *arena, const char *path, struct json_value *value, struct error *error)
{
    struct text content;
    enum status status = cli_read_file(arena, path, LIMIT_JSON_BYTES, &content, error);
    if (status != STATUS_OK)
        return status;
    struct error fault = ERROR_IN(arena);
    status = json_read(arena, content, value, &fault);
    if (status == STATUS_OK)
        return STATUS_OK;
    return error_set(error, status, fault.where, "%s: %.*s%s%.*s", shown(path), TEXT_ARG(fault.where),
                     fault.where.size > 0 ? ": " : "", TEXT_ARG(fault.message));
}

static struct text random_id(struct arena *arena)
{
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(uuid_random(), id);
    return arena_copy(arena, text_from(id));
}

enum status offline_request(struct arena *arena, const char *action_type, const char *context_path,
                            struct action_request *request, struct error *error)
{
    *request = (struct action_request){
        .action_id = random_id(arena),
        .action_name = text_from(action_type),
        .action_type = text_from(action_type),
        .rule_name = TEXT("by hand"),
        .execution_id = random_id(arena),
        .context = json_object(NULL, 0),
    };
    if (request->action_id.data == NULL || request->execution_id.data == NULL)
        return error_budget(error);
    if (context_path == NULL)
        return STATUS_OK;
    enum status status = offline_read(arena, context_path, &request->context, error);
    if (status == STATUS_OK && request->context.type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "%s: expected object, found %s", shown(context_path),
                         json_type_name(request->context.type));
    return status;
}

struct action_environment offline_environment(struct arena *arena)
{
    struct encoder encoder = {.arena = arena};
    const struct json_value now = encode_timestamp(&encoder, clock_utc_seconds_us());
    return (struct action_environment){
        .catalog = &action_catalog_all,
        .attempt = 1,
        .local = true,
        .now = now.type == JSON_STRING ? now.string : TEXT_NONE,
    };
}
