/* The outcome of a run, as its result says it. */
#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/description.h"
#include "engine/run_internal.h"

#define NAME_BYTES    100
#define MESSAGE_BYTES 300
/* The size in bytes up to which a result is read for its output. */
#define READ_BYTES KIB(64)

static bool has_passed(const struct run *run, uint32_t action)
{
    return run->nodes[action].state == ACTION_STATE_FINISHED || run->nodes[action].state == ACTION_STATE_SKIPPED;
}

static bool is_end(const struct run *run, uint32_t action)
{
    const struct graph *graph = &run->graph;
    if (run->nodes[action].state != ACTION_STATE_FINISHED)
        return false;
    for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++)
        if (has_passed(run, graph->edges[i].target))
            return false;
    return true;
}

static struct text output_of(struct arena *arena, struct text result)
{
    struct json_value value;
    if (result.size > READ_BYTES || json_read(arena, result, &value, NULL) != STATUS_OK)
        return TEXT_NONE;
    return text_cut_utf8(json_get_text(&value, TEXT("output")), NAME_BYTES);
}

static void write_end(const struct run *run, uint32_t action, struct arena *arena, struct json_writer *json)
{
    struct text output = output_of(arena, run->nodes[action].result);
    json_begin_object(json);
    json_member_text(json, "action", text_cut_utf8(run->graph.actions[action].name, NAME_BYTES));
    if (output.size > 0)
        json_member_text(json, "output", output);
    json_end_object(json);
}

static void write_failure(const struct run *run, uint32_t action, struct json_writer *json)
{
    json_begin_object(json);
    json_member_text(json, "action", text_cut_utf8(run->graph.actions[action].name, NAME_BYTES));
    json_member_text(json, "message", text_cut_utf8(run->nodes[action].failure.text, MESSAGE_BYTES));
    json_end_object(json);
}

static void write_ends(const struct run *run, struct arena *arena, struct json_writer *json)
{
    unsigned left = OUTCOME_ACTIONS_MAX;
    json_key(json, "ends");
    json_begin_array(json);
    for (uint32_t i = 0; i < run->graph.action_count && left > 0; i++) {
        if (!is_end(run, i))
            continue;
        write_end(run, i, arena, json);
        left--;
    }
    json_end_array(json);
}

static void write_failures(const struct run *run, struct json_writer *json)
{
    unsigned left = OUTCOME_ACTIONS_MAX;
    json_key(json, "failures");
    json_begin_array(json);
    for (uint32_t i = 0; i < run->graph.action_count && left > 0; i++) {
        if (!run->nodes[i].routed)
            continue;
        write_failure(run, i, json);
        left--;
    }
    json_end_array(json);
}

struct text run_outcome(const struct run *run, struct arena *arena)
{
    struct buffer buffer = buffer_in(arena, LIMIT_PAYLOAD_BYTES);
    struct json_writer json = {&buffer};
    uint32_t done = 0, routed = 0;
    for (uint32_t i = 0; i < run->graph.action_count; i++) {
        done += run->nodes[i].state == ACTION_STATE_FINISHED;
        routed += run->nodes[i].routed;
    }
    json_begin_object(&json);
    json_member_integer(&json, "done", done);
    json_member_integer(&json, "not_run", run->graph.action_count - done);
    write_ends(run, arena, &json);
    if (routed > 0)
        write_failures(run, &json);
    json_end_object(&json);
    return buffer_text(&buffer);
}
