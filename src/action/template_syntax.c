/* Finds placeholders and their parts. */
#include "action/template_syntax.h"

#include "action/context.h"

bool template_next(struct text source, size_t from, struct template_placeholder *found)
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
            *found = (struct template_placeholder){
                .start = from + start, .end = from + start + 2 + size + 2, .inner = text_slice(inner, 0, size)};
            return true;
        }
        /* No placeholder begins before this '}'. */
        from += start + 2 + size + 1;
    }
    return false;
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Whether a name has only letters, digits, '_' and the byte `other`. */
static bool has_only(struct text name, char other)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        if (!is_letter(byte) && !(byte >= '0' && byte <= '9') && byte != '_' && byte != other)
            return false;
    }
    return true;
}

bool template_is_name(struct text name, char other)
{
    return name.size > 0 && is_letter(name.data[0]) && has_only(name, other);
}

/* Whether a path is a name, with dots and indices like "[0]" that lead into objects and lists. */
static bool is_path(struct text path)
{
    const struct text name = text_slice(path, 0, text_find_byte(path, '['));
    struct text rest = text_slice(path, name.size, path.size);
    size_t index;
    if (!template_is_name(name, '.'))
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

bool template_is_builtin(struct text variable)
{
    return variable.size > 0 && variable.data[0] == '$';
}

bool template_is_variable(struct text variable)
{
    return template_is_builtin(variable) ? template_is_name(text_slice(variable, 1, variable.size), '_')
                                         : is_path(variable);
}

bool template_takes_expression(struct text *inner)
{
    struct text prefix = TEXT("expr:"), trimmed = text_trim(*inner);
    if (!text_starts(trimmed, prefix))
        return false;
    *inner = text_slice(trimmed, prefix.size, trimmed.size);
    return true;
}
