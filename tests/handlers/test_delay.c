/* Valid and invalid configs of a saved `delay`. */
#include <criterion/criterion.h>

#include "action/decode.h"
#include "base/limits.h"
#include "generated/delay.h"

static const struct {
    const char *config, *faults;
} rows[] = {
    {"{\"duration\":\"1h30m\"}", ""},
    {"{\"duration\":\"1h1m1s1ms1us1ns\"}", ""},
    {"{\"duration\":\"720h\"}", ""},
    {"{\"duration\":\"7d\"}", ""},
    {"{\"duration\":\"30d\"}", ""},
    {"{\"duration\":\"{{days}}d\"}", ""},
    {"{}", "duration is required"},
    {"null", "duration is required"},
    {"{\"durations\":\"1s\"}", "duration is required"},
    {"{\"duration\":\"\"}", "duration is required"},
    {"{\"duration\":5}", "invalid configuration format: duration: expected string, found number"},
    {"\"x\"", "invalid configuration format: config: expected object, found string"},
    {"{\"duration\":\"5\"}", "invalid duration format: time: missing unit in duration \"5\""},
    {"{\"duration\":\"5 minutes\"}",
     "invalid duration format: time: unknown unit \" minutes\" in duration \"5 minutes\""},
    {"{\"duration\":\"P1D\"}", "invalid duration format: time: invalid duration \"P1D\""},
    {"{\"duration\":\"0\"}", "duration must be positive"},
    {"{\"duration\":\"0d\"}", "duration must be positive"},
    {"{\"duration\":\"-1s\"}", "duration must be positive"},
    {"{\"duration\":\"720h1s\"}", "duration 720h0m1s exceeds maximum of 720h0m0s"},
    {"{\"duration\":\"31d\"}", "duration 744h0m0s exceeds maximum of 720h0m0s"},
    {"{\"duration\":\"8760h\"}", "duration 8760h0m0s exceeds maximum of 720h0m0s"},
    {"{\"duration\":\"9223372036854775807ns\"}", "duration 2562047h47m16.854775807s exceeds maximum of 720h0m0s"},
};

Test(delay, checks_of_a_saved_config)
{
    const struct action_type *type = action_catalog_find(&action_catalog_core, TEXT("delay"));
    cr_assert_not_null(type);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new(MIB(1), 0);
        struct decode_faults faults = {0};
        struct json_value config;
        cr_assert_eq(json_read(arena, text_from(rows[i].config), &config, NULL), STATUS_OK);
        type->check(arena, &config, &faults);
        struct text found = decode_faults_text(&faults, arena);
        cr_expect(text_is(found, rows[i].faults), "%s: %.*s", rows[i].config, TEXT_ARG(found));
        arena_free(arena);
    }
}

Test(delay, faults_point_to_the_duration_and_hide_its_value)
{
    const struct action_type *type = action_catalog_find(&action_catalog_core, TEXT("delay"));
    struct arena *arena = arena_new(MIB(1), 0);
    struct decode_faults faults = {0};
    struct json_value config;
    cr_assert_eq(json_read(arena, TEXT("{\"duration\":\"secret\"}"), &config, NULL), STATUS_OK);
    type->check(arena, &config, &faults);
    cr_assert_eq(faults.count, 1);
    cr_expect(text_is(faults.items[0].pointer, "/duration"));
    cr_expect_eq(faults.items[0].head, sizeof "invalid duration format: " - 1);
    cr_expect_eq(faults.items[0].tail, 0);
    arena_free(arena);
}
