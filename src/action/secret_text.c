/* Finds the secrets that a text names. */
#include "action/secret_text.h"

#include "base/limits.h"

static bool is_name_byte(char byte, bool first)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (!first && byte >= '0' && byte <= '9');
}

static size_t name_size(struct text text)
{
    size_t size = 0;
    while (size < text.size && is_name_byte(text.data[size], size == 0))
        size++;
    return size;
}

bool secret_name_is(struct text name)
{
    return name.size > 0 && name.size <= LIMIT_SECRET_NAME && name_size(name) == name.size;
}

static size_t blanks(struct text text)
{
    size_t size = 0;
    while (size < text.size && text_trim(text_slice(text, size, 1)).size == 0)
        size++;
    return size;
}

/* Reads a reference at the start of the text. False if absent. */
static bool read_reference(struct text text, struct secret_reference *reference)
{
    if (!text_starts(text, TEXT("{{")))
        return false;
    size_t at = 2 + blanks(text_slice(text, 2, text.size));
    struct text rest = text_slice(text, at, text.size);
    if (!text_starts(rest, TEXT("secret:")) && !text_starts(rest, TEXT("secret.")))
        return false;
    at += sizeof "secret:" - 1;
    *reference = (struct secret_reference){.end = at};
    rest = text_slice(text, at, text.size);
    const struct text name = text_slice(rest, 0, name_size(rest));
    const size_t after = name.size + blanks(text_slice(rest, name.size, rest.size));
    if (!secret_name_is(name) || !text_starts(text_slice(rest, after, rest.size), TEXT("}}")))
        return true;
    reference->name = name;
    reference->end = at + after + 2;
    return true;
}

bool secret_text_next(struct text text, struct secret_reference *reference)
{
    for (size_t at = 0; at < text.size; at++) {
        const size_t brace = text_find_byte(text_slice(text, at, text.size), '{');
        if (brace == SIZE_MAX)
            return false;
        at += brace;
        if (!read_reference(text_slice(text, at, text.size), reference))
            continue;
        reference->begin = at;
        reference->end += at;
        return true;
    }
    return false;
}

bool secret_text_is_valid(struct text text)
{
    struct secret_reference reference;
    while (secret_text_next(text, &reference)) {
        if (reference.name.size == 0)
            return false;
        text = text_slice(text, reference.end, text.size);
    }
    return true;
}
