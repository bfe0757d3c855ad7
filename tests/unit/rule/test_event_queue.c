/* The queue of due events. */
#include <criterion/criterion.h>

#include "rule/event_queue.h"

Test(event_queue, gives_the_next_one_first)
{
    static const int64_t due[] = {50, 10, 30, 10, 90, 30, 10, 70, 20};
    enum { COUNT = sizeof due / sizeof due[0] };
    struct due_event room[COUNT];
    struct event_queue queue = {.items = room, .capacity = COUNT};
    for (int64_t i = 0; i < COUNT; i++)
        event_queue_add(&queue, &(struct due_event){.due_us = due[i], .scheduled_id = i});
    int64_t due_us = 0, scheduled_id = -1;
    for (size_t i = 0; i < COUNT; i++) {
        struct due_event event = event_queue_take(&queue);
        cr_assert_eq(due[event.scheduled_id], event.due_us);
        cr_assert(event.due_us > due_us || (event.due_us == due_us && event.scheduled_id > scheduled_id));
        due_us = event.due_us;
        scheduled_id = event.scheduled_id;
    }
    cr_assert_eq(queue.count, 0);
}

Test(event_queue, takes_what_is_added_in_between)
{
    struct due_event room[2];
    struct event_queue queue = {.items = room, .capacity = 2};
    event_queue_add(&queue, &(struct due_event){.due_us = 5});
    event_queue_add(&queue, &(struct due_event){.due_us = 3});
    cr_assert_eq(event_queue_take(&queue).due_us, 3);
    event_queue_add(&queue, &(struct due_event){.due_us = 4});
    cr_assert_eq(event_queue_take(&queue).due_us, 4);
    cr_assert_eq(event_queue_take(&queue).due_us, 5);
}

Test(event_queue, drops_a_timer)
{
    static const int64_t due[] = {50, 10, 30, 20, 90, 40};
    enum { COUNT = sizeof due / sizeof due[0] };
    struct due_event room[COUNT];
    struct event_queue queue = {.items = room, .capacity = COUNT};
    for (size_t i = 0; i < COUNT; i++)
        event_queue_add(&queue, &(struct due_event){.kind = EVENT_TIMER_FIRED,
                                                    .due_us = due[i],
                                                    .activity_id = due[i] == 10 ? TEXT("a/remind") : TEXT("b")});
    event_queue_drop_timer(&queue, TEXT("a/remind"));
    event_queue_drop_timer(&queue, TEXT("c"));
    cr_assert_eq(queue.count, COUNT - 1);
    cr_assert_eq(event_queue_take(&queue).due_us, 20);
    cr_assert_eq(event_queue_take(&queue).due_us, 30);
}
