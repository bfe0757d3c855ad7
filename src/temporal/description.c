/* Builds the commands that describe a run. */
#include "temporal/description.h"

#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/names.h"
#include "temporal/codec.h"
#include "temporal/payload.h"
#include "temporal_api_enums.h"

enum { RULE, ENTITY, ENTITY_ID, ENTITY_NUMBER, FAILED_ACTION };
const char *const description_attributes[DESCRIPTION_ATTRIBUTES] = {
    [RULE] = ATTRIBUTE_RULE,
    [ENTITY] = ATTRIBUTE_ENTITY,
    [ENTITY_ID] = ATTRIBUTE_ENTITY_ID,
    [ENTITY_NUMBER] = ATTRIBUTE_ENTITY_NUMBER,
    [FAILED_ACTION] = ATTRIBUTE_FAILED_ACTION,
};

unsigned description_attribute(struct text name)
{
    for (unsigned i = 0; i < DESCRIPTION_ATTRIBUTES; i++)
        if (text_is(name, description_attributes[i]))
            return 1u << i;
    return 0;
}

static bool string_payload(Api__Payload *payload, struct text value, struct arena *arena)
{
    struct buffer json = buffer_in(arena, LIMIT_PAYLOAD_BYTES);
    json_write_string(&json, value);
    *payload = payload_json(buffer_text(&json));
    return payload->data.data != NULL;
}

/* ---- the memo ---- */

enum { MEMO_RULE, MEMO_ENTITY, MEMO_TRIGGER, MEMO_FIELDS };

struct memo_parts {
    Api__ModifyWorkflowPropertiesCommandAttributes attributes;
    Api__Memo memo;
    Api__MemoFieldsEntry entries[MEMO_FIELDS], *items[MEMO_FIELDS];
    Api__Payload values[MEMO_FIELDS];
    bool failed;
};

static void add_memo(struct memo_parts *parts, const char *key, struct text value, struct arena *arena)
{
    size_t at = parts->memo.n_fields;
    if (value.size == 0)
        return;
    parts->entries[at] = (Api__MemoFieldsEntry)API__MEMO_FIELDS_ENTRY__INIT;
    parts->entries[at].key = proto_bytes(text_from(key));
    parts->entries[at].value = &parts->values[at];
    parts->failed = !string_payload(&parts->values[at], value, arena) || parts->failed;
    parts->items[at] = &parts->entries[at];
    parts->memo.n_fields = at + 1;
}

/* "orders SO-2026-1042" */
static struct text entity_of(const struct run_description *description, struct arena *arena)
{
    struct text which = description->entity_number.size > 0 ? description->entity_number : description->entity_id;
    return arena_print(arena, "%.*s%s%.*s", TEXT_ARG(description->entity),
                       description->entity.size > 0 && which.size > 0 ? " " : "", TEXT_ARG(which));
}

/* *command is NULL when there is nothing to set. False: the arena is full. */
static bool set_memo(const struct run_description *description, struct arena *arena, Api__Command **command)
{
    *command = ARENA_NEW(arena, Api__Command);
    struct memo_parts *parts = ARENA_NEW(arena, struct memo_parts);
    struct text entity = entity_of(description, arena);
    if (*command == NULL || parts == NULL || entity.data == NULL)
        return false;
    parts->memo = (Api__Memo)API__MEMO__INIT;
    parts->memo.fields = parts->items;
    add_memo(parts, "rule", description->rule, arena);
    add_memo(parts, "entity", entity, arena);
    add_memo(parts, "trigger", description->trigger, arena);
    parts->attributes =
        (Api__ModifyWorkflowPropertiesCommandAttributes)API__MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES__INIT;
    parts->attributes.upserted_memo = &parts->memo;
    **command = (Api__Command)API__COMMAND__INIT;
    (*command)->command_type = API_COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES;
    (*command)->attributes_case = API__COMMAND__ATTRIBUTES_MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES;
    (*command)->modify_workflow_properties_command_attributes = &parts->attributes;
    if (parts->memo.n_fields == 0)
        *command = NULL;
    return !parts->failed;
}

/* ---- search attributes ---- */

struct attribute_parts {
    Api__UpsertWorkflowSearchAttributesCommandAttributes attributes;
    Api__SearchAttributes fields;
    Api__SearchAttributesIndexedFieldsEntry entries[DESCRIPTION_ATTRIBUTES], *items[DESCRIPTION_ATTRIBUTES];
    Api__Payload values[DESCRIPTION_ATTRIBUTES];
    Api__PayloadMetadataEntry null_encoding, *null_metadata[1];
    bool failed;
};

/* An empty value removes the attribute. */
static void add_attribute(struct attribute_parts *parts, unsigned attribute, struct text value, struct arena *arena)
{
    size_t at = parts->fields.n_indexed_fields;
    parts->entries[at] = (Api__SearchAttributesIndexedFieldsEntry)API__SEARCH_ATTRIBUTES_INDEXED_FIELDS_ENTRY__INIT;
    parts->entries[at].key = proto_bytes(text_from(description_attributes[attribute]));
    parts->entries[at].value = &parts->values[at];
    if (value.size > 0) {
        parts->failed = !string_payload(&parts->values[at], value, arena) || parts->failed;
    } else {
        parts->values[at] = (Api__Payload)API__PAYLOAD__INIT;
        parts->values[at].metadata = parts->null_metadata;
        parts->values[at].n_metadata = 1;
    }
    parts->items[at] = &parts->entries[at];
    parts->fields.n_indexed_fields = at + 1;
}

static void add_known(struct attribute_parts *parts, unsigned known, unsigned attribute, struct text value,
                      struct arena *arena)
{
    if (value.size > 0 && (known & 1u << attribute) != 0)
        add_attribute(parts, attribute, value, arena);
}

/* *command is NULL when there is nothing to set. False: the arena is full. */
static bool set_attributes(const struct workflow_answer *answer, unsigned known, struct arena *arena,
                           Api__Command **command)
{
    const struct run_description *description = answer->description;
    *command = ARENA_NEW(arena, Api__Command);
    struct attribute_parts *parts = ARENA_NEW(arena, struct attribute_parts);
    if (*command == NULL || parts == NULL)
        return false;
    parts->null_encoding = (Api__PayloadMetadataEntry)API__PAYLOAD_METADATA_ENTRY__INIT;
    parts->null_encoding.key = proto_bytes(TEXT("encoding"));
    parts->null_encoding.value = proto_bytes(TEXT("binary/null"));
    parts->null_metadata[0] = &parts->null_encoding;
    parts->fields = (Api__SearchAttributes)API__SEARCH_ATTRIBUTES__INIT;
    parts->fields.indexed_fields = parts->items;
    if (description != NULL) {
        add_known(parts, known, RULE, description->rule, arena);
        add_known(parts, known, ENTITY, description->entity, arena);
        add_known(parts, known, ENTITY_ID, description->entity_id, arena);
        add_known(parts, known, ENTITY_NUMBER, description->entity_number, arena);
    }
    if (answer->sets_failed_action && (known & 1u << FAILED_ACTION) != 0)
        add_attribute(parts, FAILED_ACTION, answer->failed_action, arena);
    parts->attributes = (Api__UpsertWorkflowSearchAttributesCommandAttributes)
        API__UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES__INIT;
    parts->attributes.search_attributes = &parts->fields;
    **command = (Api__Command)API__COMMAND__INIT;
    (*command)->command_type = API_COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES;
    (*command)->attributes_case = API__COMMAND__ATTRIBUTES_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES;
    (*command)->upsert_workflow_search_attributes_command_attributes = &parts->attributes;
    if (parts->fields.n_indexed_fields == 0)
        *command = NULL;
    return !parts->failed;
}

/* ---- both ---- */

/* Encrypts the memo, as the SDKs do. */
static enum status encrypt_memo(const struct payload_keys *keys, Api__Command *command, struct arena *arena,
                                struct error *error)
{
    const Api__Memo *memo = command->modify_workflow_properties_command_attributes->upserted_memo;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < memo->n_fields && status == STATUS_OK; i++)
        status = codec_encrypt(keys, &memo->fields[i]->value->base, arena, error);
    return status;
}

enum status description_write(const struct workflow_answer *answer, unsigned attributes,
                              const struct payload_keys *keys, struct arena *arena,
                              Api__RespondWorkflowTaskCompletedRequest *request, struct error *error)
{
    Api__Command *memo = NULL, *found_by = NULL;
    bool good = answer->description == NULL || set_memo(answer->description, arena, &memo);
    if (answer->description != NULL || answer->sets_failed_action)
        good = good && set_attributes(answer, attributes, arena, &found_by);
    if (good && memo == NULL && found_by == NULL)
        return STATUS_OK;
    Api__Command **commands = ARENA_ARRAY(arena, request->n_commands + 2, Api__Command *);
    if (!good || commands == NULL)
        return error_budget(error);
    enum status status = keys != NULL && memo != NULL ? encrypt_memo(keys, memo, arena, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    size_t count = 0;
    if (memo != NULL)
        commands[count++] = memo;
    if (found_by != NULL)
        commands[count++] = found_by;
    for (size_t i = 0; i < request->n_commands; i++)
        commands[count++] = request->commands[i];
    request->commands = commands;
    request->n_commands = count;
    return STATUS_OK;
}
