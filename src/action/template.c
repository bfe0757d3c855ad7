/* Expands templates: finds placeholders, looks up their variables, applies their filters. */
#include "action/context.h"
#include "action/template_internal.h"
#include "action/value.h"
#include "base/limits.h"

/* A warning shows this many bytes of a placeholder. */
#define SHOWN_PLACEHOLDER 80

/* A {{placeholder}} in the source. */
struct placeholder {
    size_t start, end; /* with the braces */
    struct text inner; /* between them */
};

/* The first placeholder at or after `from`: "{{", one or more bytes other than '}', "}}". */
static bool placeholder_next(struct text source, size_t from, struct placeholder *found)
{
    while (from < source.size) {
        struct text rest = text_slice(source, from, source.size);
        size_t start = text_find(rest, TEXT("{{"));
        if (start == SIZE_MAX)
            return false;
        struct text inner = text_slice(rest, start + 2, rest.size);
        size_t size = text_find_byte(inner, '}');
        if (size == SIZE_MAX)
            return false;
        if (size > 0 && size + 1 < inner.size && inner.data[size + 1] == '}') {
            *found = (struct placeholder){
                .start = from + start, .end = from + start + 2 + size + 2, .inner = text_slice(inner, 0, size)};
            return true;
        }
        /* No placeholder starts before this '}'. */
        from += start + 2 + size + 1;
    }
    return false;
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Letters, digits, '_' and the byte `other`. */
static bool has_only(struct text name, char other)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        if (!is_letter(byte) && !(byte >= '0' && byte <= '9') && byte != '_' && byte != other)
            return false;
    }
    return true;
}

static bool is_name(struct text name, char other)
{
    return name.size > 0 && is_letter(name.data[0]) && has_only(name, other);
}

/* A name in which dots, and indices like "[0]", go into objects and lists. */
static bool is_path(struct text path)
{
    const struct text name = text_slice(path, 0, text_find_byte(path, '['));
    struct text rest = text_slice(path, name.size, path.size);
    size_t index;
    if (!is_name(name, '.'))
        return false;
    while (rest.size > 0) {
        if (rest.data[0] == '[') {
            if (!context_take_index(&rest, &index))
                return false;
            continue;
        }
        const struct text keys = text_slice(rest, 0, text_find_byte(rest, '['));
        if (rest.data[0] != '.' || !has_only(keys, '.'))
            return false;
        rest = text_slice(rest, keys.size, rest.size);
    }
    return true;
}

static bool is_builtin(struct text variable)
{
    return variable.size > 0 && variable.data[0] == '$';
}

static bool is_variable(struct text variable)
{
    return is_builtin(variable) ? is_name(text_slice(variable, 1, variable.size), '_') : is_path(variable);
}

bool template_filters_valid(struct text filters, struct text *wrong)
{
    while (filters.data != NULL) {
        struct text filter = text_split(&filters, '|');
        *wrong = text_trim(text_split(&filter, ':'));
        if (!is_name(*wrong, '_'))
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

/* The value of an expression; the literal where it cannot be computed. */
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

/* The value of a variable, null when it is missing; the literal where it is not a valid template. */
static enum status variable_value(const struct expansion *expansion, struct text literal, struct text inner,
                                  struct json_value *value)
{
    struct text filters = inner, wrong = TEXT_NONE;
    struct text variable = text_trim(text_split(&filters, '|'));
    const struct json_value *found =
        is_builtin(variable) ? json_get(expansion->builtins, variable) : context_find(expansion->context, variable);
    const char *reason = NULL;
    if (variable.size == 0)
        reason = "empty variable name";
    else if (found == NULL && !is_variable(variable))
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

static bool takes_expression(struct text *inner)
{
    struct text prefix = TEXT("expr:"), trimmed = text_trim(*inner);
    if (!text_starts(trimmed, prefix))
        return false;
    *inner = text_slice(trimmed, prefix.size, trimmed.size);
    return true;
}

static enum status placeholder_value(const struct expansion *expansion, struct text source,
                                     const struct placeholder *placeholder, struct json_value *value)
{
    struct text literal = text_slice(source, placeholder->start, placeholder->end - placeholder->start);
    struct text inner = placeholder->inner;
    return takes_expression(&inner) ? expression_value(expansion, literal, inner, value)
                                    : variable_value(expansion, literal, inner, value);
}

enum status template_expand(struct arena *arena, struct text source, const struct json_value *context,
                            const struct json_value *builtins, struct text *out, struct template_notes *notes,
                            struct error *error)
{
    struct placeholder placeholder;
    if (!placeholder_next(source, 0, &placeholder)) {
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
    } while (!buffer.failed && placeholder_next(source, done, &placeholder));
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
    struct placeholder placeholder;
    if (placeholder_next(source, 0, &placeholder) && placeholder.start == 0 && placeholder.end == source.size) {
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
    struct placeholder placeholder;
    for (size_t from = 0; placeholder_next(source, from, &placeholder); from = placeholder.end) {
        struct text inner = placeholder.inner;
        bool computed = takes_expression(&inner);
        struct text variable = text_trim(text_split(&inner, '|'));
        if (computed)
            template_expression_variables(variable, found, userdata);
        else if (variable.size > 0 && !is_builtin(variable))
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
