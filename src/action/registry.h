/* The registered action types, in tables generated from spec/actions.yaml. Constant; any thread. */
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
        REFERENCE_CONTEXT_KEY, /* the whole text is a key of the context */
    } kind;
};

/* A path in a config that rules should no longer use. */
struct action_deprecation {
    const char *path; /* as in action_reference */
    const char *instead;
};

/* Columns of a table that an action writes. {name} stands for the value of that field of its config. */
struct action_modification {
    const char *table;            /* "schema.table" */
    const char *const *on_create; /* columns of a new row; ends with NULL. NULL: it inserts no rows */
    const char *const *on_update; /* columns of an existing row; ends with NULL. NULL: it updates no rows */
};

/* Milliseconds; 0: none. Each class of actions has the values of the Go worker. */
struct action_timing {
    int64_t start_to_close_ms;
    int64_t retry_initial_ms, retry_maximum_ms;
    double retry_coefficient;
    int32_t retry_attempts;
    const char *timeout_field; /* config field that replaces start-to-close when greater than 0; may be NULL */
    int64_t timeout_unit_ms;   /* of timeout_field */
};

/* A name of the context that an action reads although its config does not name it. */
struct action_needed_name {
    const char *name;
    const char *const *others; /* names that can replace it; ends with NULL. NULL: none */
    enum field_kind kind;      /* the kind that its value must have */
    bool required;             /* the action cannot work without it */
    const char *when_field;    /* a field of the config; NULL: the action always reads the name */
    const char *when_value;    /* the name is read if the field has this value: a text, "true" or "false" */
    bool when_absent;          /* the name is also read if the field is absent */
    const char *late_name;     /* the name is read if a text of the config holds this late name; may be NULL */
};

/* Fields of a config that name columns of a table. */
struct action_columns {
    const char *table_field; /* its value is the table */
    enum {
        ACTION_COLUMN,      /* the field is a column */
        ACTION_COLUMN_LIST, /* each element of a list is a column */
        ACTION_COLUMN_KEYS, /* each key of a map is a column, and its value is that of the column */
    } kind;
    const char *name;         /* the field */
    const char *list;         /* the list of objects that have the field; NULL: the config has it */
    const char *value;        /* the field of the same object that holds the value of the column; NULL: none */
    const char *rows;         /* the field of the result with a row of these columns, or a list of rows; NULL: none */
    const char *unless_field; /* `value` is not that of a column if this config field is unless_value; NULL: it is */
    const char *unless_value;
};

struct action_example {
    const char *title;
    const char *config; /* JSON */
    const char *fault;  /* NULL when valid; else the exact text of the check */
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
    const char *const *sensitive; /* keys of the result whose values are hidden; ends with NULL. NULL: none */
    const struct action_modification *modifications;
    size_t modification_count;
    bool context_all;                 /* receives the whole context */
    const char *const *context_names; /* names that it reads in addition to those in its config */
    size_t context_name_count;
    const struct action_needed_name *needed_names; /* the names among them that a rule may not provide */
    size_t needed_name_count;
    const struct action_columns *columns;
    size_t column_count;
    const struct action_example *examples;
    size_t example_count;

    /* Generated: decodes the config, calls the handler and encodes its result (an object). On REFUSED and RETRY,
       call->failure is set. A config that does not decode is REFUSED with all its faults in one text. NULL with
       DISPATCH_ENGINE. */
    enum action_outcome (*perform)(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result);
    /* Decodes a config with templates expanded, as perform does. Any outcome other than DONE: call->failure says why.
       NULL with DISPATCH_ENGINE. */
    enum action_outcome (*accept)(struct action_call *call, const struct json_value *config);
    /* Only decodes: collects every fault of the config, in document order. A template counts as a valid text. */
    void (*check)(struct arena *arena, const struct json_value *config, struct decode_faults *faults);
};

/* A type that saved rules may name but that no worker performs. */
struct action_absence {
    const char *name, *reason;
};

/* The known fields of the records of a table; the trigger of a rule has these fields. */
struct entity_type {
    const char *name;                /* "sales.orders" */
    const struct field_type *fields; /* an optional field may be null */
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

/* Generated: all actions of the spec, and only those of the group `core`. */
extern const struct action_catalog action_catalog_all;
extern const struct action_catalog action_catalog_core;
/* Generated: JSON Schema 2020-12 for a rule (a WorkflowInput or a bare graph), with every action of the spec. */
extern const char rule_json_schema[];

#endif
