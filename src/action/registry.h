/* The registered action types: tables generated from spec/actions.yaml. Constant; any thread. */
#ifndef ACTION_REGISTRY_H
#define ACTION_REGISTRY_H

#include "action/action.h"
#include "action/field_type.h"

enum action_mode { ACTION_MODE_SYNC, ACTION_MODE_ASYNC, ACTION_MODE_HUMAN };
enum action_effects { EFFECTS_PURE, EFFECTS_READ, EFFECTS_WRITE, EFFECTS_EXTERNAL };
enum action_dispatch { DISPATCH_LOCAL, DISPATCH_ACTIVITY, DISPATCH_ENGINE };
enum action_group { GROUP_CORE, GROUP_EXTENDED };

/* A path in a config whose text names context variables. */
struct action_reference {
    const char *path; /* "new_value", "conditions[].value", "headers{}": [] stands for every element of a list, {} for
                         every value of a map */
    enum {
        REFERENCE_TEMPLATE,    /* {{templates}} in it */
        REFERENCE_TYPED,       /* likewise, but a text that is one template becomes the value itself */
        REFERENCE_LATE,        /* likewise, but the handler expands it with action_fill */
        REFERENCE_CONTEXT_KEY, /* the whole text is a key */
    } kind;
};

/* A path in a config that rules should no longer use. */
struct action_deprecation {
    const char *path; /* as in action_reference */
    const char *instead;
};

/* Columns of a table that an action writes. {name} stands for what that field of its config names. */
struct action_modification {
    const char *table;            /* "schema.table" */
    const char *const *on_create; /* columns of a new row; ends with NULL. NULL: it makes none */
    const char *const *on_update; /* columns of a row that there is; likewise */
};

/* Milliseconds; 0: none. The classes of actions have the Go worker's values. */
struct action_timing {
    int64_t start_to_close_ms;
    int64_t retry_initial_ms, retry_maximum_ms;
    double retry_coefficient;
    int32_t retry_attempts;
    const char *timeout_field; /* config field that replaces start-to-close when greater than 0; may be NULL */
    int64_t timeout_unit_ms;   /* of timeout_field */
};

/* A name of the context that an action reads, although its config does not name it. */
struct action_needed_name {
    const char *name;
    const char *const *others; /* names that can stand in for it; ends with NULL. NULL: none */
    enum field_kind kind;      /* what it must be */
    bool required;             /* the action needs it */
    const char *when_field;    /* of the config; NULL: the action always reads it */
    const char *when_value;    /* it reads it if the field has this value, a text, "true" or "false" */
    bool when_absent;          /* also if the field is absent */
    const char *late_name;     /* it reads it if a text of the config holds this late name; may be NULL */
};

/* Fields of a config that name columns of a table. */
struct action_columns {
    const char *table_field; /* its value is the table */
    enum {
        ACTION_COLUMN,      /* the field is a column */
        ACTION_COLUMN_LIST, /* each element of a list is one */
        ACTION_COLUMN_KEYS, /* each key of a map is one, with the value that belongs to it */
    } kind;
    const char *name;         /* the field */
    const char *list;         /* the list of objects that have the field; NULL: the config itself */
    const char *value;        /* the field beside it with the value of the column; NULL: none */
    const char *rows;         /* the field of the result with a row of these columns, or a list of rows; NULL: none */
    const char *unless_field; /* where this field of the config has that value, `value` is of no column; NULL: never */
    const char *unless_value;
};

struct action_example {
    const char *title;
    const char *config; /* JSON */
    const char *fault;  /* NULL when valid; else the exact text that checking gives */
};

struct services; /* generated: the services of handlers */
struct decode_faults;

struct action_type {
    const char *name;
    const char *summary;
    const char *deprecated;    /* what rules should use instead; NULL when not deprecated */
    const char *documentation; /* the reference page of this action, plain text for a terminal */
    const char *json_schema;   /* JSON Schema 2020-12 of its config */
    enum action_group group;
    enum action_mode mode;
    enum action_effects effects;
    enum action_dispatch dispatch;
    bool idempotent;
    unsigned needs; /* bit set of enum service_id (generated) */
    struct action_timing timing;
    const char *asked_field; /* config field that lists who may answer a human action; may be NULL */
    const char *const *outputs;
    size_t output_count;
    const struct field_type *config_fields;
    size_t config_field_count;
    const struct field_type *result_fields; /* without `output` */
    size_t result_field_count;
    const struct action_reference *references;
    size_t reference_count;
    const struct action_deprecation *deprecations;
    size_t deprecation_count;
    const char *const *sensitive; /* keys of the result whose values are not shown; ends with NULL. NULL: none */
    const struct action_modification *modifications;
    size_t modification_count;
    bool context_all;                 /* gets the whole context */
    const char *const *context_names; /* what it reads besides what its config names */
    size_t context_name_count;
    const struct action_needed_name *needed_names; /* those of them that a rule can lack */
    size_t needed_name_count;
    const struct action_columns *columns;
    size_t column_count;
    const struct action_example *examples;
    size_t example_count;

    /* Decodes config, calls the body, encodes its result (an object). Generated. On REFUSED and RETRY call->failure
       is set. A config that does not decode is REFUSED with all its faults in one text. NULL with DISPATCH_ENGINE. */
    enum action_outcome (*perform)(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result);
    /* Decodes a config with templates expanded, as perform does. Anything but DONE: call->failure says why. NULL with
       DISPATCH_ENGINE. */
    enum action_outcome (*accept)(struct action_call *call, const struct json_value *config);
    /* Decodes only: every fault of the config, in document order. A template counts as valid text. */
    void (*check)(struct arena *arena, const struct json_value *config, struct decode_faults *faults);
};

/* A type that saved rules may name and that no worker performs. */
struct action_absence {
    const char *name, *reason;
};

/* What is known of the records of a table, whose fields the trigger of a rule has. */
struct entity_type {
    const char *name;                /* "sales.orders" */
    const struct field_type *fields; /* optional: may be null */
    size_t field_count;
};

/* Types and absences are sorted by name. */
struct action_catalog {
    const struct action_type *types;
    size_t count;
    const struct action_absence *absences;
    size_t absence_count;
    const struct entity_type *entities;
    size_t entity_count;
};

/* NULL when no type has that name. */
const struct action_type *action_catalog_find(const struct action_catalog *catalog, struct text name);
/* Why no worker performs the type; NULL when the spec does not say so. */
const char *action_catalog_absence(const struct action_catalog *catalog, struct text name);

/* Generated: every action of the spec, and the group `core` alone. */
extern const struct action_catalog action_catalog_all;
extern const struct action_catalog action_catalog_core;
/* Generated: JSON Schema 2020-12 of a rule, a WorkflowInput or a bare graph, with every action of the spec. */
extern const char rule_json_schema[];

#endif
