/* Log lines about an action that is performed. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker/logged_action.h"

#define ID "a0000000-0000-4000-8000-000000000001"

static enum action_outcome log_a_line(struct action_call *call, const struct services *services,
                                      const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services;
    log_line(LOG_INFO, "Within the handler");
    *result = *config;
    return ACTION_OUTCOME_DONE;
}

static const struct action_reference reference = {"text", REFERENCE_TEMPLATE};
static const struct action_type type = {
    .name = "check", .perform = log_a_line, .references = &reference, .reference_count = 1};
static const struct action_catalog catalog = {&type, 1};

Test(logged_action, warnings_are_logged_without_values_and_every_line_has_the_fields)
{
    struct arena *arena = arena_new((size_t)1 << 20, 0);
    cr_assert_not_null(arena);
    int file = memfd_create("log", MFD_CLOEXEC);
    cr_assert_geq(file, 0);
    log_set_output(file);
    log_set_level(LOG_INFO);
    const struct action_environment environment = {.catalog = &catalog, .attempt = 1};
    struct action_request request = {.action_id = TEXT(ID), .action_name = TEXT("Check"), .action_type = TEXT("check")};
    cr_assert_eq(json_read(arena, TEXT("{\"text\":\"{{none}} {{name | currency}} {{a secret}} {{expr: 'secret'}}\"}"),
                           &request.config, NULL),
                 STATUS_OK);
    cr_assert_eq(json_read(arena, TEXT("{\"name\":\"secret\"}"), &request.context, NULL), STATUS_OK);
    const struct log_context run = {.workflow_id = TEXT("flow")};
    (void)log_set_context(&run);
    struct action_report report;
    logged_action_perform(&environment, arena, &request, &report);
    cr_assert_eq(report.outcome, ACTION_OUTCOME_DONE);
    cr_expect_eq(log_get_context(), &run, "no longer of the action");

    char lines[4096] = {0};
    cr_assert_gt(pread(file, lines, sizeof lines - 1, 0), 0);
    cr_expect_not_null(strstr(lines, "missing variable: none"), "%s", lines);
    cr_expect_not_null(strstr(lines, "filter currency does not fit its value"), "%s", lines);
    cr_expect_null(strstr(lines, "secret"), "%s", lines);
    size_t count = 0;
    for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, count++) {
        *end = '\0';
        cr_expect_not_null(strstr(line, "\"action_name\":\"Check\""), "%s", line);
        cr_expect_not_null(strstr(line, "\"action_id\":\"" ID "\""), "%s", line);
        cr_expect_not_null(strstr(line, "\"workflow_id\":\"flow\""), "%s", line);
    }
    cr_expect_eq(count, 5, "the handler's line and one of each template");
    close(file);
    arena_free(arena);
}
