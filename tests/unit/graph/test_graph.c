#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "graph/graph.h"

#define A          "\"id\":\"a0000000-0000-4000-8000-000000000001\",\"name\":\"check\",\"action_type\":\"t\",\"is_active\":true"
#define B          "\"id\":\"a0000000-0000-4000-8000-000000000002\",\"name\":\"update\",\"action_type\":\"t\",\"is_active\":true"
#define C          "\"id\":\"a0000000-0000-4000-8000-000000000003\",\"name\":\"notify\",\"action_type\":\"t\",\"is_active\":true"
#define ID(n)      "\"a0000000-0000-4000-8000-00000000000" #n "\""
#define START(n)   "{\"source_action_id\":null,\"target_action_id\":" ID(n) ",\"edge_type\":\"start\"}"
#define EDGE(s, t) "{\"source_action_id\":" ID(s) ",\"target_action_id\":" ID(t) ",\"edge_type\":\"sequence\"}"

static struct arena *arena;
static struct graph graph;
static struct graph_faults faults;
static struct error error;

static enum status read_graph(const char *document)
{
    arena_free(arena);
    arena = arena_new((size_t)8 << 20, 0);
    faults = (struct graph_faults){.arena = arena};
    error = ERROR_IN(arena);
    struct json_value value;
    cr_assert_eq(json_read(arena, text_from(document), &value, &error), STATUS_OK, "%.*s: %.*s", TEXT_ARG(error.where),
                 TEXT_ARG(error.message));
    return graph_read(arena, arena, &value, TEXT("/graph"), &graph, &faults, &error);
}

static void finish(void)
{
    arena_free(arena);
    arena = NULL;
}

/* Exactly these faults and warnings, "pointer: message" each; warnings begin with "warning ". */
static void expect_faults(const char *document, const char *const *expected)
{
    enum status status = read_graph(document);
    size_t count = 0;
    bool any_error = false;
    for (; expected[count] != NULL; count++) {
        cr_assert_lt(count, faults.count, "missing: %s", expected[count]);
        const struct graph_fault *fault = &faults.items[count];
        struct text found = arena_print(arena, "%s%.*s: %.*s", fault->warning ? "warning " : "",
                                        TEXT_ARG(fault->pointer), TEXT_ARG(fault->message));
        cr_expect(text_is(found, expected[count]), "found    %.*s\nexpected %s", TEXT_ARG(found), expected[count]);
        any_error = any_error || !fault->warning;
    }
    cr_expect_eq(faults.count, count, "more faults than expected, the first: %.*s",
                 TEXT_ARG(faults.items[count < faults.count ? count : 0].message));
    cr_expect_eq(status, any_error ? STATUS_INVALID : STATUS_OK);
    finish();
}
#define EXPECT_FAULTS(document, ...) expect_faults(document, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

Test(graph_read, valid_graph_has_no_faults)
{
    EXPECT_FAULTS("{\"actions\":[{" A "},{" B "}],\"edges\":[" START(1) "," EDGE(1, 2) "]}");
}

Test(graph_read, empty_document)
{
    EXPECT_FAULTS("{}", "/graph: graph must contain at least one action",
                  "/graph: graph must contain at least one start edge");
    EXPECT_FAULTS("null", "/graph: graph must contain at least one action",
                  "/graph: graph must contain at least one start edge");
    EXPECT_FAULTS("[]", "/graph: expected a graph, found array");
    EXPECT_FAULTS("{\"actions\":3,\"edges\":true}", "/graph/actions: expected array, found number",
                  "/graph: graph must contain at least one action", "/graph/edges: expected array, found boolean",
                  "/graph: graph must contain at least one start edge");
}

Test(graph_read, all_faults_with_their_pointers)
{
    EXPECT_FAULTS("{\"actions\":[{" A "},{\"id\":\"nope\",\"name\":7,\"is_active\":\"yes\"},3,{}],"
                  "\"edges\":[" START(9) "," EDGE(1, 8) "," EDGE(
                      7, 1) ",{\"edge_type\":\"sequence\"},5,"
                            "{\"source_action_id\":" ID(
                                1) ",\"target_action_id\":\"x\",\"edge_type\":\"odd\",\"sort_order\":1.5}]}",
                  "/graph/actions/1/id: expected a UUID, found \"nope\"",
                  "/graph/actions/1/name: expected string, found number",
                  "/graph/actions/1/is_active: expected boolean, found string",
                  "warning /graph/actions/1: action has no name, so nothing can refer to its result",
                  "/graph/actions/2: expected an action, found number", "/graph/actions/3: action has no id",
                  "warning /graph/actions/3: is_active is missing, which counts as false",
                  "warning /graph/actions/3: action has no name, so nothing can refer to its result",
                  "/graph/edges/0/target_action_id: unknown action a0000000-0000-4000-8000-000000000009",
                  "/graph/edges/1/target_action_id: unknown action a0000000-0000-4000-8000-000000000008",
                  "/graph/edges/2/source_action_id: unknown action a0000000-0000-4000-8000-000000000007",
                  "/graph/edges/3: edge has no target_action_id", "/graph/edges/4: expected an edge, found number",
                  "warning /graph/edges/5: unknown edge_type \"odd\" counts as sequence",
                  "/graph/edges/5/sort_order: expected an integer, found number",
                  "/graph/edges/5/target_action_id: expected a UUID, found \"x\"");
}

Test(graph_read, edges_that_are_never_followed)
{
    EXPECT_FAULTS(
        "{\"actions\":[{" A "},{" B "}],\"edges\":[" START(1) ",{\"source_action_id\":null,\"target_action_id\":" ID(
            2) ",\"edge_type\":\"sequence\"},{\"source_action_id\":" ID(1) ",\"target_action_id\":" ID(2) ",\"edge_"
                                                                                                          "type\":"
                                                                                                          "\"start\"}]"
                                                                                                          "}",
        "warning /graph/edges/1: edge has no source and is not of type start: never followed",
        "warning /graph/edges/2: edge of type start has a source: never followed",
        "warning /graph/actions/1: action 'update' cannot be reached from a start edge");
    EXPECT_FAULTS("{\"actions\":[{" A "},{" B "}],\"edges\":[{\"source_action_id\":" ID(1) ",\"target_action_id\":" ID(
                      2) ",\"edge_type\":\"start\"}]}",
                  "warning /graph/edges/0: edge of type start has a source: never followed",
                  "/graph: graph must contain at least one start edge");
}

Test(graph_read, loops_are_named)
{
    EXPECT_FAULTS("{\"actions\":[{" A "},{" B "},{" C
                  "}],\"edges\":[" START(1) "," EDGE(1, 2) "," EDGE(2, 3) "," EDGE(3, 2) "]}",
                  "/graph: cycle in graph: update -> notify -> update");
    EXPECT_FAULTS("{\"actions\":[{" A "}],\"edges\":[" START(1) "," EDGE(1, 1) "]}",
                  "/graph: cycle in graph: check -> check");
    /* A loop that no start edge reaches is no fault. */
    EXPECT_FAULTS("{\"actions\":[{" A "},{" B "},{" C "}],\"edges\":[" START(1) "," EDGE(2, 3) "," EDGE(3, 2) "]}",
                  "warning /graph/actions/1: action 'update' cannot be reached from a start edge",
                  "warning /graph/actions/2: action 'notify' cannot be reached from a start edge");
}

Test(graph_read, duplicate_ids_and_their_spellings)
{
    EXPECT_FAULTS("{\"actions\":[{" A
                  "},{\"id\":\"{A0000000-0000-4000-8000-000000000001}\",\"name\":\"x\",\"is_active\":true}],"
                  "\"edges\":[" START(1) "]}",
                  "/graph/actions/1/id: duplicate action id a0000000-0000-4000-8000-000000000001");
}

Test(graph_read, edges_are_sorted_by_order_then_target)
{
    cr_assert_eq(read_graph("{\"actions\":[{" C "},{" B "},{" A "}],\"edges\":[" EDGE(1, 3) "," EDGE(
                     1, 2) ","
                           "{\"source_action_id\":" ID(1) ",\"target_action_id\":" ID(
                               3) ",\"edge_type\":\"always\",\"sort_order\":-1}," START(1) "]}"),
                 STATUS_OK);
    cr_assert_eq(graph.edge_count, 4);
    cr_expect_eq(graph.edges[0].type, EDGE_ALWAYS);
    cr_expect_eq(graph.edges[1].target, 1u, "equal orders go by target id");
    cr_expect_eq(graph.edges[2].target, 0u);
    cr_expect_eq(graph.edges[3].source, GRAPH_START);
    cr_expect_eq(graph.first_edge[2], 0u);
    cr_expect_eq(graph.first_edge[3], 3u);
    cr_expect_eq(graph.first_incoming[1] - graph.first_incoming[0], 2u, "the doubled edge counts twice");
    cr_expect_eq(graph_find(&graph, TEXT("a0000000-0000-4000-8000-000000000002")), 1u);
    cr_expect_eq(graph_find(&graph, TEXT("a0000000-0000-4000-8000-000000000009")), UINT32_MAX);
    finish();
}

Test(graph_read, out_of_memory_is_an_error_at_every_allocation)
{
    const char *document =
        "{\"actions\":[{" A "},{" B "},{\"id\":\"bad\"}],\"edges\":[" START(1) "," EDGE(1, 2) "," EDGE(2, 1) "]}";
    for (size_t n = 1; n < 500; n++) {
        struct arena *small = arena_new((size_t)8 << 20, 0), *source = arena_new((size_t)8 << 20, 0);
        struct json_value value;
        struct error fault = ERROR_IN(small);
        cr_assert_eq(json_read(source, text_from(document), &value, &fault), STATUS_OK);
        struct graph_faults found = {.arena = small};
        arena_fail_after(small, n);
        enum status status = graph_read(small, small, &value, TEXT("/graph"), &graph, &found, &fault);
        arena_free(small);
        arena_free(source);
        cr_assert(status == STATUS_BUDGET || status == STATUS_INVALID, "allocation %zu: %s", n, status_name(status));
    }
}

static bool taken(enum edge_type type, const char *output, const char *result)
{
    struct arena *own = arena_new((size_t)1 << 20, 0);
    struct json_value value;
    struct error fault = ERROR_IN(own);
    cr_assert_eq(json_read(own, text_from(result), &value, &fault), STATUS_OK);
    struct graph_edge edge = {.type = type, .has_output = output != NULL, .source_output = text_from(output)};
    bool answer = graph_edge_taken(&edge, &value);
    arena_free(own);
    return answer;
}

Test(graph_edge, which_edges_are_followed)
{
    cr_expect_not(taken(EDGE_START, NULL, "{}"));
    cr_expect(taken(EDGE_SEQUENCE, NULL, "{}"));
    cr_expect(taken(EDGE_ALWAYS, NULL, "{\"output\":\"false\"}"));
    cr_expect(taken(EDGE_UNKNOWN, NULL, "{}"));
    cr_expect(taken(EDGE_SEQUENCE, "success", "{}"), "no output counts as success");
    cr_expect(taken(EDGE_SEQUENCE, "success", "{\"output\":\"\"}"));
    cr_expect(taken(EDGE_SEQUENCE, "success", "{\"output\":123}"));
    cr_expect(taken(EDGE_SEQUENCE, "true", "{\"output\":\"true\"}"));
    cr_expect_not(taken(EDGE_SEQUENCE, "true", "{\"output\":true}"), "a wrong type counts as absent");
    cr_expect_not(taken(EDGE_SEQUENCE, "false", "{\"output\":\"true\"}"));
    cr_expect(taken(EDGE_TRUE_BRANCH, NULL, "{\"branch_taken\":\"true_branch\"}"));
    cr_expect_not(taken(EDGE_FALSE_BRANCH, NULL, "{\"branch_taken\":\"true_branch\"}"));
    cr_expect(taken(EDGE_FALSE_BRANCH, NULL, "{\"output\":\"false\"}"), "only the new dialect's key is there");
    cr_expect_not(taken(EDGE_TRUE_BRANCH, NULL, "{}"));
    cr_expect(taken(EDGE_TRUE_BRANCH, "false", "{\"output\":\"false\",\"branch_taken\":\"false_branch\"}"),
              "source_output goes before the edge type");
    cr_expect_not(taken(EDGE_TRUE_BRANCH, NULL, "{\"branch_taken\":1}"));
}

Test(graph_names, names_that_hide_others)
{
    cr_assert_eq(
        read_graph("{\"actions\":[{" A "},{\"id\":" ID(5) ",\"name\":\"check.total\",\"is_active\":true},{\"id\":" ID(
            6) ",\"name\":\"check\",\"is_active\":true},{\"id\":" ID(7) ",\"name\":\"total\",\"is_active\":true}],"
                                                                        "\"edges\":[" START(1) "]}"),
        STATUS_OK);
    struct json_value trigger;
    cr_assert_eq(json_read(arena, TEXT("{\"total\":5}"), &trigger, &error), STATUS_OK);
    struct graph_faults names = {.arena = arena};
    graph_check_names(&graph, &trigger, TEXT("/graph"), &names);
    cr_assert_eq(names.count, 3);
    cr_expect(text_is(names.items[0].message, "another action is named 'check' too: the nearer one is read"));
    cr_expect(text_is(names.items[1].message,
                      "action 'check.total' is hidden where action 'check' has a result field 'total'"));
    cr_expect(text_is(names.items[2].message, "action 'total' hides the trigger field of the same name"));
    finish();
}

/* ---- which actions lead to which ---- */

#define NODES 20

/* A graph of NODES actions, in which some edges lead from lower to higher numbers. */
static const char *random_graph(bool leads[NODES][NODES], unsigned seed, struct arena *memory)
{
    struct buffer document = buffer_in(memory, KIB(64));
    buffer_add(&document, TEXT("{\"actions\":["));
    for (unsigned i = 0; i < NODES; i++)
        buffer_print(&document,
                     "%s{\"id\":\"a0000000-0000-4000-8000-0000000000%02x\",\"name\":\"%c\",\"is_active\":true}",
                     i == 0 ? "" : ",", i, 'a' + (char)i);
    buffer_add(&document, TEXT("],\"edges\":["));
    for (unsigned to = 0; to < NODES; to++) {
        bool any = false;
        for (unsigned from = 0; from < to; from++) {
            seed = seed * 1103515245 + 12345;
            leads[from][to] = (seed >> 16) % 8 == 0;
            any = any || leads[from][to];
            if (leads[from][to])
                buffer_print(&document,
                             "{\"source_action_id\":\"a0000000-0000-4000-8000-0000000000%02x\","
                             "\"target_action_id\":\"a0000000-0000-4000-8000-0000000000%02x\"},",
                             from, to);
        }
        if (!any)
            buffer_print(&document,
                         "{\"edge_type\":\"start\",\"target_action_id\":\"a0000000-0000-4000-8000-0000000000%02x\"},",
                         to);
    }
    document.size--; /* the last comma */
    buffer_add(&document, TEXT("]}"));
    return buffer_text(&document).data;
}

Test(graph_reach, agrees_with_a_search)
{
    unsigned reached = 0, sure = 0, possible = 0;
    for (unsigned seed = 1; seed <= 200; seed++) {
        bool leads[NODES][NODES] = {0};
        struct arena *memory = arena_new(MIB(1), 0);
        cr_assert_eq(read_graph(random_graph(leads, seed, memory)), STATUS_OK);
        for (unsigned middle = 0; middle < NODES; middle++)
            for (unsigned from = 0; from < NODES; from++)
                for (unsigned to = 0; to < NODES; to++)
                    leads[from][to] = leads[from][to] || (leads[from][middle] && leads[middle][to]);
        for (unsigned from = 0; from < NODES; from++)
            for (unsigned to = 0; to < NODES; to++) {
                bool leads_to = leads[from][to] || from == to;
                reached += leads_to;
                sure += graph_surely_reaches(&graph, from, to);
                possible += graph_may_reach(&graph, from, to);
                cr_assert(leads_to || !graph_surely_reaches(&graph, from, to), "%u: %u to %u", seed, from, to);
                cr_assert(graph_may_reach(&graph, from, to) || !leads_to, "%u: %u to %u", seed, from, to);
            }
        arena_free(memory);
        finish();
    }
    /* The answers are of use: most are known without a search. */
    cr_expect_gt(sure, reached / 2);
    cr_expect_lt(possible - sure, 200 * NODES * NODES / 5);
}

Test(graph_loop, is_named_with_many_edges_into_it)
{
    EXPECT_FAULTS("{\"actions\":[{" A "},{" B "},{" C
                  "}],\"edges\":[" START(1) "," EDGE(1, 2) "," EDGE(1, 3) "," EDGE(2, 3) "," EDGE(3, 2) "]}",
                  "/graph: cycle in graph: update -> notify -> update");
}

/* ---- names and their parts ---- */

static void name_actions(const char *const *names)
{
    struct arena *memory = arena_new(MIB(1), 0);
    struct buffer document = buffer_in(memory, KIB(64));
    buffer_add(&document, TEXT("{\"actions\":["));
    for (unsigned i = 0; names[i] != NULL; i++)
        buffer_print(&document,
                     "%s{\"id\":\"a0000000-0000-4000-8000-0000000000%02x\",\"name\":\"%s\",\"is_active\":true}",
                     i == 0 ? "" : ",", i, names[i]);
    buffer_add(&document, TEXT("],\"edges\":[" START(0) "]}"));
    cr_assert_eq(read_graph(buffer_text(&document).data), STATUS_OK);
    arena_free(memory);
}

/* The names of actions that `name` and its parts are, the longest first. */
static void expect_heads(const char *name, const char *expected)
{
    struct buffer found = buffer_in(arena, KIB(4));
    struct text text = text_from(name);
    size_t size = text.size;
    uint32_t at;
    while ((at = graph_name_head(&graph, text, &size)) != UINT32_MAX) {
        struct text head = graph.actions[graph.by_name[at]].name;
        cr_expect(text_equal(head, text_slice(text, 0, size)));
        buffer_print(&found, "%.*s ", TEXT_ARG(head));
        size = graph_dot_before(text, size);
    }
    cr_expect_str_eq(buffer_text(&found).data, expected, "%s: %s", name, found.data);
}

Test(graph_names, the_heads_of_a_name)
{
    static const char *const names[] = {"a", "a.b", "a.b.c.d", "a-b", "ab", "b.c", "a.b", "a.ba", "c", ".d", NULL};
    name_actions(names);
    expect_heads("a", "a ");
    expect_heads("a.b", "a.b a ");
    expect_heads("a.b.c", "a.b a ");
    expect_heads("a.b.c.d.e", "a.b.c.d a.b a ");
    expect_heads("a.ba.x", "a.ba a ");
    expect_heads("a.bb.x", "a ");
    expect_heads("ab.c", "ab ");
    expect_heads("b.c.d", "b.c ");
    expect_heads("b.d", "");
    expect_heads("c.", "c ");
    expect_heads("c..x", "c ");
    expect_heads(".d.e", ".d ");
    expect_heads(".", "");
    expect_heads("", "");
    expect_heads("z.y", "");
    finish();
}

Test(graph_names, too_long_to_be_read)
{
    static char name[LIMIT_CONTEXT_NAME + 2];
    memset(name, 'x', sizeof name - 1);
    name[0] = 'a';
    name[1] = '.';
    name_actions((const char *const[]){"a", name, NULL});
    graph_check_names(&graph, NULL, TEXT(""), &faults);
    size_t before = faults.count;
    name[LIMIT_CONTEXT_NAME] = '\0';
    finish();
    name_actions((const char *const[]){"a", name, NULL});
    graph_check_names(&graph, NULL, TEXT(""), &faults);
    cr_expect_eq(faults.count, before + 1);
    finish();
}

#define POLICY(members) "{\"actions\":[{" A "," members "},{" B "}],\"edges\":[" START(1) "," EDGE(1, 2) "]}"

Test(graph_policy, a_rule_says_how_an_action_is_retried, .fini = finish)
{
    cr_assert_eq(
        read_graph(POLICY("\"retry\":{\"attempts\":5,\"first\":\"2s\",\"most\":\"1m30s\"},\"timeout\":\"2h\"")),
        STATUS_OK);
    cr_expect_eq(faults.count, 0);
    const struct graph_policy *policy = &graph.actions[0].policy;
    cr_expect_eq(policy->attempts, 5);
    cr_expect_eq(policy->first_ms, 2000);
    cr_expect_eq(policy->most_ms, 90000);
    cr_expect_eq(policy->timeout_ms, 7200000);
    cr_expect_eq(graph.actions[1].policy.attempts, 0);
    cr_assert_eq(read_graph(POLICY("\"retry\":null,\"timeout\":null")), STATUS_OK);
    cr_expect_eq(graph.actions[0].policy.timeout_ms, 0);
}

Test(graph_policy, what_cannot_be_retried_so_is_a_fault, .fini = finish)
{
    static const struct {
        const char *members, *fault;
    } cases[] = {
        {"\"retry\":3", "/graph/actions/0/retry: expected an object, found number"},
        {"\"retry\":{\"attempts\":0}", "/graph/actions/0/retry/attempts: expected a whole number from 1 to 1000"},
        {"\"retry\":{\"attempts\":1001}", "/graph/actions/0/retry/attempts: expected a whole number from 1 to 1000"},
        {"\"retry\":{\"attempts\":\"3\"}", "/graph/actions/0/retry/attempts: expected a whole number from 1 to 1000"},
        {"\"retry\":{\"tries\":3}",
         "/graph/actions/0/retry: unknown key \"tries\"; the keys are attempts, first, most"},
        {"\"retry\":{\"first\":\"soon\"}",
         "/graph/actions/0/retry/first: expected a duration such as 90s or 1h30m, found \"soon\""},
        {"\"retry\":{\"first\":\"0s\"}",
         "/graph/actions/0/retry/first: expected a duration such as 90s or 1h30m, found \"0s\""},
        {"\"retry\":{\"first\":2}",
         "/graph/actions/0/retry/first: expected a duration such as 90s or 1h30m, found number"},
        {"\"retry\":{\"most\":\"25h\"}", "/graph/actions/0/retry/most: expected at most 1d, found \"25h\""},
        {"\"retry\":{\"first\":\"1m\",\"most\":\"1s\"}",
         "/graph/actions/0/retry/most: expected at least the duration of `first`"},
        {"\"timeout\":\"-1s\"", "/graph/actions/0/timeout: expected a duration such as 90s or 1h30m, found \"-1s\""},
        {"\"timeout\":\"100000h\"", "/graph/actions/0/timeout: expected at most 3650d, found \"100000h\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        snprintf(text, sizeof text, POLICY("%s"), cases[i].members);
        expect_faults(text, (const char *const[]){cases[i].fault, NULL});
    }
}

Test(graph_policy, an_edge_on_error_has_the_output_of_a_failure, .fini = finish)
{
#define ON_ERROR(more)                                                                                                 \
    "{\"actions\":[{" A "},{" B "}],\"edges\":[" START(1) ",{\"source_action_id\":" ID(1) ",\"target_action_id\":" ID( \
        2) ",\"edge_type\":\"on_error\"" more "}]}"
    static const char *const good[] = {"", ",\"source_output\":null", ",\"source_output\":\"failure\""};
    for (size_t i = 0; i < 3; i++) {
        char text[1024];
        snprintf(text, sizeof text, ON_ERROR("%s"), good[i]);
        cr_assert_eq(read_graph(text), STATUS_OK);
        cr_expect_eq(faults.count, 0);
        cr_expect(graph_edge_is_failure(&graph.edges[0]));
        cr_expect(graph_has_failure_edge(&graph, 0));
        cr_expect_not(graph_has_failure_edge(&graph, 1));
    }
    expect_faults(ON_ERROR(",\"source_output\":\"success\""),
                  (const char *const[]){"/graph/edges/1/source_output: expected failure for an edge on_error, found "
                                        "\"success\"",
                                        NULL});
}
