/* What is known of each action type: the tables are generated from spec/actions.yaml. Constant; any thread. */
#ifndef ACTION_REGISTRY_H
#define ACTION_REGISTRY_H

#include "action/action.h"

enum action_mode { ACTION_MODE_SYNC, ACTION_MODE_ASYNC, ACTION_MODE_HUMAN };
enum action_effects { EFFECTS_PURE, EFFECTS_READ, EFFECTS_WRITE, EFFECTS_EXTERNAL };
enum action_dispatch { DISPATCH_LOCAL, DISPATCH_ACTIVITY };
enum action_group { GROUP_CORE, GROUP_EXTENDED };

/* A place in a config whose text names context variables. */
struct action_reference {
    const char *path; /* "new_value", "conditions[].value": [] stands for every element */
    enum {
        REFERENCE_TEMPLATE,    /* {{templates}} in it */
        REFERENCE_LATE,        /* likewise, left to the handler: action_fill */
        REFERENCE_CONTEXT_KEY, /* the whole text is a key */
    } kind;
};

/* A place in a config that rules should not use any more. */
struct action_deprecation {
    const char *path; /* as of action_reference */
    const char *instead;
};

/* Milliseconds; 0: none (engine.md A.5). */
struct action_timing {
    int64_t start_to_close_ms;
    int64_t retry_initial_ms, retry_maximum_ms;
    double retry_coefficient;
    int32_t retry_attempts;
    const char *timeout_field; /* config field that says start-to-close where it holds more than 0; NULL: none does */
    int64_t timeout_unit_ms;   /* what it counts */
};

struct action_example {
    const char *title;
    const char *config; /* JSON */
    const char *fault;  /* NULL: good; else the exact text that checking gives */
};

struct services; /* generated: what handlers may be handed */
struct decode_faults;

struct action_type {
    const char *name;
    const char *summary;
    const char *deprecated;    /* what rules should use instead; NULL: they may use it */
    const char *documentation; /* the reference page of this action, plain text for a terminal */
    const char *json_schema;   /* JSON Schema 2020-12 of its config */
    enum action_group group;
    enum action_mode mode;
    enum action_effects effects;
    enum action_dispatch dispatch;
    bool idempotent;
    unsigned needs; /* bit set of enum service_id (generated) */
    struct action_timing timing;
    const char *asked_field; /* config field that lists who may answer a human action; NULL: none does */
    const char *const *outputs;
    size_t output_count;
    const struct action_reference *references;
    size_t reference_count;
    const struct action_deprecation *deprecations;
    size_t deprecation_count;
    bool context_all;                 /* sees the whole context */
    const char *const *context_names; /* what it reads besides what its config names */
    size_t context_name_count;
    const struct action_example *examples;
    size_t example_count;

    /* Decodes config, calls the body, encodes its result (an object). Generated. On REFUSED and RETRY call->failure
       says why. A config that does not decode is ACTION_OUTCOME_REFUSED with all its faults in one text. */
    enum action_outcome (*perform)(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result);
    /* Decodes only: every fault of the config, in document order. Templates count as good text. */
    void (*check)(struct arena *arena, const struct json_value *config, struct decode_faults *faults);
};

/* Sorted by name. */
struct action_catalog {
    const struct action_type *types;
    size_t count;
};

/* NULL when there is none of that name. */
const struct action_type *action_catalog_find(const struct action_catalog *catalog, struct text name);

/* Generated: every action of the spec, and the group `core` alone. */
extern const struct action_catalog action_catalog_all;
extern const struct action_catalog action_catalog_core;

#endif
