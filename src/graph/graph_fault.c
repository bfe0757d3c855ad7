/* Collects faults of a graph and warnings about it. */
#include "graph/graph_internal.h"

void graph_fault_add(struct graph_faults *faults, bool warning, struct text pointer, const char *format, ...)
{
    if (faults == NULL)
        return;
    if (faults->count == faults->capacity) {
        size_t capacity = faults->capacity == 0 ? 8 : faults->capacity * 2;
        struct graph_fault *grown =
            arena_grow(faults->arena, faults->items, faults->capacity * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        faults->items = grown;
        faults->capacity = capacity;
    }
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(faults->arena, format, arguments);
    va_end(arguments);
    struct text where = arena_copy(faults->arena, pointer);
    if (message.data == NULL || where.data == NULL)
        return;
    faults->items[faults->count++] = (struct graph_fault){.warning = warning, .pointer = where, .message = message};
}

static void note_first(struct graph_reading *reading, struct text pointer, struct text message)
{
    if (!reading->faulty)
        (void)error_set(reading->error, STATUS_INVALID, pointer, "%.*s", TEXT_ARG(message));
    reading->faulty = true;
}

void graph_reading_fault_at(struct graph_reading *reading, struct text pointer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(reading->scratch, format, arguments);
    va_end(arguments);
    note_first(reading, pointer, message);
    graph_fault_add(reading->faults, false, pointer, "%.*s", TEXT_ARG(message));
}

void graph_reading_fault(struct graph_reading *reading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(reading->scratch, format, arguments);
    va_end(arguments);
    note_first(reading, reading->pointer, message);
    graph_fault_add(reading->faults, false, reading->pointer, "%.*s", TEXT_ARG(message));
}

void graph_reading_warn_at(struct graph_reading *reading, struct text pointer, const char *format, ...)
{
    if (reading->faults == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(reading->scratch, format, arguments);
    va_end(arguments);
    graph_fault_add(reading->faults, true, pointer, "%.*s", TEXT_ARG(message));
}
