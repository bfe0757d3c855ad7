/* Completes documents of rules. */
#include "rule/rule_input.h"

#include "base/date.h"
#include "base/uuid.h"

/* Made-up ids are derived from their purpose, so they are the same each time. */
static struct text made_up_id(struct arena *arena, const char *purpose)
{
    return uuid_text(arena, uuid_from_name((struct uuid){{0}}, text_from(purpose)));
}

bool rule_is_bare_graph(const struct json_value *document)
{
    return json_get_lenient(document, TEXT("graph")) == NULL &&
           (json_get_lenient(document, TEXT("actions")) != NULL || json_get_lenient(document, TEXT("edges")) != NULL);
}

/* Room for all members of an object and four more. */
struct object_builder {
    struct json_member *members;
    size_t count;
};

static void add(struct object_builder *builder, const char *key, struct json_value value)
{
    builder->members[builder->count++] = (struct json_member){text_from(key), value};
}

static bool begin(struct object_builder *builder, struct arena *arena, const struct json_value *object,
                  const char *left_out)
{
    *builder = (struct object_builder){.members = ARENA_ARRAY(arena, object->object.count + 4, struct json_member)};
    for (size_t i = 0; builder->members != NULL && i < object->object.count; i++) {
        const struct json_member *member = &object->object.members[i];
        if (left_out == NULL || !text_equal_ignoring_case(member->key, text_from(left_out)))
            builder->members[builder->count++] = *member;
    }
    return builder->members != NULL;
}

bool rule_input_complete(struct arena *arena, const struct json_value *document, const struct json_value *trigger,
                         struct json_value *input)
{
    struct object_builder builder;
    const struct json_value nothing = json_object(NULL, 0);
    bool bare = rule_is_bare_graph(document);
    *input = *document;
    if (document->type != JSON_OBJECT)
        return true;
    if (!begin(&builder, arena, bare ? &nothing : document, trigger != NULL ? "trigger_data" : NULL))
        return false;
    const struct text rule = made_up_id(arena, "rule"), execution = made_up_id(arena, "execution");
    if (bare) {
        add(&builder, "rule_id", json_string(rule));
        add(&builder, "graph", *document);
    }
    if (json_get_lenient(document, TEXT("execution_id")) == NULL || bare)
        add(&builder, "execution_id", json_string(execution));
    if (trigger != NULL)
        add(&builder, "trigger_data", *trigger);
    *input = json_object(builder.members, builder.count);
    return rule.data != NULL && execution.data != NULL;
}

bool rule_input_time(const struct json_value *input, int64_t *us)
{
    const struct json_value *trigger = json_get_lenient(input, TEXT("trigger_data"));
    struct date date;
    if (!date_read(json_get_text(trigger, TEXT("timestamp")), &date))
        return false;
    *us = date_to_us(&date);
    return *us >= DATE_US_MIN && *us <= DATE_US_MAX;
}
