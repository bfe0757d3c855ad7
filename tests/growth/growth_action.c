/* Configs of actions: names, templates, decoding, results. */
#include "action/context_names.h"
#include "action/decode.h"
#include "action/expand.h"
#include "action/perform.h"
#include "action/template.h"
#include "base/limits.h"
#include "growth/growth.h"
#include "rule/rule_document.h"

static const struct action_reference references[] = {{"text", REFERENCE_TEMPLATE},
                                                     {"items[].text", REFERENCE_TEMPLATE}};

static void check_nothing(struct arena *arena, const struct json_value *config, struct decode_faults *faults)
{
    (void)arena, (void)config, (void)faults;
}

static const struct field_type config_fields[] = {{.name = "text", .kind = FIELD_STRING, .text = FIELD_TEXT_TEMPLATE}};
static const struct field_type declared_fields[] = {{.name = "field_1", .kind = FIELD_INTEGER}};
static const struct action_type type = {.name = "update_field",
                                        .references = references,
                                        .reference_count = 2,
                                        .config_fields = config_fields,
                                        .config_field_count = 1,
                                        .result_fields = declared_fields,
                                        .result_field_count = 1,
                                        .check = check_nothing};
static const struct action_catalog catalog = {&type, 1};

static struct json_value fields(struct trial *trial, size_t size)
{
    struct buffer document = document_begin(trial, "{");
    for (size_t i = 0; i < size; i++)
        document_add(&document, i, "\"field_%zu\":%zu", i, i);
    return read_document(trial, document_end(&document, "}"));
}

static struct json_value expand(struct trial *trial, struct json_value config, struct json_value context)
{
    const struct json_member extra[] = {{TEXT("rule_name"), json_string(TEXT("Rule"))}};
    const struct expand_data data = {.context = &context, .extra = extra, .extra_count = 1};
    struct template_notes notes = {0};
    struct json_value expanded;
    struct error error = ERROR_IN(trial->arena);
    begin(trial);
    enum status status = expand_config(trial->arena, &type, &config, &data, &expanded, &notes, &error);
    end(trial);
    expect(status == STATUS_OK, error.message.data);
    expect(notes.warning_count == 0, "a template was not filled in");
    return expanded;
}

/* A text with `size` templates, each of another field. */
static void templates(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\"");
    for (size_t i = 0; i < size; i++)
        buffer_print(&config, "{{field_%zu}} ", i);
    struct json_value document = read_document(trial, document_end(&config, "\"}"));
    (void)expand(trial, document, fields(trial, size));
}

static void template_items(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"items\":[");
    for (size_t i = 0; i < size; i++)
        document_add(&config, i, "{\"text\":\"{{field_%zu | uppercase}}\"}", i);
    struct json_value document = read_document(trial, document_end(&config, "]}"));
    (void)expand(trial, document, fields(trial, size));
}

/* An update that changed `size` fields. */
static void changes(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\""), context = document_begin(trial, "{");
    struct buffer changed = document_begin(trial, "{");
    for (size_t i = 0; i < size; i++) {
        buffer_print(&config, "{{old_field_%zu}}", i);
        document_add(&context, i, "\"field_%zu\":1", i);
        document_add(&changed, i, "\"field_%zu\":{\"old_value\":1,\"new_value\":2}", i);
    }
    buffer_print(&context, ",\"field_changes\":%s", document_end(&changed, "}").data);
    struct json_value document = read_document(trial, document_end(&config, "\"}"));
    (void)expand(trial, document, read_document(trial, document_end(&context, "}")));
}

static void template_filters(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\"{{field_0");
    for (size_t i = 0; i < size; i++)
        buffer_add(&config, TEXT(" | trim"));
    struct json_value document = read_document(trial, document_end(&config, "}}\"}"));
    (void)expand(trial, document, fields(trial, 1));
}

static void template_terms(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\"{{expr: 0");
    for (size_t i = 0; i < size; i++)
        buffer_print(&config, " + field_%zu", i);
    struct json_value document = read_document(trial, document_end(&config, "}}\"}"));
    (void)expand(trial, document, fields(trial, size));
}

static void braces(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\"");
    for (size_t i = 0; i < size; i++)
        buffer_add(&config, i % 3 == 0 ? TEXT("{{") : i % 3 == 1 ? TEXT("{ }") : TEXT("}"));
    struct json_value document = read_document(trial, document_end(&config, "\"}"));
    const struct json_value *text = json_get(&document, TEXT("text"));
    struct json_value context = fields(trial, 1);
    struct text out;
    struct template_notes notes = {0};
    begin(trial);
    enum status status = template_expand(trial->arena, text->string, &context, NULL, &out, &notes, NULL);
    end(trial);
    expect(status == STATUS_OK, "braces");
}

static void names(struct trial *trial, size_t size)
{
    struct buffer config = document_begin(trial, "{\"text\":\"");
    for (size_t i = 0; i < size; i++)
        buffer_print(&config, "{{field_%zu.of.%zu}}", i * 7919 % size, i % 10);
    struct json_value document = read_document(trial, document_end(&config, "\"}"));
    struct text_list list;
    begin(trial);
    enum status status = context_names(trial->arena, &type, &document, &list, NULL);
    end(trial);
    expect(status == STATUS_OK && list.count == size, "names");
}

/* ---- decoding, as generated code does it ---- */

static const struct decode_rule item_rule = {.key = NULL};
static const struct decode_rule count_rule = {.key = "count", .required = true, .max = "9"};
static const struct decode_rule items_rule = {.key = "items", .required = true};

static void decode(struct trial *trial, size_t size, const char *item)
{
    struct buffer config = document_begin(trial, "{\"items\":[");
    for (size_t i = 0; i < size; i++)
        document_add(&config, i, "%s", item);
    struct json_value document = read_document(trial, document_end(&config, "]}"));
    struct decode_faults faults = {.arena = trial->arena};
    struct decoder decoder = {.arena = trial->arena, .faults = &faults, .checking = true};
    const struct decode_path root = {0};
    struct decode_field list, count;
    size_t items = 0;
    begin(trial);
    expect(decode_member(&decoder, &root, &document, &items_rule, &list), "no items");
    int64_t *numbers = decode_list(&decoder, &list, sizeof *numbers, _Alignof(int64_t), &items);
    for (size_t i = 0; i < items; i++) {
        const struct decode_field element = decode_element(&list, i, &item_rule);
        if (decode_object(&decoder, &element) &&
            decode_member(&decoder, &element.path, element.value, &count_rule, &count))
            (void)decode_integer(&decoder, &count, &numbers[i]);
    }
    struct failure all = decode_faults_failure(&faults, trial->arena);
    end(trial);
    expect(items == size && all.text.data != NULL, "decode");
}

static void list_items(struct trial *trial, size_t size)
{
    decode(trial, size, "{\"count\":7}");
}

static void list_faults(struct trial *trial, size_t size)
{
    decode(trial, size, "{\"count\":70}");
}

static void map_entries(struct trial *trial, size_t size)
{
    struct json_value map = fields(trial, size), document = json_object(&(struct json_member){TEXT("items"), map}, 1);
    struct decode_faults faults = {.arena = trial->arena};
    struct decoder decoder = {.arena = trial->arena, .faults = &faults, .checking = true};
    const struct decode_path root = {0};
    struct decode_field field;
    size_t entries = 0;
    begin(trial);
    expect(decode_member(&decoder, &root, &document, &items_rule, &field), "no map");
    int64_t *numbers = decode_map(&decoder, &field, sizeof *numbers, _Alignof(int64_t), &entries);
    for (size_t i = 0; i < entries; i++) {
        struct text key;
        const struct decode_field entry = decode_entry(&decoder, &field, i, &item_rule, &key);
        (void)decode_integer(&decoder, &entry, &numbers[i]);
    }
    end(trial);
    expect(entries == size && faults.count == 0, "map");
}

/* ---- results ---- */

static void result_fields(struct trial *trial, size_t size)
{
    struct json_value result = fields(trial, size), cut;
    begin(trial);
    expect(action_result_cut(trial->arena, &result, &cut) == STATUS_OK, "cut");
    end(trial);
}

/* `size` fields that are cut, among small fields. */
static void result_fields_to_cut(struct trial *trial, size_t size)
{
    struct json_value result = fields(trial, 10 * size), cut;
    struct json_member *members = (struct json_member *)(uintptr_t)result.object.members;
    char *large = arena_alloc(trial->arena, LIMIT_RESULT_VALUE + 1, 1);
    for (size_t i = 0; i < size; i++)
        members[i * 10].value = json_string((struct text){.data = large, .size = LIMIT_RESULT_VALUE + 1});
    begin(trial);
    expect(action_result_cut(trial->arena, &result, &cut) == STATUS_OK, "cut");
    end(trial);
}

/* ---- validate ---- */

static void validated(struct trial *trial, size_t size)
{
    struct buffer actions = document_begin(trial, "["), edges = document_begin(trial, "[");
    for (size_t i = 0; i < size; i++) {
        document_add(&actions, i,
                     "{\"id\":\"%s\",\"name\":\"Step %zu\",\"action_type\":\"%s\",\"is_active\":true,"
                     "\"action_config\":{\"text\":\"{{field_%zu}}\"}}",
                     action_id(trial, i).data, i, i % 2 == 0 ? "update_field" : "updatefield", i);
        document_add(&edges, i, "{\"source_action_id\":%s%s%s,\"target_action_id\":\"%s\",\"edge_type\":\"%s\"}",
                     i == 0 ? "" : "\"", i == 0 ? "null" : action_id(trial, i - 1).data, i == 0 ? "" : "\"",
                     action_id(trial, i).data, i == 0 ? "start" : "sequence");
    }
    struct text rule =
        PRINT(trial, "{\"actions\":%s,\"edges\":%s}", document_end(&actions, "]").data, document_end(&edges, "]").data);
    struct rule_document document;
    struct error error = ERROR_IN(trial->arena);
    begin(trial);
    enum status status = rule_document_read(trial->arena, rule, &catalog, &document, &error);
    struct buffer lines = buffer_in(trial->arena, SIZE_MAX);
    rule_document_write_faults(&document, "rule.json", RULE_FAULT_WARNING, &lines);
    end(trial);
    expect(status == STATUS_OK && document.action_count == size, "validate");
}

const struct growth_case action_cases[] = {
    {"action: templates of a text", 1000, 50000, templates},
    {"action: items with templates", 1000, 100000, template_items},
    {"action: changed fields", 1000, 100000, changes},
    {"action: filters of a template", 1000, 100000, template_filters},
    {"action: terms of an expression", 1000, 100000, template_terms},
    {"action: braces of a text", 1000, 100000, braces},
    {"action: names", 1000, 100000, names},
    {"action: list items", 1000, 100000, list_items},
    {"action: list faults", 1000, 100000, list_faults},
    {"action: map entries", 1000, 100000, map_entries},
    {"action: fields of a result", 1000, 100000, result_fields},
    {"action: fields to cut", 1000, 10000, result_fields_to_cut},
    {"action: actions validated", 1000, 100000, validated},
    {NULL, 0, 0, NULL},
};
