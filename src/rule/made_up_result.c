/* Made-up results. */
#include "rule/made_up_result.h"

bool made_up_result(struct arena *arena, const struct action_type *type, struct json_value *result)
{
    struct json_member *members = ARENA_NEW(arena, struct json_member);
    if (members == NULL)
        return false;
    struct text output = type->output_count > 0 ? text_from(type->outputs[0]) : TEXT("success");
    members[0] = (struct json_member){TEXT("output"), json_string(output)};
    *result = json_object(members, 1);
    return true;
}
