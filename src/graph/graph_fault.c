/* Collects faults of a graph and warnings about it. */
#include "graph/graph_internal.h"

static bool make_room(struct graph_faults *faults)
{
    struct graph_fault *items =
        arena_reserve(faults->arena, faults->items, faults->count, &faults->capacity, sizeof *items);
    faults->items = items != NULL ? items : faults->items;
    return items != NULL;
}

static void add(struct graph_faults *faults, bool warning, struct text pointer, struct failure message)
{
    struct text where = arena_copy(faults->arena, pointer);
    if (message.text.data == NULL || where.data == NULL || !make_room(faults))
        return;
    faults->items[faults->count++] = (struct graph_fault){
        .warning = warning, .pointer = where, .message = message.text, .head = message.head, .tail = message.tail};
}

void graph_fault_add(struct graph_faults *faults, bool warning, struct text pointer, const char *format, ...)
{
    if (faults == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    add(faults, warning, pointer, failure_vprint(faults->arena, format, arguments));
    va_end(arguments);
}

/* Reports a fault that is not a warning. */
static void fail(struct graph_reading *reading, struct text pointer, struct failure message)
{
    if (!reading->faulty)
        (void)error_set_failure(reading->error, STATUS_INVALID, pointer, message);
    reading->faulty = true;
    if (reading->faults != NULL)
        add(reading->faults, false, pointer, message);
}

/* The arena of the faults, since they outlive the reading. */
static struct arena *arena_of(const struct graph_reading *reading)
{
    return reading->faults != NULL ? reading->faults->arena : reading->scratch;
}

void graph_reading_fault_at(struct graph_reading *reading, struct text pointer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(reading, pointer, failure_vprint(arena_of(reading), format, arguments));
    va_end(arguments);
}

void graph_reading_fault(struct graph_reading *reading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(reading, reading->pointer, failure_vprint(arena_of(reading), format, arguments));
    va_end(arguments);
}

void graph_reading_warn_at(struct graph_reading *reading, struct text pointer, const char *format, ...)
{
    if (reading->faults == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    add(reading->faults, true, pointer, failure_vprint(reading->faults->arena, format, arguments));
    va_end(arguments);
}
