/* The triggers that a rule may fire, including its own, found from the tables and columns that its actions modify.
   Pure; any thread. */
#ifndef RULE_RULE_CASCADES_H
#define RULE_RULE_CASCADES_H

#include "rule/rule_document.h"

/* One event that an action may fire. */
struct rule_cascade {
    struct text place;          /* JSON pointer of the action */
    struct text action;         /* its name */
    const char *event;          /* on_create, on_update */
    struct text table;          /* "schema.table"; {field} where that field of the config has a value only in a run */
    const struct text *columns; /* names, with {field} as in `table` */
    size_t column_count;
    bool fires_itself; /* that event of that table triggers the rule, or may trigger it */
};

struct rule_cascades {
    struct rule_cascade *items;
    size_t count, capacity;
};

/* Finds the cascades of the active actions of the document, in its order. STATUS_BUDGET: the arena is full. */
enum status rule_cascades_find(struct arena *arena, const struct rule_document *document,
                               const struct action_catalog *catalog, struct rule_cascades *cascades) MUST_CHECK;

/* Writes a line for each: "rule.json: /graph/actions/1: raise may fire on_update of sales.orders (priority), so this
   rule too". */
void rule_cascades_write(const struct rule_cascades *cascades, const char *file, struct buffer *lines);

#endif
