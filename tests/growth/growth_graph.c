/* Graphs of rules: actions, edges, names, faults. */
#include "base/limits.h"
#include "graph/graph.h"
#include "growth/growth.h"

#define ACTION                                                                                                         \
    "{\"id\":\"%s\",\"name\":\"%s\",\"action_type\":\"update_field\",\"is_active\":true,\"action_config\":{}}"

/* Reads {"actions": ..., "edges": ...} with its count; `good`: without faults. */
static struct graph read_graph(struct trial *trial, struct text actions, struct text edges, bool good)
{
    struct json_value document =
        read_document(trial, PRINT(trial, "{\"actions\":%s,\"edges\":%s}", actions.data, edges.data));
    struct graph graph;
    struct graph_faults faults = {.arena = trial->arena};
    struct error error = ERROR_IN(trial->arena);
    begin(trial);
    enum status status = graph_read(trial->arena, trial->arena, &document, TEXT("/graph"), &graph, &faults, &error);
    end(trial);
    expect(status == (good ? STATUS_OK : STATUS_INVALID), error.message.size > 0 ? error.message.data : "no fault");
    return graph;
}

/* Actions that are named by `name`. */
static struct text actions_of(struct trial *trial, size_t size, struct text (*name)(struct trial *, size_t))
{
    struct buffer actions = document_begin(trial, "[");
    for (size_t i = 0; i < size; i++)
        document_add(&actions, i, ACTION, action_id(trial, i * 7919 % size).data, name(trial, i).data);
    return document_end(&actions, "]");
}

static struct text numbered(struct trial *trial, size_t i)
{
    return PRINT(trial, "Step %zu", i);
}

static void add_edge(struct trial *trial, struct buffer *edges, size_t index, size_t from, size_t to)
{
    document_add(
        edges, index,
        "{\"source_action_id\":\"%s\",\"target_action_id\":\"%s\",\"edge_type\":\"sequence\",\"sort_order\":%zu}",
        action_id(trial, from).data, action_id(trial, to).data, index);
}

static struct buffer edges_begin(struct trial *trial)
{
    struct buffer edges = document_begin(trial, "[");
    document_add(&edges, 0, "{\"target_action_id\":\"%s\",\"edge_type\":\"start\"}", action_id(trial, 0).data);
    return edges;
}

static struct text chain_of(struct trial *trial, size_t size)
{
    struct buffer edges = edges_begin(trial);
    for (size_t i = 1; i < size; i++)
        add_edge(trial, &edges, i, i - 1, i);
    return document_end(&edges, "]");
}

static void chain(struct trial *trial, size_t size)
{
    (void)read_graph(trial, actions_of(trial, size, numbered), chain_of(trial, size), true);
}

static void fan(struct trial *trial, size_t size)
{
    struct buffer edges = edges_begin(trial);
    for (size_t i = 1; i < size; i++)
        add_edge(trial, &edges, i, i % 2 == 0 ? 0 : i - 1, i == 1 ? size - 1 : i);
    (void)read_graph(trial, actions_of(trial, size, numbered), document_end(&edges, "]"), true);
}

/* Many edges between few actions. */
static void parallel(struct trial *trial, size_t size)
{
    struct buffer edges = edges_begin(trial);
    for (size_t i = 1; i < size; i++)
        add_edge(trial, &edges, i, i % 3, 3 + i % 5);
    for (size_t i = 1; i < 8; i++)
        add_edge(trial, &edges, i, 0, i);
    (void)read_graph(trial, actions_of(trial, 8, numbered), document_end(&edges, "]"), true);
}

/* A loop of two actions at the end, one of which has edges from all others in front of that of the loop. */
static void loop(struct trial *trial, size_t size)
{
    struct buffer edges = edges_begin(trial);
    for (size_t i = 1; i < size - 1; i++)
        add_edge(trial, &edges, i, 0, i);
    for (size_t i = 1; i < size - 2; i++)
        add_edge(trial, &edges, i, i, size - 2);
    add_edge(trial, &edges, 1, size - 2, size - 1);
    add_edge(trial, &edges, 2, size - 1, size - 2);
    (void)read_graph(trial, actions_of(trial, size, numbered), document_end(&edges, "]"), false);
}

static void faults(struct trial *trial, size_t size)
{
    struct buffer actions = document_begin(trial, "[");
    for (size_t i = 0; i < size; i++)
        document_add(&actions, i, "{\"id\":\"no id %zu\",\"name\":7,\"is_active\":\"yes\"}", i);
    (void)read_graph(trial, document_end(&actions, "]"), TEXT("[]"), false);
}

/* ---- names ---- */

static void check_names(struct trial *trial, size_t size, struct text (*name)(struct trial *, size_t),
                        struct json_value trigger)
{
    struct graph graph = read_graph(trial, actions_of(trial, size, name), chain_of(trial, size), true);
    struct graph_faults warnings = {.arena = trial->arena};
    trial->steps = 0;
    begin(trial);
    graph_check_names(&graph, &trigger, TEXT("/graph"), &warnings);
    end(trial);
}

static void names_and_fields(struct trial *trial, size_t size)
{
    struct buffer fields = document_begin(trial, "{");
    for (size_t i = 0; i < size; i++)
        document_add(&fields, i, "\"Step %zu\":%zu", i, i);
    check_names(trial, size, numbered, read_document(trial, document_end(&fields, "}")));
}

static struct text same(struct trial *trial, size_t i)
{
    (void)trial, (void)i;
    return TEXT("Step");
}

static void names_that_are_equal(struct trial *trial, size_t size)
{
    check_names(trial, size, same, json_null());
}

static struct text dotted(struct trial *trial, size_t i)
{
    return PRINT(trial, "step.of.many.%zu.dots", i);
}

static void names_with_dots(struct trial *trial, size_t size)
{
    check_names(trial, size, dotted, json_null());
}

/* Names with as many dots as a reference may have. */
static void dots_of_a_name(struct trial *trial, size_t size)
{
    char name[LIMIT_CONTEXT_NAME + 1];
    for (size_t i = 0; i < size; i++)
        name[i] = i % 2 == 0 ? 'a' : '.';
    name[size] = '\0';
    struct text document =
        PRINT(trial, "[" ACTION "," ACTION "]", action_id(trial, 0).data, name, action_id(trial, 1).data, "other");
    struct graph graph = read_graph(trial, document, chain_of(trial, 2), true);
    struct graph_faults warnings = {.arena = trial->arena};
    trial->steps = 0;
    begin(trial);
    graph_check_names(&graph, NULL, TEXT("/graph"), &warnings);
    end(trial);
}

const struct growth_case graph_cases[] = {
    {"graph: actions in a chain", 1000, 100000, chain},
    {"graph: actions side by side", 1000, 100000, fan},
    {"graph: edges of few actions", 1000, 100000, parallel},
    {"graph: edges into a loop", 1000, 100000, loop},
    {"graph: faults", 1000, 100000, faults},
    {"graph: names and fields", 1000, 100000, names_and_fields},
    {"graph: equal names", 1000, 100000, names_that_are_equal},
    {"graph: names with dots", 1000, 100000, names_with_dots},
    {"graph: dots of a name", 100, LIMIT_CONTEXT_NAME, dots_of_a_name},
    {NULL, 0, 0, NULL},
};
