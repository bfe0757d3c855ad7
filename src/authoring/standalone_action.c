/* One action outside of any workflow: its request and its environment. */
#include "authoring/standalone_action.h"

#include "action/encode.h"
#include "base/clock.h"
#include "console/input_file.h"

enum status standalone_action_request(struct arena *arena, const char *action_type, const char *context_path,
                                      struct action_request *request, struct error *error)
{
    *request = (struct action_request){
        .action_id = uuid_text(arena, uuid_random()),
        .action_name = text_from(action_type),
        .action_type = text_from(action_type),
        .rule_name = TEXT("by hand"),
        .execution_id = uuid_text(arena, uuid_random()),
        .context = json_object(NULL, 0),
    };
    if (request->action_id.data == NULL || request->execution_id.data == NULL)
        return error_budget(error);
    if (context_path == NULL)
        return STATUS_OK;
    enum status status = input_file_read_json(arena, context_path, &request->context, error);
    if (status == STATUS_OK && request->context.type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "%s: expected object, found %s",
                         input_file_name(context_path), json_type_name(request->context.type));
    return status;
}

struct action_environment standalone_action_environment(struct arena *arena)
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
