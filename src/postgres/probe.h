/* What a database of the ERP has beyond its first version (contract handlers 8.4): what later migrations brought, and what
   the worker does without where it is missing. Any thread. */
#ifndef POSTGRES_PROBE_H
#define POSTGRES_PROBE_H

#include "postgres/database.h"

struct probe {
    bool alerts;            /* workflow.alerts, which the ERP has had from the first */
    bool approval_requests; /* workflow.approval_requests */
    bool cascade_outbox;    /* workflow.cascade_outbox */
    bool alert_action_url;  /* workflow.alerts.action_url */
};

/* Asks the server, or remembers for a minute what it said. The first answer, and each that differs from the one before,
   is told to the log; as a warning when this seems to be no database of the ERP. */
enum database_outcome probe_read(struct database *database, struct arena *arena,
                                 const struct database_patience *patience, struct probe *probe,
                                 struct database_fault *fault) MUST_CHECK;

#endif
