/* Expands templates: finds placeholders, looks up their variables, applies their filters. */
#include "action/context.h"
#include "action/template_internal.h"
#include "action/template_syntax.h"
#include "action/value.h"
#include "base/limits.h"

/* The most bytes of a placeholder that a warning shows. */
#define SHOWN_PLACEHOLDER 80

bool template_filters_valid(struct text filters, struct text *wrong)
{
    while (filters.data != NULL) {
        struct text filter = text_split(&filters, '|');
        *wrong = text_trim(text_split(&filter, ':'));
        if (!template_is_name(*wrong, '_'))
            return false;
    }
    return true;
}

/* One call of template_expand or template_value. */
struct expansion {
    struct arena *arena;
    const struct json_value *context, *builtins;
    struct template_notes *notes;
};

static void note_invalid(const struct expansion *expansion, struct text inner, const char *reason, struct text what)
{
    struct text shown = text_cut_utf8(text_trim(inner), SHOWN_PLACEHOLDER);
    template_note(expansion->arena, expansion->notes, "invalid placeholder {{%.*s}}: %s%.*s", TEXT_ARG(shown), reason,
                  TEXT_ARG(text_cut_utf8(what, SHOWN_PLACEHOLDER)));
}

/* The value of an expression; the literal text when it cannot be computed. */
static enum status expression_value(const struct expansion *expansion, struct text literal, struct text inner,
                                    struct json_value *value)
{
    struct text filters = inner, wrong = TEXT_NONE, reason = TEXT_NONE;
    struct text expression = text_split(&filters, '|');
    *value = json_string(literal);
    if (!template_filters_valid(filters, &wrong)) {
        note_invalid(expansion, inner, "invalid filter name: ", wrong);
        return STATUS_OK;
    }
    struct template_subject subject = {0};
    enum status status = template_expression(expansion->arena, expression, expansion->context, &subject.value, &reason);
    if (status == STATUS_INVALID) {
        struct text shown = text_cut_utf8(text_trim(expression), SHOWN_PLACEHOLDER);
        template_note(expansion->arena, expansion->notes, "expr eval failed \"%.*s\": %.*s", TEXT_ARG(shown),
                      TEXT_ARG(reason));
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = template_filters_apply(expansion->arena, filters, &subject, expansion->notes);
    *value = subject.value;
    return status;
}

/* The value of a variable, null when it is missing; the literal text when the placeholder is not a valid template. */
static enum status variable_value(const struct expansion *expansion, struct text literal, struct text inner,
                                  struct json_value *value)
{
    struct text filters = inner, wrong = TEXT_NONE;
    struct text variable = text_trim(text_split(&filters, '|'));
    const struct json_value *found = template_is_builtin(variable) ? json_get(expansion->builtins, variable)
                                                                   : context_find(expansion->context, variable);
    const char *reason = NULL;
    if (variable.size == 0)
        reason = "empty variable name";
    else if (found == NULL && !template_is_variable(variable))
        reason = "invalid variable name: ", wrong = variable;
    else if (!template_filters_valid(filters, &wrong))
        reason = "invalid filter name: ";
    if (reason != NULL) {
        note_invalid(expansion, inner, reason, wrong);
        *value = json_string(literal);
        return STATUS_OK;
    }
    if (found == NULL && !template_filters_have_default(filters))
        template_note(expansion->arena, expansion->notes, PUBLIC("missing variable: %.*s"),
                      TEXT_ARG(text_cut_utf8(variable, SHOWN_PLACEHOLDER)));
    struct template_subject subject = {.value = found != NULL ? *found : json_null(), .missing = found == NULL};
    enum status status = template_filters_apply(expansion->arena, filters, &subject, expansion->notes);
    *value = subject.value;
    return status;
}

static enum status placeholder_value(const struct expansion *expansion, struct text source,
                                     const struct template_placeholder *placeholder, struct json_value *value)
{
    struct text literal = text_slice(source, placeholder->start, placeholder->end - placeholder->start);
    struct text inner = placeholder->inner;
    return template_takes_expression(&inner) ? expression_value(expansion, literal, inner, value)
                                             : variable_value(expansion, literal, inner, value);
}

enum status template_expand(struct arena *arena, struct text source, const struct json_value *context,
                            const struct json_value *builtins, struct text *out, struct template_notes *notes,
                            struct error *error)
{
    struct template_placeholder placeholder;
    if (!template_next(source, 0, &placeholder)) {
        *out = source;
        return STATUS_OK;
    }
    const struct expansion expansion = {.arena = arena, .context = context, .builtins = builtins, .notes = notes};
    struct buffer buffer = buffer_in(arena, LIMIT_TEMPLATE_OUTPUT);
    size_t done = 0;
    do {
        struct json_value value;
        buffer_add(&buffer, text_slice(source, done, placeholder.start - done));
        done = placeholder.end;
        if (placeholder_value(&expansion, source, &placeholder, &value) != STATUS_OK)
            return error_budget(error);
        struct text text = template_value_text(arena, &value);
        if (text.data == NULL)
            return error_budget(error);
        buffer_add(&buffer, text);
    } while (!buffer.failed && template_next(source, done, &placeholder));
    buffer_add(&buffer, text_slice(source, done, source.size - done));
    *out = buffer_text(&buffer);
    if (out->data == NULL)
        return error_set(error, STATUS_BUDGET, TEXT_NONE,
                         PUBLIC("a text with its placeholders filled in is larger than %zu bytes, or out of memory"),
                         LIMIT_TEMPLATE_OUTPUT);
    return STATUS_OK;
}

enum status template_value(struct arena *arena, struct text source, const struct json_value *context,
                           const struct json_value *builtins, struct json_value *out, struct template_notes *notes,
                           struct error *error)
{
    struct template_placeholder placeholder;
    if (template_next(source, 0, &placeholder) && placeholder.start == 0 && placeholder.end == source.size) {
        const struct expansion expansion = {.arena = arena, .context = context, .builtins = builtins, .notes = notes};
        enum status status = placeholder_value(&expansion, source, &placeholder, out);
        return status == STATUS_OK ? STATUS_OK : error_budget(error);
    }
    struct text text;
    enum status status = template_expand(arena, source, context, builtins, &text, notes, error);
    if (status == STATUS_OK)
        *out = json_string(text);
    return status;
}

void template_variables(struct text source, void (*found)(void *userdata, struct text name), void *userdata)
{
    struct template_placeholder placeholder;
    for (size_t from = 0; template_next(source, from, &placeholder); from = placeholder.end) {
        struct text inner = placeholder.inner;
        bool computed = template_takes_expression(&inner);
        struct text variable = text_trim(text_split(&inner, '|'));
        if (computed)
            template_expression_variables(variable, found, userdata);
        else if (variable.size > 0 && !template_is_builtin(variable))
            found(userdata, variable);
    }
}

struct text template_value_text(struct arena *arena, const struct json_value *value)
{
    switch (value->type) {
    case JSON_NULL: return TEXT("");
    case JSON_ARRAY:
    case JSON_OBJECT: return value_json(arena, value);
    case JSON_BOOLEAN:
    case JSON_NUMBER:
    case JSON_STRING: break;
    }
    return value_show(arena, value);
}
