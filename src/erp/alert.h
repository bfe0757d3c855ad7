/* Alerts that people see in the ERP: a row in workflow.alerts and one row for each recipient. Call only from the thread
   of the action call. */
#ifndef ERP_ALERT_H
#define ERP_ALERT_H

#include "action/action.h"
#include "postgres/database.h"

struct alert {
    struct text type, severity, title, message;
    struct text context;     /* JSON */
    struct text entity_name; /* NULL in the row when empty; the same holds for the next two members */
    struct uuid entity_id;
    struct text action_url; /* ignored when the ERP does not have the column yet */
    bool resolve_prior;     /* resolves the open alerts of this type for this entity */
};

struct alert_recipient {
    bool is_role; /* otherwise a user */
    struct uuid id;
};

/* The id of the action's alert. An action has one alert. */
struct uuid alert_id(const struct action_call *call);

/* Writes all rows or none, and a repeat writes nothing. A recipient that is named twice gets one row. *resolved: the
   number of alerts that this call resolved. The id of a rule that was deleted in the meantime is stored as NULL, as the
   deletion would have left it. */
enum database_outcome alert_create(const struct action_call *call, struct database_session *session,
                                   const struct alert *alert, const struct alert_recipient *recipients, size_t count,
                                   int64_t *resolved, struct database_fault *fault) MUST_CHECK;

#endif
