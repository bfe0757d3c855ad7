/* Performs one action as a workflow would: saved config, templates, decoding, handler, result. The database has the
   worker's tables and a few tables of an ERP. */
#ifndef TEST_TRIAL_H
#define TEST_TRIAL_H

#include "action/perform.h"
#include "generated/services.h"
#include "postgres.h"

#define EXECUTION    "5f6d1b0e-9d4b-4c58-8a83-0d7f2f6a7c11"
#define ACTION       "0b5b6f5e-27f3-4b0c-9a3e-7c1d52c4b8aa"
#define OTHER_ACTION "3c9f4a57-8a0b-4a53-b3ce-1b8f2a4e6d01"
#define RULE         "d4e9fa63-3313-43f0-9fa0-57702e2677a6"
#define ORDER        "004498f4-b987-47c1-8c9c-26a813678d7a"
#define OTHER_ORDER  "0ecaf828-e2f7-4553-8fcc-69d79561a0d1"
#define CLERK        "8c6b1f0e-57d4-4e0e-9a4b-3d1f6f0c2b77" /* the user in core.users, who made the orders */
/* The fulfillment statuses, by name; PENDING is that of the orders. */
#define PENDING_ID    "d1f0a6f4-0a51-4f5a-8a54-0c6f6c1c2a01"
#define PROCESSING_ID "d1f0a6f4-0a51-4f5a-8a54-0c6f6c1c2a02"
#define PICKING_ID    "d1f0a6f4-0a51-4f5a-8a54-0c6f6c1c2a03"
#define SHIPPED_ID    "d1f0a6f4-0a51-4f5a-8a54-0c6f6c1c2a04"

struct trial {
    struct arena *arena;
    struct services services;
    struct action_environment environment;
    struct action_request request; /* type, ids and context as set by trial_open; tests may change them */
    struct action_report report;   /* of the last run */
    const char *failure;           /* its failure, "" on success */
    bool has_run;
    bool keeps_effects; /* a run finds what earlier runs recorded in the ledger */
};

/* Whether the action comes from a folder outside of this repository. Tests of all actions skip such actions. */
bool trial_is_added(const char *action);

/* Opens a fresh database; context: the order ORDER, updated. */
void trial_open(struct trial *trial, const char *action_type);
void trial_close(struct trial *trial);
/* Connects to the database through this host from now on. */
void trial_move(struct trial *trial, struct text host);
/* Makes the JSON text the context. */
void trial_context(struct trial *trial, const char *json);

/* Removes all rows of the ledger, if there is one. */
void trial_forget_effects(void);

/* Runs the action. Each run is the first one with its key, unless trial->keeps_effects is set. */
enum action_outcome trial_run(struct trial *trial, const char *config);
/* Run the action and assert its outcome. */
void trial_done(struct trial *trial, const char *config);
void trial_refused(struct trial *trial, const char *config, const char *failure);
/* Fails every allocation in turn and all later ones: each run is refused for memory until one ends with `end`. */
void trial_out_of_memory(struct trial *trial, const char *config, enum action_outcome end);
/* All faults of a saved config, joined by "; ". */
const char *trial_check(struct trial *trial, const char *config);

/* A member of the result as text: strings verbatim, other values as JSON; "" when absent. */
const char *trial_result(struct trial *trial, const char *key);
/* A value in the database; see postgres_value. */
const char *trial_sql(struct trial *trial, const char *sql);

#define ASSERT_TEXT(found_, wanted_) cr_assert_str_eq((found_), (wanted_), "found \"%s\"", (found_))

#endif
