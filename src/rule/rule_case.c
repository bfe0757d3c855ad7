/* Reads files of test cases. */
#include "rule/rule_case.h"

#include "action/suggestion.h"
#include "base/date.h"

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* A case, or a part of one, while it is read. */
struct case_reader {
    struct arena *arena;
    struct case_faults *faults;
};

static const struct json_value *member(const struct case_reader *reader, const struct json_value *object,
                                       struct text pointer, const char *key, enum json_type type)
{
    return case_member(reader->faults, object, pointer, key, type);
}

static struct text text_member(const struct case_reader *reader, const struct json_value *object, struct text pointer,
                               const char *key)
{
    const struct json_value *value = member(reader, object, pointer, key, JSON_STRING);
    return value != NULL ? value->string : TEXT_NONE;
}

static const struct json_value *list_of_texts(const struct case_reader *reader, const struct json_value *object,
                                              struct text pointer, const char *key)
{
    const struct json_value *list = member(reader, object, pointer, key, JSON_ARRAY);
    for (size_t i = 0; list != NULL && i < list->array.count; i++) {
        const struct json_value *item = &list->array.items[i];
        struct text where = case_pointer(reader->arena, pointer, text_from(key));
        if (item->type != JSON_STRING)
            case_fault_add(reader->faults, case_pointer_index(reader->arena, where, i), "expected string, found %s",
                           json_type_name(item->type));
    }
    return list;
}

/* Reads an object whose keys are names of actions. */
static const struct json_value *by_name(const struct case_reader *reader, const struct json_value *object,
                                        struct text pointer, const char *key, enum json_type type)
{
    const struct json_value *named = member(reader, object, pointer, key, JSON_OBJECT);
    for (size_t i = 0; named != NULL && i < named->object.count; i++) {
        const struct json_member *item = &named->object.members[i];
        struct text where = case_pointer(reader->arena, pointer, text_from(key));
        if (item->value.type != type)
            case_fault_add(reader->faults, case_pointer(reader->arena, where, item->key), "expected %s, found %s",
                           json_type_name(type), json_type_name(item->value.type));
    }
    return named;
}

static struct text status_at(const void *names, size_t index)
{
    return text_from(((const char *const *)names)[index]);
}

static void check_status(const struct case_reader *reader, struct text status, struct text pointer)
{
    static const char *const statuses[] = {"completed", "failed", "canceled"};
    for (size_t i = 0; i < COUNT(statuses); i++)
        if (text_is(status, statuses[i]))
            return;
    struct text nearest = suggest_nearest(status, status_at, statuses, COUNT(statuses));
    case_fault_add(reader->faults, case_pointer(reader->arena, pointer, TEXT("status")),
                   "expected completed, failed or canceled, found \"%.*s\"%s%.*s%s", TEXT_ARG(status),
                   nearest.size > 0 ? "; did you mean \"" : "", TEXT_ARG(nearest), nearest.size > 0 ? "\"?" : "");
}

static void read_expectation(const struct case_reader *reader, const struct json_value *object, struct text pointer,
                             struct case_expectation *expect)
{
    static const char *const keys[] = {"status",  "error",   "ran",      "not_run", "edges",
                                       "configs", "results", "attempts", "lasts"};
    case_check_keys(reader->faults, object, pointer, keys, COUNT(keys));
    struct text status = text_member(reader, object, pointer, "status");
    *expect = (struct case_expectation){
        .status = status.data != NULL ? status : TEXT("completed"),
        .error = text_member(reader, object, pointer, "error"),
        .ran = list_of_texts(reader, object, pointer, "ran"),
        .not_run = list_of_texts(reader, object, pointer, "not_run"),
        .edges = list_of_texts(reader, object, pointer, "edges"),
        .configs = by_name(reader, object, pointer, "configs", JSON_OBJECT),
        .results = by_name(reader, object, pointer, "results", JSON_OBJECT),
        .attempts = by_name(reader, object, pointer, "attempts", JSON_NUMBER),
        .lasts = text_member(reader, object, pointer, "lasts"),
    };
    if (expect->error.data != NULL && status.data == NULL)
        expect->status = TEXT("failed");
    check_status(reader, expect->status, pointer);
    if (expect->lasts.data != NULL)
        (void)case_duration(reader->faults, expect->lasts, case_pointer(reader->arena, pointer, TEXT("lasts")),
                            &expect->lasts_ms);
}

static void read_clock(const struct case_reader *reader, const struct json_value *object, struct rule_case *rule_case)
{
    struct text clock = text_member(reader, object, rule_case->pointer, "clock");
    if (clock.data == NULL)
        return;
    rule_case->has_clock = date_read_rfc3339(clock, &rule_case->clock_us);
    if (!rule_case->has_clock)
        case_fault_add(reader->faults, case_pointer(reader->arena, rule_case->pointer, TEXT("clock")),
                       "expected a time such as 2026-06-17T08:00:00Z, found \"%.*s\"", TEXT_ARG(clock));
}

/* False past the arena's cap. */
static bool read_case(const struct case_reader *reader, const struct json_value *object, struct text pointer,
                      struct rule_case *rule_case)
{
    static const char *const keys[] = {"name",  "description", "trigger_data", "trigger_changes",
                                       "clock", "outcomes",    "expect"};
    *rule_case = (struct rule_case){.pointer = pointer, .expect = {.status = TEXT("completed")}};
    if (object->type != JSON_OBJECT) {
        case_fault_add(reader->faults, pointer, "expected object, found %s", json_type_name(object->type));
        return true;
    }
    case_check_keys(reader->faults, object, pointer, keys, COUNT(keys));
    (void)text_member(reader, object, pointer, "description");
    rule_case->name = text_member(reader, object, pointer, "name");
    if (rule_case->name.size == 0)
        case_fault_add(reader->faults, pointer, "a case needs a \"name\"");
    rule_case->trigger_data = member(reader, object, pointer, "trigger_data", JSON_OBJECT);
    rule_case->trigger_changes = member(reader, object, pointer, "trigger_changes", JSON_OBJECT);
    if (rule_case->trigger_data != NULL && rule_case->trigger_changes != NULL)
        case_fault_add(reader->faults, pointer,
                       "\"trigger_data\" replaces the trigger data of the rule and \"trigger_changes\" some of its "
                       "fields: use only one of them");
    read_clock(reader, object, rule_case);
    const struct json_value *expect = member(reader, object, pointer, "expect", JSON_OBJECT);
    if (expect != NULL)
        read_expectation(reader, expect, case_pointer(reader->arena, pointer, TEXT("expect")), &rule_case->expect);
    const struct json_value *outcomes = json_get(object, TEXT("outcomes"));
    if (outcomes == NULL)
        return true;
    struct text where = case_pointer(reader->arena, pointer, TEXT("outcomes"));
    return where.data != NULL &&
           outcome_plan_read(reader->arena, outcomes, false, where, &rule_case->plan, reader->faults);
}

bool case_file_read(struct arena *arena, const struct json_value *document, struct case_file *file,
                    struct case_faults *faults)
{
    static const char *const keys[] = {"description", "rule", "cases", "untaken_edges"};
    const struct case_reader reader = {.arena = arena, .faults = faults};
    *file = (struct case_file){0};
    if (document->type != JSON_OBJECT) {
        case_fault_add(faults, TEXT_NONE, "expected an object with \"cases\", found %s",
                       json_type_name(document->type));
        return true;
    }
    case_check_keys(faults, document, TEXT_NONE, keys, COUNT(keys));
    (void)text_member(&reader, document, TEXT_NONE, "description");
    file->rule = json_get(document, TEXT("rule"));
    if (file->rule != NULL && file->rule->type != JSON_STRING && file->rule->type != JSON_OBJECT)
        case_fault_add(faults, TEXT("/rule"), "expected the name of a file or a rule, found %s",
                       json_type_name(file->rule->type));
    file->untaken_edges = list_of_texts(&reader, document, TEXT_NONE, "untaken_edges");
    const struct json_value *cases = member(&reader, document, TEXT_NONE, "cases", JSON_ARRAY);
    if (json_get(document, TEXT("cases")) == NULL || (cases != NULL && cases->array.count == 0))
        case_fault_add(faults, TEXT_NONE, "a list \"cases\" with at least one case is required");
    size_t count = cases != NULL ? cases->array.count : 0;
    file->cases = ARENA_ARRAY(arena, count, struct rule_case);
    if (file->cases == NULL)
        return false;
    for (; file->count < count; file->count++) {
        struct text pointer = case_pointer_index(arena, TEXT("/cases"), file->count);
        if (pointer.data == NULL ||
            !read_case(&reader, &cases->array.items[file->count], pointer, &file->cases[file->count]))
            return false;
    }
    return true;
}
