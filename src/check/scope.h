/* Which names an action can read, and what is known of their values: results of actions before it, fields of the
   trigger, names of the worker. Follows engine/run_context.c and action/expand.c. Pure; any thread. */
#ifndef CHECK_SCOPE_H
#define CHECK_SCOPE_H

#include "check/rule_check.h"
#include "check/run_conditions.h"
#include "check/value_shape.h"

/* How a name is read. */
enum scope_reader {
    SCOPE_TEMPLATE,
    SCOPE_CONDITION, /* sees neither what the worker adds nor old_ and new_, but the new values of an update */
    SCOPE_HANDLER,   /* sees none of that */
};

struct scope {
    const struct graph *graph;
    const struct rule_check_options *options;
    struct arena *arena;              /* lives as long as the check */
    const struct json_value *trigger; /* NULL: not known */
    const struct json_value *changes; /* field_changes of the trigger; NULL: it has none */
    const struct action_type **types; /* of each action; NULL: unknown */
    struct text *keys;                /* of each action: what its config says for key_from */
    struct row_type *rows;            /* of each action: the columns of rows in its result; .name NULL: not known */
    struct run_conditions conditions;
    uint32_t *seen, *walk, stamp; /* for a walk upstream */
    size_t suggestions;           /* how many names may still be compared for "did you mean" */
};

/* Why a value is not there, or may not be. */
enum absence {
    ABSENCE_NO,
    ABSENCE_NOT_KNOWN,     /* it may be a field of the trigger, of which nothing is known */
    ABSENCE_NO_NAME,       /* nothing has the name */
    ABSENCE_NO_MEMBER,     /* an object has no such member */
    ABSENCE_NO_OBJECT,     /* the path leads into a value that has no members */
    ABSENCE_NO_ITEM,       /* a list has no such item */
    ABSENCE_NO_LIST,       /* an index into what is no list */
    ABSENCE_FEWER,         /* a list may have fewer items */
    ABSENCE_SELF,          /* the result of the action itself */
    ABSENCE_LATER,         /* of an action that runs later */
    ABSENCE_ELSEWHERE,     /* of an action that does not lead to this one */
    ABSENCE_INACTIVE,      /* of an action that is not active */
    ABSENCE_NEVER_RUNS,    /* of an action that no path reaches */
    ABSENCE_NOT_ALWAYS,    /* of an action that runs on some ways only */
    ABSENCE_OPTIONAL,      /* a field that may be left out */
    ABSENCE_FAILED,        /* a field that the result of an action lacks because it has failed */
    ABSENCE_MAY_FAIL,      /* or may have failed */
    ABSENCE_MAY_SUCCEED,   /* the error of an action that may not have failed */
    ABSENCE_UNSURE,        /* the path leads into something of which nothing is known */
    ABSENCE_NO_VALUE,      /* the entity has the field, this trigger does not */
    ABSENCE_NO_CHANGE,     /* old_ or new_ of a field that this event does not change */
    ABSENCE_NO_USER,       /* $me where the event names no user */
    ABSENCE_NO_BUILTIN,    /* an unknown $name */
    ABSENCE_TEMPLATE_ONLY, /* a name that only templates can read */
};

/* What templates can name besides the context. */
struct scope_added_name {
    struct text name;
    unsigned forms;
};
extern const struct scope_added_name scope_added_names[];
extern const size_t scope_added_count;

/* What a name stands for. */
struct binding {
    struct value_shape shape; /* with SHAPE_ABSENT where it may not be there; alone: it is not */
    enum absence absence;
    uint32_t action;          /* whose result it is; UINT32_MAX: it is no result */
    struct text head;         /* what was found: "check", in "check.availble" */
    struct text missing;      /* the first part that was not: "availble" */
    struct value_shape whole; /* of the head */
};

/* Prepares a scope; everything lives in the arena. False when it is full. */
bool scope_begin(struct scope *scope, const struct graph *graph, const struct rule_check_options *options,
                 struct arena *arena) MUST_CHECK;
/* What a dotted name stands for in the config of the action. */
struct binding scope_find(struct scope *scope, uint32_t action, enum scope_reader reader, struct text name);
/* Why the result of `source` is not there for the action, or may not be; ABSENCE_NO: it always is. */
enum absence scope_absence(struct scope *scope, uint32_t source, uint32_t action);
/* The nearest name that the action can read to one that it cannot; .data NULL: there is none. In the arena. */
struct text scope_suggest(struct scope *scope, uint32_t action, enum scope_reader reader, const struct binding *binding,
                          struct text name, struct arena *arena);
/* What is known of a table that a config names; NULL: nothing. `name` may be NULL. */
const struct entity_type *scope_table(const struct rule_check_options *options, const struct json_value *name);
/* Whether the trigger is an update; false where nothing is known of it as well. */
bool scope_is_update(const struct scope *scope);
/* The event_type of the trigger; .data NULL: not known. */
struct text scope_event(const struct scope *scope);

#endif
