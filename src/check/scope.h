/* The names that an action can read, and what is known about their values: results of earlier actions, fields of the
   trigger, names that the worker adds. Must match engine/run_context.c and action/expand.c. Pure; any thread. */
#ifndef CHECK_SCOPE_H
#define CHECK_SCOPE_H

#include "check/rule_check.h"
#include "check/run_conditions.h"
#include "check/value_shape.h"

/* Who reads a name. */
enum scope_reader {
    SCOPE_TEMPLATE,  /* sees the names that the worker adds, and old_ and new_ names */
    SCOPE_CONDITION, /* sees neither, but the new values of an update */
    SCOPE_HANDLER,   /* sees none of these */
};

struct scope {
    const struct graph *graph;
    const struct rule_check_options *options;
    struct arena *arena;              /* lives as long as the check */
    const struct json_value *trigger; /* NULL: not known */
    const struct json_value *changes; /* field_changes of the trigger; NULL: it has none */
    const struct action_type **types; /* of each action; NULL: unknown */
    struct text *keys;                /* of each action: the value of the config field that key_from names */
    struct row_type *rows;            /* of each action: the columns of rows in its result; .name NULL: not known */
    struct run_conditions conditions;
    uint32_t *seen, *walk, stamp; /* for a walk upstream */
    size_t suggestions;           /* how many more names may be compared for "did you mean" */
};

/* Why a value is or may be absent. */
enum absence {
    ABSENCE_NO,            /* it is not absent */
    ABSENCE_NOT_KNOWN,     /* it may be a field of the trigger, whose fields are not known */
    ABSENCE_NO_NAME,       /* nothing has the name */
    ABSENCE_NO_MEMBER,     /* an object has no such member */
    ABSENCE_NO_OBJECT,     /* the path leads into a value that has no members */
    ABSENCE_NO_ITEM,       /* a list has no such item */
    ABSENCE_NO_LIST,       /* an index into a value that is not a list */
    ABSENCE_FEWER,         /* a list may have fewer items */
    ABSENCE_SELF,          /* the result of the action itself */
    ABSENCE_LATER,         /* the result of an action that runs later */
    ABSENCE_ELSEWHERE,     /* the result of an action that does not lead to this one */
    ABSENCE_INACTIVE,      /* the result of an action that is not active */
    ABSENCE_NEVER_RUNS,    /* the result of an action that no path reaches */
    ABSENCE_NOT_ALWAYS,    /* the result of an action that runs only on some paths */
    ABSENCE_OPTIONAL,      /* an optional field */
    ABSENCE_FAILED,        /* a field that is missing from the result because the action has failed */
    ABSENCE_MAY_FAIL,      /* a field that is missing from the result if the action has failed */
    ABSENCE_MAY_SUCCEED,   /* the error of an action that may not have failed */
    ABSENCE_UNSURE,        /* the path leads into a value whose content is not known */
    ABSENCE_NO_VALUE,      /* the entity has the field, but this trigger does not */
    ABSENCE_NO_CHANGE,     /* old_ or new_ of a field that this event does not change */
    ABSENCE_NO_USER,       /* $me when the event names no user */
    ABSENCE_NO_BUILTIN,    /* an unknown $name */
    ABSENCE_TEMPLATE_ONLY, /* a name that only templates can read */
};

/* A name that templates can use in addition to the context. */
struct scope_added_name {
    struct text name;
    unsigned forms;
};
extern const struct scope_added_name scope_added_names[];
extern const size_t scope_added_count;

/* The value that a name refers to. */
struct binding {
    struct value_shape shape; /* with SHAPE_ABSENT if it may be absent; only SHAPE_ABSENT: it is always absent */
    enum absence absence;
    uint32_t action;          /* the action whose result it is; UINT32_MAX: it is not a result */
    struct text head;         /* the part that was found: "check" of "check.availble" */
    struct text missing;      /* the first part that was not found: "availble" */
    struct value_shape whole; /* the shape of the head */
};

/* Prepares a scope; everything lives in the arena. False when the arena is full. */
bool scope_begin(struct scope *scope, const struct graph *graph, const struct rule_check_options *options,
                 struct arena *arena) MUST_CHECK;
/* The value that a dotted name refers to in the config of the action. */
struct binding scope_find(struct scope *scope, uint32_t action, enum scope_reader reader, struct text name);
/* Why the result of `source` is or may be absent when the action runs; ABSENCE_NO: it is always there. */
enum absence scope_absence(struct scope *scope, uint32_t source, uint32_t action);
/* A name that the action can read and that is similar to `name`, which it cannot read; .data NULL if absent. In
   the arena. */
struct text scope_suggest(struct scope *scope, uint32_t action, enum scope_reader reader, const struct binding *binding,
                          struct text name, struct arena *arena);
/* The known entity of a table that a config names; NULL: the table is not known. `name` may be NULL. */
const struct entity_type *scope_table(const struct rule_check_options *options, const struct json_value *name);
/* Whether the event of the trigger is an update; false also when the event is not known. */
bool scope_is_update(const struct scope *scope);
/* The event_type of the trigger; .data NULL: not known. */
struct text scope_event(const struct scope *scope);

#endif
