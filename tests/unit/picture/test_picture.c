/* Pictures of a small rule in each form, and answers of Graphviz, right and wrong. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "engine/names.h"
#include "picture/picture.h"

#define ID(n) "a0000000-0000-4000-8000-00000000000" #n
#define ACTION(n, name, type)                                                                                          \
    "{\"id\":\"" ID(n) "\",\"name\":\"" name "\",\"action_type\":\"" type "\",\"is_active\":true,\"action_config\":{}" \
                       "}"
#define EDGE(s, t) "{\"source_action_id\":\"" ID(s) "\",\"target_action_id\":\"" ID(t) "\",\"edge_type\":\"sequence\"}"
#define ON(s, t, output)                                                                                               \
    "{\"source_action_id\":\"" ID(s) "\",\"target_action_id\":\"" ID(t) "\",\"edge_type\":\"sequence\","               \
                                                                        "\"source_output\":\"" output "\"}"
#define START(t) "{\"source_action_id\":null,\"target_action_id\":\"" ID(t) "\",\"edge_type\":\"start\"}"

/* check asks; yes and no lead to two updates, which a mail follows. */
#define RULE                                                                                                                                     \
    "{\"rule_id\":\"" ID(9) "\",\"execution_id\":\"" ID(                                                                                         \
        8) "\",\"rule_name\":\"Large <orders>\","                                                                                                \
           "\"trigger_data\":{\"event_type\":\"on_create\",\"entity_name\":\"orders\"},\"graph\":{\"actions\":"                                  \
           "[" ACTION(1, "check", "evaluate_condition") "," ACTION(2, "raise", "update_field") "," ACTION(3, "keep", "update_field") "," ACTION( \
               4, "mail",                                                                                                                        \
               "send_email") "],\"edges\":[" START(1) "," ON(1, 2,                                                                               \
                                                             "true") "," ON(1, 3,                                                                \
                                                                            "false") "," EDGE(2, 4) "," EDGE(3,                                  \
                                                                                                             4) "]}}"

static const struct action_catalog no_types;
static struct arena *arena;
static struct json_value document;
static struct graph graph;
static struct picture picture;
static struct run *run;
static int64_t event_id;

static void setup(void)
{
    arena = arena_new(MIB(64), 0);
}

static void teardown(void)
{
    run_free(run);
    arena_free(arena);
}

static void read_rule(const char *rule)
{
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, text_from(rule), &document, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_assert_eq(graph_read(arena, arena, json_get(&document, TEXT("graph")), TEXT("/graph"), &graph, NULL, &error),
                 STATUS_OK, "%.*s", TEXT_ARG(error.message));
}

static void draw_rule(const char *rule)
{
    read_rule(rule);
    cr_assert_eq(picture_make(arena, &graph, &document, &no_types, NULL, &picture, NULL), STATUS_OK);
}

static void apply(struct event event)
{
    struct error error = ERROR_IN(arena);
    event.id = ++event_id;
    event.time_us = event_id * 1500000;
    cr_assert_eq(run_apply(run, &event, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
}

static void start_run(void)
{
    static const struct run_policy policy = {.catalog = &no_types, .local = true};
    read_rule(RULE);
    run = run_new(&policy);
    apply((struct event){.kind = EVENT_STARTED, .activity_type = TEXT(WORKFLOW_TYPE), .payload = TEXT(RULE)});
    apply((struct event){.kind = EVENT_TASK_STARTED});
    apply((struct event){
        .kind = EVENT_RESULT_RECORDED, .activity_id = TEXT(ID(1)), .payload = TEXT("{\"output\":\"true\"}")});
}

/* raise changes a row in its third attempt. */
static void raise_priority(void)
{
    apply((struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                         .activity_id = TEXT(ID(2)),
                         .activity_type = TEXT(ACTIVITY_SYNC),
                         .payload = TEXT("{\"action_id\":\"" ID(2) "\"}")});
    int64_t scheduled = event_id;
    apply((struct event){.kind = EVENT_ACTIVITY_STARTED, .scheduled_id = scheduled, .attempt = 3});
    apply((struct event){.kind = EVENT_ACTIVITY_COMPLETED,
                         .scheduled_id = scheduled,
                         .payload = TEXT("{\"result\":{\"output\":\"success\",\"records_affected\":1}}")});
}

static void fail_mail(void)
{
    apply((struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                         .activity_id = TEXT(ID(4)),
                         .activity_type = TEXT(ACTIVITY_SYNC),
                         .payload = TEXT("{\"action_id\":\"" ID(4) "\"}")});
    int64_t scheduled = event_id;
    apply((struct event){
        .kind = EVENT_ACTIVITY_FAILED, .scheduled_id = scheduled, .failure = TEXT("no \"mail\" server & more")});
}

static void draw_run(enum run_close close, const char *failure)
{
    const struct picture_run shown = {
        .run = run,
        .summary = {.close = close, .failure = text_from(failure), .started_us = 1, .ended_us = 16000},
        .event_count = 11,
        .task_count = 1,
        .activity_count = 2,
    };
    cr_assert_eq(picture_make(arena, &graph, &document, &no_types, &shown, &picture, NULL), STATUS_OK);
}

static struct text written(void (*write)(const struct picture *, struct buffer *))
{
    struct buffer buffer = buffer_in(arena, MIB(1));
    write(&picture, &buffer);
    struct text text = buffer_text(&buffer);
    cr_assert_not_null(text.data);
    return text;
}

static void write_tree(const struct picture *drawn, struct buffer *buffer)
{
    picture_write_tree(drawn, false, buffer);
}

static void expect(struct text found, const char *expected)
{
    cr_expect(text_is(found, expected), "found:\n%.*s\nexpected:\n%s", TEXT_ARG(found), expected);
}

static void expect_part(struct text found, const char *part)
{
    cr_expect(text_find(found, text_from(part)) != SIZE_MAX, "no %s in:\n%.*s", part, TEXT_ARG(found));
}

TestSuite(picture, .init = setup, .fini = teardown);

/* ---- the tree ---- */

Test(picture, tree_of_a_rule)
{
    draw_rule(RULE);
    expect(written(write_tree), "check            evaluate_condition\n"
                                "├─ true ─ raise  update_field\n"
                                "│  ↘ mail\n"
                                "└─ false ─ keep  update_field\n"
                                "   ↘ mail\n"
                                "mail             send_email\n");
}

Test(picture, tree_of_a_run)
{
    start_run();
    raise_priority();
    fail_mail();
    draw_run(CLOSE_FAILED, "execute action mail: no server");
    expect(written(write_tree), "check            evaluate_condition  local              true\n"
                                "├─ true ─ raise  update_field        activity    3.0 s  success (1 row), 3 attempts\n"
                                "│  ↘ mail\n"
                                "└─ false ─ keep  update_field        -                  not run\n"
                                "   ↘ mail\n"
                                "mail             send_email          activity    1.5 s  failed\n"
                                "\n"
                                "failed after 15 ms: 11 history events, 1 workflow task, 2 activities\n"
                                "execute action mail: no server\n");
}

Test(picture, tree_of_two_starts_and_of_what_no_start_reaches)
{
    draw_rule("{\"graph\":{\"actions\":[" ACTION(1, "a", "delay") "," ACTION(2, "b", "delay") "," ACTION(
        3, "c\\nd", "x") "],\"edges\":[" START(1) "," START(2) "," EDGE(3, 1) "," EDGE(1, 2) "]}}");
    expect(written(write_tree), "├─ a    delay\n"
                                "│  ↘ b\n"
                                "└─ ↘ b\n"
                                "b       delay\n"
                                "c d     x      unreachable\n");
}

/* A chain of that many actions. */
static void draw_chain(int length, const char *output)
{
    struct buffer rule = buffer_in(arena, MIB(32));
    buffer_add(&rule, TEXT("{\"graph\":{\"actions\":["));
    for (int i = 0; i < length; i++)
        buffer_print(&rule, "%s{\"id\":\"00000000-0000-4000-8000-%012d\",\"name\":\"n%d\",\"action_type\":\"t\"}",
                     i > 0 ? "," : "", i, i);
    buffer_add(&rule, TEXT("],\"edges\":[{\"target_action_id\":\"00000000-0000-4000-8000-000000000000\","
                           "\"edge_type\":\"start\"}"));
    for (int i = 1; i < length; i++)
        buffer_print(&rule,
                     ",{\"source_action_id\":\"00000000-0000-4000-8000-%012d\",\"target_action_id\":"
                     "\"00000000-0000-4000-8000-%012d\",\"edge_type\":\"sequence\"%s}",
                     i - 1, i, output);
    buffer_add(&rule, TEXT("]}}"));
    draw_rule(buffer_text(&rule).data);
}

Test(picture, tree_of_a_long_chain_stays_narrow)
{
    draw_chain(1000, "");
    cr_expect_lt(written(write_tree).size, 1000 * 30);
}

Test(picture, tree_of_many_levels_leaves_the_outer_ones_out)
{
    draw_chain(1000, ",\"source_output\":\"true\"");
    struct text tree = written(write_tree);
    expect_part(tree, "\n(959) ");
    cr_expect_lt(tree.size, 1000 * 300);
}

Test(picture, colours_of_the_tree)
{
    draw_rule(RULE);
    struct buffer buffer = buffer_in(arena, MIB(1));
    picture_write_tree(&picture, true, &buffer);
    expect_part(buffer_text(&buffer), "\x1b[1mcheck\x1b[0m");
}

/* ---- what a run says of its actions ---- */

Test(picture, states_and_edges_of_an_open_run)
{
    start_run();
    draw_run(CLOSE_NONE, "");
    cr_expect_eq(picture.nodes[0].state, PICTURE_DONE);
    cr_expect_eq(picture.nodes[1].state, PICTURE_PENDING);
    cr_expect_eq(picture.nodes[2].state, PICTURE_NOT_RUN);
    cr_expect_eq(picture.nodes[3].state, PICTURE_PENDING);
    cr_expect(picture.nodes[0].decides && !picture.nodes[1].decides);
    bool taken[] = {true, false, false, false, true}; /* check's two, raise's, keep's, the start */
    for (uint32_t i = 0; i < picture.edge_count; i++)
        cr_expect_eq(picture.edges[i].taken, taken[i], "edge %u", i);
}

Test(picture, what_a_closed_run_did_not_reach_is_not_run)
{
    start_run();
    draw_run(CLOSE_TERMINATED, "");
    cr_expect_eq(picture.nodes[1].state, PICTURE_NOT_RUN);
    cr_expect_eq(picture.nodes[3].state, PICTURE_NOT_RUN);
}

/* ---- Mermaid and Graphviz ---- */

Test(picture, mermaid_of_a_rule)
{
    draw_rule(RULE);
    expect(written(picture_write_mermaid), "flowchart TD\n"
                                           "    start([\"on_create of orders\"])\n"
                                           "    n0{{\"check<br/>evaluate_condition\"}}:::s0\n"
                                           "    n1[\"raise<br/>update_field\"]:::s0\n"
                                           "    n2[\"keep<br/>update_field\"]:::s0\n"
                                           "    n3[\"mail<br/>send_email\"]:::s0\n"
                                           "    n0 -->|\"true\"| n1\n"
                                           "    n0 -->|\"false\"| n2\n"
                                           "    n1 --> n3\n"
                                           "    n2 --> n3\n"
                                           "    start --> n0\n"
                                           "    classDef s0 fill:#eef3f5,stroke:#5b7079,color:#14232a\n");
}

Test(picture, mermaid_of_a_run)
{
    start_run();
    raise_priority();
    fail_mail();
    draw_run(CLOSE_FAILED, "boom");
    struct text found = written(picture_write_mermaid);
    expect_part(found, "n1[\"✓ raise<br/>update_field<br/>success #40;1 row#41;: activity, 3.0 s, 3 attempts\"]");
    expect_part(found, "n0 ==>|\"true\"| n1");
    expect_part(found, "n0 -.->|\"false\"| n2");
    expect_part(found, "✗ mail");
}

#define HOSTILE                                                                                                        \
    "{\"rule_name\":\"</title><script>\",\"graph\":{\"actions\":[" ACTION(1, "a\\\"]; click n0 \\\\ <b>`&amp;'",       \
                                                                          "t--><!--") "],\"edges\":[" START(1) "]}}"

Test(picture, names_are_no_code_of_mermaid)
{
    draw_rule(HOSTILE);
    expect_part(written(picture_write_mermaid),
                "    n0[\"a#34;#93;#59; click n0 #92; #60;b#62;#96;#38;amp#59;#39;<br/>t--#62;#60;#33;--\"]:::s0\n");
}

Test(picture, names_are_no_code_of_graphviz)
{
    draw_rule(HOSTILE);
    expect_part(written(picture_write_dot),
                "    n0 [label=\"a\\\"]; click n0 \\\\ <b>`&amp;amp;'\\nt--><!--\" shape=box");
}

Test(picture, dot_of_a_run)
{
    start_run();
    raise_priority();
    draw_run(CLOSE_NONE, "");
    struct text found = written(picture_write_dot);
    expect_part(found, "n0 [label=\"✓ check\\nevaluate_condition\\ntrue: local\" shape=hexagon");
    expect_part(found, "n0 -> n1 [label=\" true \" style=bold]");
    expect_part(found, "n0 -> n2 [label=\" false \" style=dashed]");
}

/* ---- SVG ---- */

#define TWO                                                                                                            \
    "{\"graph\":{\"actions\":[" ACTION(1, "a", "t") "," ACTION(2, "b", "t") "],\"edges\":[" START(1) "," ON(1, 2,      \
                                                                                                            "x") "]}}"
#define OBJECTS                                                                                                        \
    "\"objects\":[{\"name\":\"n2\",\"pos\":\"50,180\"},{\"name\":\"n0\",\"pos\":\"50,100\"},{\"name\":\"n1\",\"pos\":" \
    "\"50,20\"}],"
#define FIRST  "{\"i\":\"0\",\"pos\":\"e,50,40 50,80 50,70 50,60 50,50\",\"lp\":\"60,60\"}"
#define SECOND "{\"i\":\"1\",\"pos\":\"e,50,120 50,160 50,150 50,140 50,130\"}"

static enum status read_layout(const char *json, struct picture_layout *layout)
{
    struct error error = ERROR_IN(arena);
    return picture_read_layout(&picture, text_from(json), layout, &error);
}

Test(picture, layout_is_read_from_the_top)
{
    struct picture_layout layout;
    draw_rule(TWO);
    cr_assert_eq(read_layout("{\"bb\":\"0,0,100,200\"," OBJECTS "\"edges\":[" FIRST "," SECOND "]}", &layout),
                 STATUS_OK);
    cr_expect(layout.width == 100 && layout.height == 200);
    cr_expect(layout.nodes[2].y == 20 && layout.nodes[0].y == 100 && layout.nodes[1].y == 180);
    cr_assert_eq(layout.curves[0].count, 4);
    cr_expect(layout.curves[0].points[0].y == 120 && layout.curves[0].tip.y == 160 && layout.curves[0].label.x == 60);
}

Test(picture, layouts_of_other_pictures_are_refused)
{
    static const char *const bad[] = {
        "{}",
        "{\"bb\":\"0,0,100\"}",
        "{\"bb\":\"0,0,100,200\"}",
        "{\"bb\":\"0,0,100,200\"," OBJECTS "\"edges\":[" FIRST "]}",
        "{\"bb\":\"0,0,100,200\"," OBJECTS "\"edges\":[" FIRST "," FIRST "]}",
        "{\"bb\":\"0,0,100,200\"," OBJECTS "\"edges\":[" FIRST ",{\"i\":\"9\",\"pos\":\"e,1,1 1,1 1,1 1,1 1,1\"}]}",
        "{\"bb\":\"0,0,100,200\"," OBJECTS "\"edges\":[" FIRST ",{\"i\":\"1\",\"pos\":\"e,1,1 1,1 1,1\"}]}",
        "{\"bb\":\"0,0,100,200\"," OBJECTS "\"edges\":[" FIRST ",{\"i\":\"1\",\"pos\":\"e,1,1 1,1 1,1 1,1 1\"}]}",
        "{\"bb\":\"0,0,100,200\",\"objects\":[{\"name\":\"n0\",\"pos\":\"1,nothing\"}]}",
        "{\"bb\":\"0,0,100,200\",\"objects\":[{\"name\":\"n7\",\"pos\":\"1,1\"}]}",
        "{\"bb\":\"0,0,100,200\",\"objects\":7}",
        "no JSON",
    };
    struct picture_layout layout;
    draw_rule(TWO);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(read_layout(bad[i], &layout), STATUS_INVALID, "%s", bad[i]);
}

Test(picture, svg_escapes_names)
{
    struct picture_layout layout;
    draw_rule(HOSTILE);
    cr_assert_eq(
        read_layout("{\"bb\":\"0,0,100,100\",\"objects\":[{\"name\":\"n1\",\"pos\":\"50,80\"},{\"name\":\"n0\","
                    "\"pos\":\"50,20\"}],\"edges\":[{\"i\":\"0\",\"pos\":\"e,50,30 50,70 50,60 50,50 50,40\"}]}",
                    &layout),
        STATUS_OK);
    struct buffer buffer = buffer_in(arena, MIB(1));
    picture_write_svg(&picture, &layout, &buffer);
    struct text svg = buffer_text(&buffer);
    expect_part(svg, "<title>&lt;/title&gt;&lt;script&gt;</title>");
    expect_part(svg, "class=\"name\">a&quot;]; click n0 \\ &lt;b&gt;`&amp;amp;&#39;</text>");
    cr_expect_eq(text_find(svg, TEXT("<script")), SIZE_MAX);
    cr_expect_eq(text_find(svg, TEXT("<!--")), SIZE_MAX);
}

Test(picture, an_arena_that_is_full_shows_in_the_buffer)
{
    draw_rule(RULE);
    for (size_t after = 1; after < 12; after++) {
        struct buffer buffer = buffer_in(arena, MIB(1));
        arena_fail_after(arena, after);
        picture_write_tree(&picture, false, &buffer);
        struct text text = buffer_text(&buffer);
        arena_fail_after(arena, 0);
        cr_expect_null(text.data, "allocation %zu", after);
    }
}
