/* Which tables and columns a database of the ERP has beyond the first version: later migrations added them, and the
   worker does without where they are missing. Any thread. */
#ifndef ERP_ERP_FEATURES_H
#define ERP_ERP_FEATURES_H

#include "postgres/database.h"

struct erp_features {
    bool alerts;            /* workflow.alerts, which the ERP has had from the first */
    bool approval_requests; /* workflow.approval_requests */
    bool cascade_outbox;    /* workflow.cascade_outbox */
    bool alert_action_url;  /* workflow.alerts.action_url */
    bool action_effects;    /* workflow.action_effects, which `migrate` makes, with the right to read and insert */
};

/* Asks the server in the transaction, or takes an answer that is less than a minute old. Logs the first answer and each
   that differs from the one before; warnings when the database does not seem to be the ERP's and when effects cannot be
   recorded. */
enum database_outcome erp_features_read(struct database_session *session, struct arena *arena,
                                        struct erp_features *features, struct database_fault *fault) MUST_CHECK;
/* The same in a transaction of its own. */
enum database_outcome erp_features_ask(struct database *database, struct arena *arena, const struct database_wait *wait,
                                       struct erp_features *features, struct database_fault *fault) MUST_CHECK;
/* The next call asks the server: for a caller that finds an answer to be wrong. */
void erp_features_forget(struct database *database);

/* The health of the database as a service of the spec: good when a ping is answered. Logs the features. */
enum status erp_health(struct database *database, int64_t timeout_ms, struct error *error) MUST_CHECK;

#endif
