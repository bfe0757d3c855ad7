/* Any file of cases that contains a rule: its faults are reported, or its cases are played to their ends. A second play
   gives the same report. */
#include <stdlib.h>

#include "action/decode.h"
#include "base/limits.h"
#include "rule/test_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

static enum action_outcome accept(struct action_call *call, const struct json_value *config)
{
    return json_get(config, TEXT("bad")) == NULL ? ACTION_OUTCOME_DONE : action_refuse(call, "bad");
}

static enum action_outcome perform(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services;
    *result = config->type == JSON_OBJECT ? *config : json_object(NULL, 0);
    return ACTION_OUTCOME_DONE;
}

static void check_config(struct arena *arena, const struct json_value *config, struct decode_faults *faults)
{
    (void)arena, (void)config, (void)faults;
}

static const char *const answers[] = {"approved", "timed_out"};
static const struct action_reference text = {.path = "text", .kind = REFERENCE_TEMPLATE};
#define COMMON .references = &text, .reference_count = 1, .accept = accept, .perform = perform, .check = check_config
static const struct action_type types[] = {
    {.name = "ask",
     .mode = ACTION_MODE_HUMAN,
     .effects = EFFECTS_WRITE,
     .dispatch = DISPATCH_ACTIVITY,
     .timing = {.start_to_close_ms = 3600000, .retry_initial_ms = 1000, .retry_coefficient = 2, .retry_attempts = 1000},
     .outputs = answers,
     .output_count = 2,
     COMMON},
    {.name = "delay", .dispatch = DISPATCH_ENGINE, .check = check_config, .references = &text, .reference_count = 1},
    {.name = "echo", .effects = EFFECTS_PURE, .dispatch = DISPATCH_LOCAL, COMMON},
    {.name = "write",
     .effects = EFFECTS_WRITE,
     .dispatch = DISPATCH_LOCAL,
     .timing = {.start_to_close_ms = 30000,
                .retry_initial_ms = 1000,
                .retry_maximum_ms = 60000,
                .retry_coefficient = 2,
                .retry_attempts = 3},
     COMMON},
};
static const struct action_catalog catalog = {.types = types, .count = sizeof types / sizeof types[0]};

/* The report of the tests; empty when the file is not good. */
static struct text play(struct arena *arena, const struct json_value *document)
{
    struct rule_test test = {.faults = {.arena = arena}};
    struct error error = ERROR_IN(arena);
    struct buffer report = buffer_in(arena, MIB(64));
    struct json_writer json = {&report};
    check(case_file_read(arena, document, &test.file, &test.faults));
    if (test.faults.count == 0 && test.file.rule != NULL && test.file.rule->type == JSON_OBJECT)
        check(rule_test_run(arena, &catalog, test.file.rule, true, &test, &error) == STATUS_OK);
    check(test.faults.count > 0 || test.outcome_count == test.file.count || test.file.rule == NULL ||
          test.file.rule->type == JSON_STRING);
    test_report_write_json(&json, "file", "rule", &test);
    test_junit_write(&report, "file", &test);
    return buffer_text(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(512), 0);
    struct json_value document;
    if (json_read(arena, (struct text){.data = (const char *)data, .size = size}, &document, NULL) == STATUS_OK)
        check(text_equal(play(arena, &document), play(arena, &document)));
    arena_free(arena);
    return 0;
}
