/* Collects the faults that the check of a rule finds. */
#include "check/check_fault.h"

#include "base/buffer.h"
#include "base/limits.h"

const char *check_severity_name(enum check_severity severity)
{
    static const char *const names[] = {[CHECK_NOTE] = "note", [CHECK_WARNING] = "warning", [CHECK_ERROR] = "error"};
    return names[severity];
}

static void add_escaped(struct buffer *buffer, struct text key)
{
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] == '~')
            buffer_add(buffer, TEXT("~0"));
        else if (key.data[i] == '/')
            buffer_add(buffer, TEXT("~1"));
        else
            buffer_add_byte(buffer, key.data[i]);
    }
}

static void add_pointer(struct buffer *buffer, const struct check_path *path)
{
    if (path->parent == NULL) {
        buffer_add(buffer, path->key);
        return;
    }
    add_pointer(buffer, path->parent);
    buffer_add_byte(buffer, '/');
    if (path->key.data != NULL)
        add_escaped(buffer, path->key);
    else
        buffer_print(buffer, "%zu", path->index);
}

static bool make_room(struct check_faults *faults)
{
    struct check_fault *items =
        arena_reserve(faults->arena, faults->items, faults->count, &faults->capacity, sizeof *items);
    faults->items = items != NULL ? items : faults->items;
    return items != NULL;
}

void check_fault_add(struct check_faults *faults, enum check_severity severity, const char *code,
                     const struct check_path *path, size_t column, const char *format, ...)
{
    struct buffer pointer = buffer_in(faults->arena, SIZE_MAX);
    add_pointer(&pointer, path);
    struct text where = buffer_text(&pointer);
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(faults->arena, format, arguments);
    va_end(arguments);
    if (where.data == NULL || message.data == NULL || !make_room(faults)) {
        faults->exhausted = true;
        return;
    }
    faults->items[faults->count++] = (struct check_fault){
        .severity = severity, .code = code, .pointer = where, .column = column, .message = message};
}
