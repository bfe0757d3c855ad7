/* The tables and columns that later migrations added to the first version of the ERP's database. The worker does
   without those that are missing. Any thread. */
#ifndef ERP_ERP_FEATURES_H
#define ERP_ERP_FEATURES_H

#include "postgres/database.h"

struct erp_features {
    bool alerts;            /* workflow.alerts, which the ERP has had since its first version */
    bool approval_requests; /* workflow.approval_requests */
    bool cascade_outbox;    /* workflow.cascade_outbox */
    bool alert_action_url;  /* workflow.alerts.action_url */
    bool action_effects;    /* workflow.action_effects, which `migrate` creates, with the right to read and insert */
};

/* Asks the server in the transaction, or uses an answer that is less than a minute old. Logs the first answer and each
   answer that differs from the previous one. Logs a warning when the database does not seem to be the ERP's, and when
   effects cannot be recorded. */
enum database_outcome erp_features_read(struct database_session *session, struct arena *arena,
                                        struct erp_features *features, struct database_fault *fault) MUST_CHECK;
/* The same in a separate transaction. */
enum database_outcome erp_features_ask(struct database *database, struct arena *arena, const struct database_wait *wait,
                                       struct erp_features *features, struct database_fault *fault) MUST_CHECK;
/* Drops the cached answer, so that the next call asks the server. For a caller that finds the answer to be wrong. */
void erp_features_forget(struct database *database);

/* The health check that the spec names for the database. STATUS_OK: the database answers a ping and can be written to;
   the features are then logged. Otherwise as database_ping. */
enum status erp_health(struct database *database, int64_t timeout_ms, struct error *error) MUST_CHECK;

#endif
