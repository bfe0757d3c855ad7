/* Arbitrary bytes from the server, read as a history or as a task: read or refused, never a crash. A history that
   was read is the same after it has been written and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "temporal/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

/* Every byte of a text can be read. */
static void read_text(struct text text)
{
    volatile char last = 0;
    for (size_t i = 0; i < text.size; i++)
        last = text.data[i];
    (void)last;
}

static void translate_all(const Api__History *history, struct arena *arena)
{
    for (size_t i = 0; history != NULL && i < history->n_events; i++) {
        struct event event;
        enum status status = history_translate(history->events[i], arena, &event);
        check(status == STATUS_OK || status == STATUS_BUDGET);
        check(event.kind >= EVENT_STARTED && event.kind <= EVENT_OTHER);
        check((event.kind == EVENT_CLOSED) == (event.close != CLOSE_NONE));
        check(!event.payload_foreign || event.payload.size == 0);
        read_text(event.activity_id);
        read_text(event.activity_type);
        read_text(event.payload);
        read_text(event.failure);
    }
}

static void write_again(const ProtobufCMessage *message, struct arena *arena)
{
    const void *copy = NULL;
    struct text written = proto_pack(message, arena);
    if (written.data == NULL || proto_unpack(message->descriptor, written, arena, &copy, NULL) != STATUS_OK)
        return; /* the arena is full, or a merged message is larger than its source */
    struct text again = proto_pack(copy, arena);
    check(again.data == NULL || text_equal(written, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &api__history__descriptor,
        &api__poll_workflow_task_queue_response__descriptor,
        &api__respond_workflow_task_completed_response__descriptor,
        &api__poll_activity_task_queue_response__descriptor,
    };
    if (size == 0)
        return 0;
    size_t kind = data[0] % (sizeof types / sizeof *types);
    struct text bytes = {.data = (const char *)data + 1, .size = size - 1};
    struct arena *arena = arena_new(MIB(64), 0);
    struct error error = ERROR_IN(arena);
    const void *message = NULL;
    if (proto_unpack(types[kind], bytes, arena, &message, &error) == STATUS_OK) {
        if (kind == 0)
            translate_all(message, arena);
        else if (kind == 1)
            translate_all(((const Api__PollWorkflowTaskQueueResponse *)message)->history, arena);
        write_again(message, arena);
    } else {
        check(error.status == STATUS_INVALID || error.status == STATUS_BUDGET);
        check(error.message.size > 0);
    }
    arena_free(arena);
    return 0;
}
