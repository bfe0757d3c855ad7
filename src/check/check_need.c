/* Checks the names that actions read from the context although their configs do not name them. */
#include "base/uuid.h"
#include "check/check_internal.h"

/* One name that an action reads. */
struct need {
    struct checker *checker;
    const struct action_needed_name *name;
    const struct check_path *path; /* of the part of the config that makes the action read it */
    size_t column;
    struct text reason; /* " where source_from_po is true", for messages */
};

#define REPORT(need_, severity_, code_, ...)                                                                           \
    check_fault_add((need_)->checker->faults, (severity_), (code_), (need_)->path, (need_)->column, __VA_ARGS__)

static const char *type_name(const struct need *need)
{
    return need->checker->scope->types[need->checker->action]->name;
}

/* "'quantity' or 'reorder_quantity'". */
static struct text names_of(const struct need *need)
{
    struct buffer buffer = buffer_in(need->checker->scratch, SIZE_MAX);
    buffer_print(&buffer, "'%s'", need->name->name);
    for (const char *const *other = need->name->others; other != NULL && *other != NULL; other++)
        buffer_print(&buffer, " or '%s'", *other);
    return buffer_text(&buffer);
}

static struct binding find(const struct need *need, const char *name)
{
    return scope_find(need->checker->scope, need->checker->action, SCOPE_HANDLER, text_from(name));
}

/* Whether the name is there. An unknown name counts as there when nothing is known about the trigger. */
static bool is_there(const struct need *need, const struct binding *binding)
{
    if (binding->absence == ABSENCE_NOT_KNOWN)
        return need->checker->scope->options->entity == NULL;
    return binding->absence == ABSENCE_NO && binding->shape.forms != SHAPE_NULL;
}

static bool has_other(const struct need *need)
{
    for (const char *const *other = need->name->others; other != NULL && *other != NULL; other++) {
        struct binding binding = find(need, *other);
        if (is_there(need, &binding))
            return true;
    }
    return false;
}

/* Reports a value that the action cannot read. */
static void check_value(const struct need *need, const struct binding *binding)
{
    unsigned wanted = check_readable_forms(need->name->kind);
    unsigned forms = binding->shape.forms & ~(unsigned)(SHAPE_ABSENT | SHAPE_NULL);
    const struct json_value *value = binding->shape.inside == INSIDE_VALUE ? binding->shape.value : NULL;
    struct uuid uuid;
    bool is_uuid = need->name->kind != FIELD_UUID || value == NULL || value->type != JSON_STRING ||
                   uuid_parse(value->string, &uuid);
    if (wanted == 0 || forms == SHAPE_OPEN || forms == 0 || ((forms & wanted) != 0 && is_uuid))
        return;
    REPORT(need, CHECK_ERROR, "context_type", "%s reads '%s' of the context%.*s: it must be %s, and is %.*s",
           type_name(need), need->name->name, TEXT_ARG(need->reason), check_kind_name(need->name->kind),
           TEXT_ARG(shape_describe(need->checker->scratch, forms)));
}

/* Reports that the name is missing, and from where. */
static void report_missing(const struct need *need, const struct binding *binding)
{
    const struct scope *scope = need->checker->scope;
    const struct entity_type *entity = scope->options->entity;
    struct arena *scratch = need->checker->scratch;
    bool sure = binding->absence == ABSENCE_NO_NAME || binding->absence == ABSENCE_NO;
    struct text why = TEXT("it may be absent");
    if (binding->absence == ABSENCE_NO)
        why = TEXT("it is null");
    else if (scope->trigger != NULL && binding->action == UINT32_MAX)
        why = TEXT("trigger_data has no such field");
    else if (entity != NULL)
        why = arena_print(scratch, "%s has no such %scolumn", entity->name, sure ? "" : "known ");
    REPORT(need, sure ? CHECK_ERROR : CHECK_WARNING, "missing_context", "%s needs %.*s of the context%.*s: %.*s",
           type_name(need), TEXT_ARG(names_of(need)), TEXT_ARG(need->reason), TEXT_ARG(why));
}

static void check_need(const struct need *need)
{
    struct binding binding = find(need, need->name->name);
    if (is_there(need, &binding))
        check_value(need, &binding);
    else if (need->name->required && !has_other(need))
        report_missing(need, &binding);
}

/* Whether the config makes the action read the name. *member: the part of the config that does; NULL when absent. */
static bool applies(const struct checker *checker, const struct action_needed_name *name,
                    const struct json_value *config, const struct json_member **member)
{
    const struct action_type *type = checker->scope->types[checker->action];
    *member = NULL;
    if (name->when_field == NULL)
        return true;
    for (size_t i = 0; config->type == JSON_OBJECT && i < config->object.count; i++) {
        const struct field_type *field =
            check_find_field(type->config_fields, type->config_field_count, config->object.members[i].key);
        if (field != NULL && text_is(text_from(field->name), name->when_field))
            *member = &config->object.members[i];
    }
    const struct json_value *value = *member != NULL ? &(*member)->value : NULL;
    if (value == NULL || value->type == JSON_NULL)
        return name->when_absent;
    if (value->type == JSON_BOOLEAN)
        return text_is(value->boolean ? TEXT("true") : TEXT("false"), name->when_value);
    return value->type == JSON_STRING && text_is(value->string, name->when_value);
}

void check_needed_names(struct checker *checker, const struct check_path *path, const struct json_value *config)
{
    const struct action_type *type = checker->scope->types[checker->action];
    for (size_t i = 0; i < type->needed_name_count; i++) {
        const struct action_needed_name *name = &type->needed_names[i];
        const struct json_member *member;
        if (name->late_name != NULL || !applies(checker, name, config, &member))
            continue;
        const struct check_path place = {.parent = path, .key = member != NULL ? member->key : TEXT("")};
        struct need need = {.checker = checker, .name = name, .path = member != NULL ? &place : path};
        if (name->when_field != NULL)
            need.reason = arena_print(checker->scratch, " where %s is %s", name->when_field, name->when_value);
        check_need(&need);
    }
}

void check_late_need(struct checker *checker, struct checked_text *text, struct text late_name)
{
    const struct action_type *type = checker->scope->types[checker->action];
    for (size_t i = 0; i < type->needed_name_count; i++) {
        const struct action_needed_name *name = &type->needed_names[i];
        if (name->late_name == NULL || !text_is(late_name, name->late_name))
            continue;
        struct need need = {.checker = checker,
                            .name = name,
                            .path = text->path,
                            .column = checked_text_column(text, late_name),
                            .reason = arena_print(checker->scratch, " for {{%s}}", name->late_name)};
        check_need(&need);
    }
}
