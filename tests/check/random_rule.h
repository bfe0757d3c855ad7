/* Random rules whose templates read results and fields of the trigger in many ways. */
#ifndef TESTS_CHECK_RANDOM_RULE_H
#define TESTS_CHECK_RANDOM_RULE_H

#include "action/registry.h"
#include "base/arena.h"
#include "tests/engine/random.h"

#define RULE_ACTIONS 16
#define RULE_EDGES   64
#define RULE_TEXT    1024

struct random_action {
    const struct action_type *type;
    bool active;
    char text[RULE_TEXT]; /* of its config; has no character that JSON escapes */
    const char *extra;    /* further members of its config, beginning with a comma; may be "" */
};

struct random_edge {
    uint32_t source, target; /* source UINT32_MAX: the start */
    const char *output;      /* NULL: any */
};

struct random_rule {
    uint32_t action_count, edge_count;
    struct random_action actions[RULE_ACTIONS]; /* named a0, a1, ...; edges lead from smaller to larger numbers */
    struct random_edge edges[RULE_EDGES];
};

extern const struct action_catalog random_rule_catalog;
extern const char random_rule_trigger[]; /* JSON */

void random_rule_make(struct random_rule *rule, struct random *random);
uint32_t random_rule_add(struct random_rule *rule, const char *type, const char *text);
void random_rule_connect(struct random_rule *rule, uint32_t source, const char *output, uint32_t target);
/* Appends to the text of an action. Returns the offset at which the addition begins. */
size_t random_rule_append(struct random_rule *rule, uint32_t action, const char *format, ...) PRINTF_LIKE(3, 4);
/* WorkflowInput. */
struct text random_rule_input(const struct random_rule *rule, struct arena *arena);
/* Whether the action fails this time. Only an action with an edge that follows its failure can fail. */
bool random_rule_fails(const struct random_rule *rule, uint32_t action, struct random *random);
/* A random result of an action, of the form that its type declares. */
struct text random_rule_result(const struct random_action *action, struct random *random, struct arena *arena);
/* The index of an action by its id. */
uint32_t random_rule_index(struct text id);

#endif
