#include "runs/open_request.h"

#include "action/perform.h"
#include "base/limits.h"
#include "engine/names.h"

static enum status add(struct arena *arena, struct open_requests *found, size_t *capacity, struct text action_id,
                       const struct event *event)
{
    struct action_request request;
    if (action_request_read(arena, event->payload, &request, NULL) != STATUS_OK || request.ask == 0 ||
        !text_equal(request.action_id, action_id))
        return STATUS_OK;
    struct open_request *items = arena_reserve(arena, found->items, found->count, capacity, sizeof *items);
    if (items == NULL)
        return STATUS_BUDGET;
    found->items = items;
    const struct json_value *approvers = json_get_lenient(&request.config, TEXT("approvers"));
    bool one = approvers != NULL && approvers->type == JSON_ARRAY && approvers->array.count == 1 &&
               approvers->array.items[0].type == JSON_STRING;
    found->items[found->count++] = (struct open_request){
        .activity_id = event->activity_id,
        .approver = one ? approvers->array.items[0].string : TEXT_NONE,
        .payload = event->payload,
        .number = request.ask,
        .scheduled_id = event->id,
    };
    return STATUS_OK;
}

static void remove_ended(struct open_requests *found, int64_t scheduled_id)
{
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (found->items[i].scheduled_id != scheduled_id)
            found->items[kept++] = found->items[i];
    }
    found->count = kept;
}

enum status open_requests_find(struct arena *arena, const struct event *events, size_t event_count,
                               struct text action_id, struct open_requests *found)
{
    size_t capacity = 0;
    enum status status = STATUS_OK;
    *found = (struct open_requests){0};
    for (size_t i = 0; i < event_count && status == STATUS_OK; i++) {
        const struct event *event = &events[i];
        switch (event->kind) {
        case EVENT_ACTIVITY_SCHEDULED:
            if (text_is(event->activity_type, ACTIVITY_ASK))
                status = add(arena, found, &capacity, action_id, event);
            break;
        case EVENT_ACTIVITY_COMPLETED:
        case EVENT_ACTIVITY_FAILED:
        case EVENT_ACTIVITY_TIMED_OUT:
        case EVENT_ACTIVITY_CANCELED:
        case EVENT_ACTIVITY_CANCEL_REQUESTED: remove_ended(found, event->scheduled_id); break;
        default: break;
        }
    }
    return status;
}

const struct open_request *open_request_of(const struct open_requests *requests, struct text approver)
{
    for (size_t i = 0; i < requests->count; i++) {
        if (text_equal_ignoring_case(requests->items[i].approver, approver))
            return &requests->items[i];
    }
    return NULL;
}

struct text open_requests_approvers(const struct open_requests *requests, struct arena *arena)
{
    struct buffer buffer = buffer_in(arena, LIMIT_TASK_ARENA);
    for (size_t i = 0; i < requests->count; i++)
        buffer_print(&buffer, "%s%.*s", i > 0 ? ", " : "", TEXT_ARG(requests->items[i].approver));
    return buffer_text(&buffer);
}
