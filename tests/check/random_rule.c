/* Makes random rules, and results for them. */
#include "tests/check/random_rule.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "graph/graph.h"

static const char *const two[] = {"true", "false"}, *const found[] = {"found", "not_found"}, *const one[] = {"success"},
                         *const three[] = {"approved", "rejected", "timed_out"},
                         *const failing[] = {"success", "failure"};

static const struct field_type config_fields[] = {{.name = "text", .kind = FIELD_STRING, .text = FIELD_TEXT_TEMPLATE},
                                                  {.name = "as", .kind = FIELD_STRING}};
static const struct action_reference references[] = {{"text", REFERENCE_TEMPLATE}};

static const struct field_type decide_fields[] = {{.name = "result", .kind = FIELD_BOOLEAN},
                                                  {.name = "reason", .kind = FIELD_STRING, .optional = true}};
static const struct field_type fetch_fields[] = {
    {.name = "found", .kind = FIELD_BOOLEAN},
    {.name = "rows", .kind = FIELD_ANY, .key_from = "as"},
    {.name = "count", .kind = FIELD_INTEGER, .optional = true, .key_from = "as", .suffix = "_count"}};
static const struct field_type ask_fields[] = {
    {.name = "by", .kind = FIELD_ENUM, .values = (const char *const[]){"ana", "bob", NULL}},
    {.name = "at", .kind = FIELD_TIMESTAMP, .optional = true}};
static const struct field_type text_item = {.kind = FIELD_STRING}, number_item = {.kind = FIELD_NUMBER};
static const struct field_type part_fields[] = {{.name = "sku", .kind = FIELD_STRING},
                                                {.name = "amount", .kind = FIELD_DECIMAL, .optional = true}};
static const struct field_type part_item = {.kind = FIELD_OBJECT, .fields = part_fields, .field_count = 2};
static const struct field_type write_fields[] = {
    {.name = "rows", .kind = FIELD_INTEGER},
    {.name = "id", .kind = FIELD_UUID},
    {.name = "at", .kind = FIELD_TIMESTAMP},
    {.name = "price", .kind = FIELD_DECIMAL},
    {.name = "note", .kind = FIELD_STRING},
    {.name = "tags", .kind = FIELD_LIST, .of = &text_item},
    {.name = "parts", .kind = FIELD_LIST, .of = &part_item},
    {.name = "first", .kind = FIELD_OBJECT, .fields = part_fields, .field_count = 2},
    {.name = "sums", .kind = FIELD_MAP, .of = &number_item},
    {.name = "rest", .kind = FIELD_ANY},
    {.name = "rate", .kind = FIELD_NUMBER, .optional = true}};

static const struct field_type move_fields[] = {{.name = "moved", .kind = FIELD_INTEGER}};

#define TYPE(name_, outputs_, fields_)                                                                                 \
    {                                                                                                                  \
        .name = (name_), .effects = EFFECTS_WRITE, .dispatch = DISPATCH_LOCAL, .outputs = (outputs_),                  \
        .output_count = sizeof(outputs_) / sizeof(outputs_)[0], .config_fields = config_fields,                        \
        .config_field_count = 2, .result_fields = (fields_),                                                           \
        .result_field_count = sizeof(fields_) / sizeof(fields_)[0], .references = references, .reference_count = 1     \
    }
static const struct action_type types[] = {
    TYPE("ask", three, ask_fields),     TYPE("decide", two, decide_fields), TYPE("fetch", found, fetch_fields),
    TYPE("move", failing, move_fields), TYPE("write", one, write_fields),
};
#define TYPE_COUNT (sizeof types / sizeof types[0])
const struct action_catalog random_rule_catalog = {.types = types, .count = TYPE_COUNT};

const char random_rule_trigger[] =
    "{\"entity_id\":\"33333333-3333-4333-8333-333333333333\",\"event_type\":\"on_update\","
    "\"field_changes\":{\"status\":{\"old_value\":\"new\",\"new_value\":\"paid\"}},"
    "\"user_id\":\"44444444-4444-4444-8444-444444444444\",\"number\":\"SO-1\",\"total\":1849.5,\"price\":\"9.99\","
    "\"when\":\"2026-02-10T21:18:31Z\",\"tags\":[\"new\",\"export\"],\"nothing\":[],\"blank\":\"\",\"discount\":null,"
    "\"urgent\":true,\"lines\":[{\"item\":\"Bolt\",\"count\":40},{\"item\":\"Nut\",\"count\":41}],"
    "\"customer\":{\"name\":\"Ana\",\"city\":\"Split\"},\"a.b\":5}";

/* ---- templates ---- */

static const char *pick(struct random *random, const char *const *texts, uint32_t count)
{
    return texts[random_below(random, count)];
}
#define PICK(random_, texts_) pick((random_), (texts_), (uint32_t)(sizeof(texts_) / sizeof(texts_)[0]))

static void write_name(struct random *random, const struct random_rule *rule, uint32_t reader, char *name, size_t size)
{
    static const char *const of_trigger[] = {
        "number",     "total",          "price",     "when",     "tags",          "nothing",       "blank",
        "discount",   "urgent",         "lines",     "customer", "customer.name", "lines[1].item", "old_status",
        "new_status", "lines[0].count", "tags[0]",   "a.b",      "rule_name",     "timestamp",     "$now",
        "$me",        "missing",        "old_total", "tags[5]"};
    static const char *const of_any[] = {"output",        "x",          "result",        "rows",
                                         "error.message", "error.type", "error.attempts"};
    static const char *const inner[] = {"", "", "", ".sku", ".amount", "[0]", "[0].sku", ".k", ".output"};
    if (rule->action_count == 0 || random_chance(random, 45)) {
        (void)snprintf(name, size, "%s", PICK(random, of_trigger));
        return;
    }
    uint32_t source = random_below(random, random_chance(random, 90) && reader > 0 ? reader : rule->action_count);
    const struct action_type *type = rule->actions[source].type;
    uint32_t field = random_below(random, (uint32_t)type->result_field_count + 1);
    const char *key = field < type->result_field_count ? type->result_fields[field].name : PICK(random, of_any);
    if (field < type->result_field_count && type->result_fields[field].key_from != NULL)
        key = type->result_fields[field].suffix != NULL ? "row_count" : "row";
    if (random_chance(random, 5))
        (void)snprintf(name, size, "a%u", source);
    else
        (void)snprintf(name, size, "a%u.%s%s", source, key, PICK(random, inner));
}

static void write_placeholder(struct random *random, const struct random_rule *rule, uint32_t reader, char *text,
                              size_t size)
{
    static const char *const filters[] = {"",
                                          "",
                                          "",
                                          " | uppercase",
                                          " | trim",
                                          " | truncate:7",
                                          " | round",
                                          " | round:2",
                                          " | currency",
                                          " | currency:EUR",
                                          " | formatDate",
                                          " | formatDate:long",
                                          " | join:/",
                                          " | first",
                                          " | last",
                                          " | default:none",
                                          " | default:0",
                                          " | default:2026-02-10",
                                          " | default:1 | round",
                                          " | first | round",
                                          " | trim | round",
                                          " | round | currency",
                                          " | formatDate | uppercase",
                                          " | default: | trim"};
    static const char *const operators[] = {" + ", " * ", " - ", " / ", " % "};
    char name[64], other[64];
    write_name(random, rule, reader, name, sizeof name);
    if (random_chance(random, 15)) {
        write_name(random, rule, reader, other, sizeof other);
        (void)snprintf(text, size, "{{expr: %s%s%s%s}}", name, PICK(random, operators),
                       random_chance(random, 50) ? "2" : other, random_chance(random, 30) ? " | round:1" : "");
        return;
    }
    (void)snprintf(text, size, "{{%s%s%s}}", name, random_chance(random, 40) ? " | default:7" : "",
                   PICK(random, filters));
}

/* ---- rules ---- */

uint32_t random_rule_add(struct random_rule *rule, const char *type, const char *text)
{
    struct random_action *action = &rule->actions[rule->action_count];
    *action = (struct random_action){
        .type = action_catalog_find(&random_rule_catalog, text_from(type)), .active = true, .extra = ""};
    (void)snprintf(action->text, sizeof action->text, "%s", text);
    return rule->action_count++;
}

void random_rule_connect(struct random_rule *rule, uint32_t source, const char *output, uint32_t target)
{
    if (rule->edge_count < RULE_EDGES)
        rule->edges[rule->edge_count++] = (struct random_edge){.source = source, .target = target, .output = output};
}

size_t random_rule_append(struct random_rule *rule, uint32_t action, const char *format, ...)
{
    char *text = rule->actions[action].text;
    size_t before = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + before, RULE_TEXT - before, format, arguments);
    va_end(arguments);
    return before;
}

static const char *some_output(struct random *random, const struct action_type *type)
{
    if (random_chance(random, 15))
        return GRAPH_FAILURE_OUTPUT;
    return random_chance(random, 50) ? NULL : type->outputs[random_below(random, (uint32_t)type->output_count)];
}

void random_rule_make(struct random_rule *rule, struct random *random)
{
    *rule = (struct random_rule){0};
    /* Leaves room for the actions that a test plants. */
    uint32_t count = 1 + random_below(random, RULE_ACTIONS - 4);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t added = random_rule_add(rule, types[random_below(random, TYPE_COUNT)].name, "-");
        rule->actions[added].active = !random_chance(random, 4);
        rule->actions[added].extra = ",\"as\":\"row\"";
    }
    random_rule_connect(rule, UINT32_MAX, NULL, 0);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t parents = 1 + random_below(random, random_chance(random, 30) ? 4 : 1);
        for (uint32_t k = 0; k < parents; k++) {
            uint32_t source = i - 1 - random_below(random, random_chance(random, 60) && i > 3 ? 3 : i);
            random_rule_connect(rule, source, some_output(random, rule->actions[source].type), i);
        }
        if (random_chance(random, 5))
            random_rule_connect(rule, UINT32_MAX, NULL, i);
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = random_below(random, 3); k > 0; k--) {
            char placeholder[200];
            write_placeholder(random, rule, i, placeholder, sizeof placeholder);
            (void)random_rule_append(rule, i, " %s", placeholder);
        }
}

uint32_t random_rule_index(struct text id)
{
    unsigned index = UINT32_MAX;
    return id.size == 36 && sscanf(id.data + 24, "%12x", &index) == 1 ? index : UINT32_MAX;
}

static void add_id(struct buffer *out, uint32_t index)
{
    buffer_print(out, "\"%08x-0000-4000-8000-%012x\"", (unsigned)(index * 2654435761u), index);
}

struct text random_rule_input(const struct random_rule *rule, struct arena *arena)
{
    struct buffer out = buffer_in(arena, MIB(1));
    buffer_print(&out, "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"rule_name\":\"random\","
                       "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[");
    for (uint32_t i = 0; i < rule->action_count; i++) {
        const struct random_action *action = &rule->actions[i];
        buffer_print(&out, "%s{\"id\":", i > 0 ? "," : "");
        add_id(&out, i);
        buffer_print(&out,
                     ",\"name\":\"a%u\",\"action_type\":\"%s\",\"is_active\":%s,\"action_config\":{\"text\":\"%s\"%s}}",
                     i, action->type->name, action->active ? "true" : "false", action->text, action->extra);
    }
    buffer_print(&out, "],\"edges\":[");
    for (uint32_t i = 0; i < rule->edge_count; i++) {
        const struct random_edge *edge = &rule->edges[i];
        buffer_print(&out, "%s{\"edge_type\":\"%s\",\"target_action_id\":", i > 0 ? "," : "",
                     edge->source == UINT32_MAX ? "start" : "sequence");
        add_id(&out, edge->target);
        if (edge->source != UINT32_MAX) {
            buffer_print(&out, ",\"source_action_id\":");
            add_id(&out, edge->source);
        }
        if (edge->output != NULL)
            buffer_print(&out, ",\"source_output\":\"%s\"", edge->output);
        buffer_print(&out, "}");
    }
    buffer_print(&out, "]},\"trigger_data\":%s}", random_rule_trigger);
    return buffer_text(&out);
}

/* ---- results ---- */

static void add_value(struct buffer *out, const struct field_type *field, struct random *random);

static void add_members(struct buffer *out, const struct field_type *fields, size_t count, struct random *random)
{
    static const char *const suffixes[] = {"row", "row_count"};
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].optional && random_chance(random, 50))
            continue;
        const char *key = fields[i].key_from != NULL ? suffixes[fields[i].suffix != NULL] : fields[i].name;
        buffer_print(out, "%s\"%s\":", any ? "," : "", key);
        add_value(out, &fields[i], random);
        any = true;
    }
}

static void add_any(struct buffer *out, struct random *random)
{
    static const char *const values[] = {"null",
                                         "5",
                                         "true",
                                         "\"\"",
                                         "\"words\"",
                                         "\"7.5\"",
                                         "[]",
                                         "[1]",
                                         "{}",
                                         "{\"sku\":\"s\"}",
                                         "[{\"sku\":null}]",
                                         "\"2026-01-01\""};
    buffer_print(out, "%s", PICK(random, values));
}

static void add_value(struct buffer *out, const struct field_type *field, struct random *random)
{
    static const char *const texts[] = {"\"\"", "\"12\"", "\"2026-02-10\"", "\"some words\"", "\"true\""};
    static const char *const numbers[] = {"0", "1", "-7", "12.5", "1e3"};
    static const char *const decimals[] = {"0", "1.5", "\"2.25\"", "\"-3\""};
    switch (field->kind) {
    case FIELD_STRING: buffer_print(out, "%s", PICK(random, texts)); break;
    case FIELD_INTEGER: buffer_print(out, "%u", random_below(random, 9)); break;
    case FIELD_NUMBER: buffer_print(out, "%s", PICK(random, numbers)); break;
    case FIELD_DECIMAL: buffer_print(out, "%s", PICK(random, decimals)); break;
    case FIELD_BOOLEAN: buffer_print(out, random_chance(random, 50) ? "true" : "false"); break;
    case FIELD_UUID: buffer_print(out, "\"55555555-5555-4555-8555-555555555555\""); break;
    case FIELD_TIMESTAMP: buffer_print(out, "\"2026-03-01T10:00:00.5Z\""); break;
    case FIELD_ENUM: buffer_print(out, "\"%s\"", field->values[random_below(random, 2)]); break;
    case FIELD_LIST:
        buffer_print(out, "[");
        for (uint32_t i = 0, count = random_below(random, 3); i < count; i++) {
            buffer_print(out, "%s", i > 0 ? "," : "");
            add_value(out, field->of, random);
        }
        buffer_print(out, "]");
        break;
    case FIELD_MAP:
        buffer_print(out, "{");
        if (random_chance(random, 50)) {
            buffer_print(out, "\"k\":");
            add_value(out, field->of, random);
        }
        buffer_print(out, "}");
        break;
    case FIELD_OBJECT:
        buffer_print(out, "{");
        add_members(out, field->fields, field->field_count, random);
        buffer_print(out, "}");
        break;
    default: add_any(out, random); break;
    }
}

bool random_rule_fails(const struct random_rule *rule, uint32_t action, struct random *random)
{
    for (uint32_t i = 0; i < rule->edge_count; i++)
        if (rule->edges[i].source == action && rule->edges[i].output != NULL &&
            strcmp(rule->edges[i].output, GRAPH_FAILURE_OUTPUT) == 0)
            return random_chance(random, 50);
    return false;
}

struct text random_rule_result(const struct random_action *action, struct random *random, struct arena *arena)
{
    struct buffer out = buffer_in(arena, KIB(64));
    const struct action_type *type = action->type;
    /* A failed action of this type has an error; see random_rule_fails. */
    uint32_t outputs = type->outputs == failing ? 1 : (uint32_t)type->output_count;
    buffer_print(&out, "{\"output\":\"%s\"", type->outputs[random_below(random, outputs)]);
    size_t before = out.size;
    buffer_print(&out, ",");
    add_members(&out, type->result_fields, type->result_field_count, random);
    if (out.size == before + 1)
        out.size = before;
    buffer_print(&out, "}");
    return buffer_text(&out);
}
