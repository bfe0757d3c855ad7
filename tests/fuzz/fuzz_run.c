/* After any sequence of events, with garbage in every field, a run still decides: never a crash, never a PERFORM that
   is not settled, never a command after the run is over. */
#include "base/limits.h"
#include "fuzz/engine_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct action_reference text_reference[] = {{"text", REFERENCE_TEMPLATE}};
static const struct action_type types[] = {
    {.name = "call", .dispatch = DISPATCH_ACTIVITY, .references = text_reference, .reference_count = 1},
    {.name = "pure", .dispatch = DISPATCH_LOCAL, .references = text_reference, .reference_count = 1},
};
static const struct action_catalog catalog = {types, 2};

#define ID(letter) "a0000000-0000-4000-8000-00000000000" letter
#define ACTION(letter, type)                                                                                           \
    "{\"id\":\"" ID(letter) "\",\"name\":\"" letter "\",\"action_type\":\"" type "\",\"is_active\":true}"
#define EDGE(source, target)                                                                                           \
    "{\"source_action_id\":\"" ID(source) "\",\"target_action_id\":\"" ID(target) "\",\"edge_type\":\"sequence\"}"
static const char rule[] =
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"execution_id\":\"22222222-2222-4222-8222-"
    "222222222222\","
    "\"graph\":{\"actions\":[" ACTION("a", "call") "," ACTION("b", "pure") "," ACTION("c", "delay") "," ACTION(
        "d",
        "od"
        "d") "],\"edges\":[{\"target_action_id\":\"" ID("a") "\",\"edge_type\":\"start\"}"
                                                             "," EDGE("a", "b") "," EDGE("a", "c") "," EDGE(
                                                                 "b", "d") "," EDGE("c", "d") "]},\"trigger_data\":{"
                                                                                              "\"entity_id\":\"x\"}}";

/* One of the texts with a meaning, or bytes of the input. */
static struct text take_text(struct input *input)
{
    static const char *const known[] = {"",
                                        ID("a"),
                                        ID("b"),
                                        ID("c"),
                                        ID("d"),
                                        rule,
                                        "{\"result\":{\"output\":\"true\"}}",
                                        "{\"action_id\":\"" ID("b") "\"}",
                                        "{\"start_action\":{\"id\":\"" ID("a") "\"}}",
                                        "{\"action_results\":{\"a\":{},\"b\":{}}}",
                                        "{}",
                                        "null",
                                        "7"};
    uint8_t pick = take(input);
    if (pick < sizeof known / sizeof known[0])
        return text_from(known[pick]);
    size_t size = pick < input->size ? pick : input->size;
    struct text text = {.data = (const char *)input->data, .size = size};
    input->data += size;
    input->size -= size;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct run_policy policy = {.catalog = &catalog,
                                .local = take(&input) % 2 == 0,
                                .continue_after = take(&input),
                                .local_max = take(&input) % 4,
                                .pending_max = take(&input) % 4};
    struct arena *arena = arena_new(MIB(64), 0);
    struct run *run = run_new(&policy);
    struct error error = ERROR_IN(arena);
    if (take(&input) % 8 != 0) {
        struct event started = {.kind = EVENT_STARTED, .id = 1, .payload = text_from(rule)};
        expect(run_apply(run, &started, &error) == STATUS_OK);
    }
    for (int64_t id = 2; input.size > 0; id++) {
        struct event event = {.kind = (enum event_kind)(take(&input) % (EVENT_OTHER + 1)),
                              .id = id,
                              .scheduled_id = take(&input),
                              .activity_id = take_text(&input),
                              .payload = take_text(&input),
                              .failure = take_text(&input),
                              .suggest_continue = take(&input) == 1};
        enum status status = run_apply(run, &event, &error);
        expect(status == STATUS_OK || (status == STATUS_INVALID && error.message.size > 0));
        struct command_list commands;
        if (event.kind == EVENT_TASK_STARTED)
            decide(run, arena, &input, &commands);
    }
    run_free(run);
    arena_free(arena);
    return 0;
}
