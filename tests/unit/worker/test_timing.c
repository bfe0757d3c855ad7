#include <criterion/criterion.h>

#include "worker/activity_heartbeat.h"

Test(timing, heartbeats_come_at_80_percent_of_their_timeout)
{
    cr_assert_eq(activity_heartbeat_every_ms(20000), 16000);
    cr_assert_eq(activity_heartbeat_every_ms(1), 1, "never a busy loop");
    cr_assert_eq(activity_heartbeat_every_ms(9), 7);
    cr_assert_eq(activity_heartbeat_every_ms(75000), 60000);
    cr_assert_eq(activity_heartbeat_every_ms(75001), 60000, "a minute at most");
    cr_assert_eq(activity_heartbeat_every_ms(INT64_MAX), 60000);
}
