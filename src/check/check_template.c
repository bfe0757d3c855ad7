/* Checks the templates of one text. */
#include "action/template_syntax.h"
#include "check/check_internal.h"

/* The most bytes of a placeholder that a message shows. */
#define SHOWN_PLACEHOLDER 80

static bool has_filter(struct text filters, const char *name)
{
    while (filters.data != NULL) {
        struct text filter = text_split(&filters, '|');
        if (text_is(text_trim(text_split(&filter, ':')), name))
            return true;
    }
    return false;
}

bool check_is_late_name(const struct field_type *field, struct text name)
{
    size_t end = 0;
    while (end < name.size && name.data[end] != '.' && name.data[end] != ':')
        end++;
    for (const char *const *known = field->late_names; known != NULL && *known != NULL; known++)
        if (text_is(text_slice(name, 0, end), *known))
            return true;
    return false;
}

static struct text shown(struct text inner)
{
    return text_cut_utf8(text_trim(inner), SHOWN_PLACEHOLDER);
}

/* Whether a variable is not found and is not a valid name, which is reported. */
static bool is_invalid(struct checker *checker, struct checked_text *text, struct text inner, struct text variable,
                       const struct binding *binding)
{
    if (variable.size == 0) {
        CHECK_PART(checker, text, inner, CHECK_ERROR, "invalid_name", "{{%.*s}} names no variable and is kept as text",
                   TEXT_ARG(shown(inner)));
        return true;
    }
    if (binding->shape.forms != SHAPE_ABSENT && binding->shape.forms != SHAPE_OPEN)
        return false;
    if (template_is_variable(variable))
        return false;
    CHECK_PART(
        checker, text, variable, CHECK_ERROR, "invalid_name",
        "'%.*s' is not a valid name: expected a letter, then letters, digits, _ and dots; {{%.*s}} is kept as text",
        TEXT_ARG(shown(variable)), TEXT_ARG(shown(inner)));
    return true;
}

static struct value_shape check_variable(struct checker *checker, const struct field_type *field,
                                         struct checked_text *text, struct text inner)
{
    struct text filters = inner, variable = text_trim(text_split(&filters, '|'));
    if (check_is_late_name(field, variable)) {
        if (!has_filter(filters, "default"))
            check_late_need(checker, text, variable);
        return check_filters(checker, text, filters, variable, shape_plain(SHAPE_OPEN));
    }
    struct binding binding = scope_find(checker->scope, checker->action, SCOPE_TEMPLATE, variable);
    if (is_invalid(checker, text, inner, variable, &binding))
        return shape_plain(SHAPE_OPEN);
    enum check_use use = has_filter(filters, "default") ? CHECK_USE_DEFAULT : CHECK_USE_TEMPLATE;
    (void)check_binding(checker, &binding, variable, use, text->path, checked_text_column(text, variable));
    if (binding.shape.sensitive)
        CHECK_PART(checker, text, variable, CHECK_NOTE, "sensitive_value",
                   "'%.*s' is hidden in results, but this action uses its value openly", TEXT_ARG(variable));
    return check_filters(checker, text, filters, variable, binding.shape);
}

static struct value_shape check_placeholder(struct checker *checker, const struct field_type *field,
                                            struct checked_text *text, const struct template_placeholder *placeholder)
{
    struct text inner = placeholder->inner;
    if (!template_takes_expression(&inner))
        return check_variable(checker, field, text, inner);
    struct text filters = inner, expression = text_split(&filters, '|');
    bool good = check_expression(checker, text, expression);
    return check_filters(checker, text, filters, shown(expression), shape_plain(good ? SHAPE_NUMBER : SHAPE_OPEN));
}

/* Reports "{{" that does not begin a placeholder. */
static void check_braces(struct checker *checker, struct checked_text *text, size_t from, size_t end)
{
    while (from < end) {
        struct text rest = text_slice(text->source, from, end - from);
        size_t at = text_find(rest, TEXT("{{"));
        if (at == SIZE_MAX)
            return;
        struct text open = text_slice(rest, at, rest.size), inner = text_slice(open, 2, open.size);
        size_t close = text_find_byte(inner, '}');
        if (close == 0 && inner.size > 1 && inner.data[1] == '}') {
            CHECK_PART(checker, text, open, CHECK_ERROR, "invalid_name", "{{}} names no variable and is kept as text");
        } else {
            struct text rest_of_text = inner, line = text_split(&rest_of_text, '\n');
            CHECK_PART(checker, text, open, CHECK_ERROR, "unclosed_braces",
                       "'{{%.*s' is not closed: expected '}}'; without it, the text is not expanded",
                       TEXT_ARG(shown(line)));
        }
        if (close == SIZE_MAX)
            return;
        from += at + 2 + close + 1;
    }
}

void check_template(struct checker *checker, const struct field_type *field, const struct check_path *path,
                    struct text source, struct value_shape *whole)
{
    struct checked_text text = {.path = path, .source = source};
    struct template_placeholder placeholder;
    size_t from = 0;
    *whole = shape_plain(0);
    for (; template_next(source, from, &placeholder); from = placeholder.end) {
        check_braces(checker, &text, from, placeholder.start);
        struct value_shape shape = check_placeholder(checker, field, &text, &placeholder);
        if (placeholder.start == 0 && placeholder.end == source.size)
            *whole = shape;
    }
    check_braces(checker, &text, from, source.size);
}
