/* Tools about the actions of the spec. */
#include "action/registry.h"
#include "action/suggestion.h"
#include "agents/mcp_tools.h"
#include "base/json_writer.h"

static const char *const effects[] = {
    [EFFECTS_PURE] = "pure", [EFFECTS_READ] = "read", [EFFECTS_WRITE] = "write", [EFFECTS_EXTERNAL] = "external"};
static const char *const modes[] = {
    [ACTION_MODE_SYNC] = "sync", [ACTION_MODE_ASYNC] = "async", [ACTION_MODE_HUMAN] = "human"};

static void write_outputs(struct json_writer *json, const struct action_type *type)
{
    json_key(json, "outputs");
    json_begin_array(json);
    for (size_t i = 0; i < type->output_count; i++)
        json_put_text(json, text_from(type->outputs[i]));
    json_end_array(json);
}

/* As the hints of a tool of the protocol: what performing the action does. */
static void write_hints(struct json_writer *json, const struct action_type *type)
{
    bool reads = type->effects == EFFECTS_PURE || type->effects == EFFECTS_READ;
    json_key(json, "hints");
    json_begin_object(json);
    json_member_boolean(json, "readOnlyHint", reads);
    json_member_boolean(json, "destructiveHint", !reads && type->effects != EFFECTS_EXTERNAL);
    json_member_boolean(json, "idempotentHint", reads || type->idempotent);
    json_member_boolean(json, "openWorldHint", type->effects == EFFECTS_EXTERNAL || type->mode == ACTION_MODE_HUMAN);
    json_end_object(json);
}

static void write_head(struct json_writer *json, const struct action_type *type)
{
    json_member_string(json, "name", type->name);
    json_member_string(json, "summary", type->summary);
    json_member_string(json, "mode", modes[type->mode]);
    json_member_string(json, "effects", effects[type->effects]);
    write_outputs(json, type);
    write_hints(json, type);
    if (type->deprecated != NULL)
        json_member_string(json, "deprecated", type->deprecated);
}

static bool list_actions(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {{"search", JSON_STRING}};
    (void)userdata;
    if (!mcp_check_arguments(call, known, 1))
        return false;
    struct text search = json_get_text(call->arguments, TEXT("search"));
    struct json_writer json = {&call->result};
    json_begin_object(&json);
    json_key(&json, "actions");
    json_begin_array(&json);
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        if (search.size > 0 && text_find(text_from(type->name), search) == SIZE_MAX &&
            text_find(text_from(type->documentation), search) == SIZE_MAX)
            continue;
        json_begin_object(&json);
        write_head(&json, type);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_end_object(&json);
    return true;
}

static void write_examples(struct json_writer *json, const struct action_type *type)
{
    json_key(json, "examples");
    json_begin_array(json);
    for (size_t i = 0; i < type->example_count; i++) {
        const struct action_example *example = &type->examples[i];
        json_begin_object(json);
        json_member_string(json, "title", example->title);
        json_member_raw(json, "config", text_from(example->config));
        if (example->fault != NULL)
            json_member_string(json, "fault", example->fault);
        json_end_object(json);
    }
    json_end_array(json);
}

static bool describe_action(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {{"name", JSON_STRING}};
    (void)userdata;
    if (!mcp_check_arguments(call, known, 1))
        return false;
    struct text name = json_get_text(call->arguments, TEXT("name"));
    const struct action_type *type = action_catalog_find(&action_catalog_all, name);
    struct text nearest = suggest_action_type(name, &action_catalog_all);
    if (type == NULL && nearest.size > 0)
        return mcp_fail(call, "no action '%.*s'; did you mean '%.*s'?", TEXT_ARG(name), TEXT_ARG(nearest));
    if (type == NULL)
        return mcp_fail(call, "no action '%.*s'; list_actions lists them", TEXT_ARG(name));
    struct json_writer json = {&call->result};
    json_begin_object(&json);
    write_head(&json, type);
    json_member_raw(&json, "config_schema", text_from(type->json_schema));
    json_member_string(&json, "documentation", type->documentation);
    write_examples(&json, type);
    json_end_object(&json);
    return true;
}

static bool rule_schema(void *userdata, struct mcp_call *call)
{
    (void)userdata;
    if (!mcp_check_arguments(call, NULL, 0))
        return false;
    struct json_writer json = {&call->result};
    json_begin_object(&json);
    json_member_raw(&json, "schema", text_from(rule_json_schema));
    json_end_object(&json);
    return true;
}

#define HEAD_SCHEMA                                                                                                    \
    "\"name\":{\"type\":\"string\"},\"summary\":{\"type\":\"string\"},"                                                \
    "\"mode\":{\"enum\":[\"sync\",\"async\",\"human\"]},"                                                              \
    "\"effects\":{\"enum\":[\"pure\",\"read\",\"write\",\"external\"]},"                                               \
    "\"outputs\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"                                                \
    "\"hints\":{\"type\":\"object\"},\"deprecated\":{\"type\":\"string\"}"

const struct mcp_tool mcp_list_actions = {
    .name = "list_actions",
    .title = "List actions",
    .description = "Lists the action types that rules can use: what each does, its outputs (edges follow them) and its "
                   "effects. Describe one with describe_action before you use it.",
    .input_schema =
        "{\"type\":\"object\",\"properties\":{\"search\":{\"type\":\"string\",\"description\":\"Only actions "
        "whose name or documentation contains this text\"}},\"additionalProperties\":false}",
    .output_schema = "{\"type\":\"object\",\"required\":[\"actions\"],\"properties\":{\"actions\":{\"type\":\"array\","
                     "\"items\":{\"type\":\"object\",\"required\":[\"name\",\"summary\",\"outputs\"],\"properties\":"
                     "{" HEAD_SCHEMA "}}}}}",
    .call = list_actions,
};

const struct mcp_tool mcp_describe_action = {
    .name = "describe_action",
    .title = "Describe an action",
    .description = "The JSON Schema of an action's config, its documentation with results and errors, and examples.",
    .input_schema = "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":{\"type\":\"string\"}},"
                    "\"additionalProperties\":false}",
    .output_schema =
        "{\"type\":\"object\",\"required\":[\"name\",\"config_schema\",\"documentation\"],\"properties\":{" HEAD_SCHEMA
        ",\"config_schema\":{\"type\":\"object\"},\"documentation\":{\"type\":\"string\"},"
        "\"examples\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}",
    .call = describe_action,
};

const struct mcp_tool mcp_rule_schema = {
    .name = "rule_schema",
    .title = "The schema of a rule",
    .description = "The JSON Schema of a whole rule with the configs of all action types. It is large; describe_action "
                   "gives the schema of one type.",
    .input_schema = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}",
    .output_schema =
        "{\"type\":\"object\",\"required\":[\"schema\"],\"properties\":{\"schema\":{\"type\":\"object\"}}}",
    .call = rule_schema,
};
