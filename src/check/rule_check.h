/* The static check of a rule: checks its edges, configs, templates and conditions before anything runs, using the types
   of the spec and the paths through the graph. Pure; any thread. */
#ifndef CHECK_RULE_CHECK_H
#define CHECK_RULE_CHECK_H

#include "action/registry.h"
#include "check/check_fault.h"
#include "graph/graph.h"

struct rule_check_options {
    const struct action_catalog *catalog;
    struct text pointer;                /* of the graph in the document: "/graph", or "" */
    const struct json_value *trigger;   /* the object trigger_data; NULL or not an object: its fields are not known */
    const struct entity_type *entity;   /* of the trigger; NULL: not known */
    const struct entity_type *entities; /* all known entities */
    size_t entity_count;
    bool entity_complete; /* the entities have no fields other than the known ones */
};

/* Checks a graph that graph_read accepted. The caller sets faults->arena. The faults are in the order of the document,
   those of actions before those of edges. Without `trigger` and `entity`, any name may be a field of the trigger.
   STATUS_BUDGET: an arena was full. Time and memory grow with the size of the rule, not with its square. */
enum status rule_check(const struct graph *graph, const struct rule_check_options *options, struct check_faults *faults,
                       struct error *error) MUST_CHECK;

#endif
