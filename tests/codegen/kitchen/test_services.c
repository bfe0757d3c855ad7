#include <criterion/criterion.h>
#include <string.h>

#include "codegen/generated_support.h"
#include "fridge.h"
#include "generated/services.h"
#include "oven.h"

static struct services services;
static struct error error;

static enum status start(int64_t degrees, unsigned needs)
{
    const struct settings settings = {.health_port = degrees};
    kitchen_notes[0] = '\0';
    error = (struct error){0};
    return services_start(&settings, needs, &services, &error);
}

Test(services, start_in_order_and_stop_the_last_one_first)
{
    cr_assert_eq(start(200, SERVICES_ALL), STATUS_OK);
    cr_assert_not_null(services.oven);
    cr_assert_not_null(services.fridge);
    cr_expect_eq(services.oven->degrees, 200, "started by the settings");
    services_stop(&services);
    cr_expect_str_eq(kitchen_notes, "fridge on;oven on;oven off;fridge off;");
    cr_expect_null(services.oven);
    services_stop(&services);
    cr_expect_str_eq(kitchen_notes, "fridge on;oven on;oven off;fridge off;", "once");
}

Test(services, are_started_where_they_are_needed)
{
    cr_assert_eq(start(200, 1u << SERVICE_OVEN), STATUS_OK);
    cr_expect_null(services.fridge);
    services_stop(&services);
    cr_expect_str_eq(kitchen_notes, "oven on;oven off;");
    cr_assert_eq(start(200, 0), STATUS_OK);
    cr_expect_str_eq(kitchen_notes, "");
}

Test(services, one_that_cannot_start_stops_those_before_it)
{
    cr_assert_eq(start(9001, SERVICES_ALL), STATUS_INVALID);
    expect_text(error.message, "too hot");
    cr_expect(strncmp(kitchen_notes, "fridge on;oven on;", 18) == 0);
    cr_expect_not_null(strstr(kitchen_notes, "fridge off;"));
    cr_expect_null(services.fridge);
    cr_expect_null(services.oven);
}

Test(services, one_that_the_settings_do_not_ask_for_is_not_stopped)
{
    cr_assert_eq(start(0, SERVICES_ALL), STATUS_OK);
    cr_expect_null(services.oven);
    cr_expect_eq(services_health(&services, 7, &error), STATUS_OK);
    services_stop(&services);
    cr_expect_str_eq(kitchen_notes, "fridge on;oven on;fridge off;");
}

Test(services, are_well_when_all_are)
{
    struct arena *arena = test_arena();
    cr_assert_eq(start(300, SERVICES_ALL), STATUS_OK);
    cr_expect_eq(services_health(&services, 7, &error), STATUS_OK);
    cr_assert_eq(start(301, SERVICES_ALL), STATUS_OK);
    error = ERROR_IN(arena);
    cr_expect_eq(services_health(&services, 7, &error), STATUS_UNAVAILABLE);
    expect_text(error.message, "oven: it smokes");
    arena_free(arena);
}

Test(services, know_their_groups_of_settings)
{
    cr_expect_eq(services_settings(1u << SERVICE_OVEN), (unsigned)SETTINGS_WORKER);
    cr_expect_eq(services_settings(1u << SERVICE_FRIDGE), 0u);
    cr_expect_eq(services_settings(SERVICES_ALL), (unsigned)SETTINGS_WORKER);
}
