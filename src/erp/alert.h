/* Alerts that people see in the ERP: a row in workflow.alerts and one for each recipient. The thread of the call. */
#ifndef ERP_ALERT_H
#define ERP_ALERT_H

#include "action/action.h"
#include "postgres/database.h"

struct alert {
    struct text type, severity, title, message;
    struct text context;     /* JSON */
    struct text entity_name; /* NULL in the row when empty; so are the next two */
    struct uuid entity_id;
    struct text action_url; /* ignored where the ERP has no such column yet */
    bool resolve_prior;     /* resolves what is open of this type for this entity */
};

struct alert_recipient {
    bool is_role; /* else a user */
    struct uuid id;
};

/* The alert of an action; an action has one. */
struct uuid alert_id(const struct action_call *call);

/* Writes all rows or none, and a repeat writes nothing. A recipient that is named twice gets one row. *resolved: how
   many alerts it resolved this time. A rule that was deleted meanwhile counts as none, which is how its deletion would
   have left the row. */
enum database_outcome alert_create(const struct action_call *call, struct database_session *session,
                                   const struct alert *alert, const struct alert_recipient *recipients, size_t count,
                                   int64_t *resolved, struct database_fault *fault) MUST_CHECK;

#endif
