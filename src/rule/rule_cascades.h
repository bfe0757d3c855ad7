/* Which triggers a rule may fire, its own among them: from the tables and columns that its actions modify. Pure; any
   thread. */
#ifndef RULE_RULE_CASCADES_H
#define RULE_RULE_CASCADES_H

#include "rule/rule_document.h"

/* What one action may fire. */
struct rule_cascade {
    struct text place;  /* JSON pointer of the action */
    struct text action; /* its name */
    const char *event;  /* on_create, on_update */
    struct text table;  /* "schema.table"; {field} where the value of that field of its config is known only in a run */
    const struct text *columns; /* likewise */
    size_t column_count;
    bool fires_itself; /* the rule is triggered by that event of that table, or may be */
};

struct rule_cascades {
    struct rule_cascade *items;
    size_t count, capacity;
};

/* Those of the active actions of the document, in its order. STATUS_BUDGET when the arena is full. */
enum status rule_cascades_find(struct arena *arena, const struct rule_document *document,
                               const struct action_catalog *catalog, struct rule_cascades *cascades) MUST_CHECK;

/* A line for each: "rule.json: /graph/actions/1: raise may fire on_update of sales.orders (priority), so this rule
   too". */
void rule_cascades_write(const struct rule_cascades *cascades, const char *file, struct buffer *lines);

#endif
