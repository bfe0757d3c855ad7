/* A model of the ERP's database, the actions that write to it, and the people who answer requests in it. */
#ifndef TESTS_SIMULATION_ERP_MODEL_H
#define TESTS_SIMULATION_ERP_MODEL_H

#include "tests/engine/plan.h"
#include "tests/simulation/temporal.h"
#include "worker/worker.h"

/* What is known of one action of one execution. */
struct effect {
    unsigned local, activity; /* how often it was done, inside a workflow task or by an activity */
    unsigned tries;           /* inside a workflow task */
    unsigned committed;       /* times that its effect is in the database */
    struct uuid key;          /* of its row in the ledger, when there is one */
    struct text result;       /* in that row; NULL without a row */
    uint64_t attempt;         /* that made the result; 0: none */
    struct text token;        /* by which a person answers; the newest one */
    unsigned answers;         /* tried */
};

/* A rule that runs, and what has come of it. */
struct execution {
    unsigned number;
    struct plan plan;
    struct run *first;
    struct effect effects[PLAN_ACTIONS];
    uint64_t downstream[PLAN_ACTIONS]; /* bit by bit: which actions come after that one */
    bool canceled, terminated;         /* somebody has asked for it */
    bool status_known;
    enum execution_status status; /* the last one written */
    const struct process *status_by;
};

extern bool erp_has_ledger; /* the database has its table */
extern const struct action_catalog simulation_catalog;

void erp_begin(void); /* of each seed */
/* A random rule; starts it at the server. */
struct execution *execution_start(unsigned number);
/* Whether the effects of an action are in the database, and whether it asks somebody. */
bool erp_is_stored(const struct execution *execution, uint32_t action);
bool erp_is_human(const struct execution *execution, uint32_t action);
struct run *execution_newest(const struct execution *execution);

/* For worker_options. */
const struct services *erp_services(struct database *database);
enum status erp_ping(void *userdata, struct error *error);
enum status erp_execution_changed(void *userdata, const struct execution_change *change, struct arena *arena,
                                  struct error *error);
enum status erp_approvals_ended(void *userdata, const struct approval_end *end, struct arena *arena,
                                struct error *error);
enum status erp_approvals_take_turn(void *userdata, int64_t period_ms, struct arena *arena, bool *taken,
                                    struct error *error);
enum status erp_approvals_read(void *userdata, struct text after, struct arena *arena, struct approval_page *page,
                               struct error *error);
enum status erp_approvals_expire(void *userdata, const struct approval_pending *requests, size_t count,
                                 struct arena *arena, int64_t *changed, struct error *error);

/* Has the execution ended as the oracle says, and has each action been done? Fails the seed if not. */
void execution_judge(struct execution *execution);

#endif
