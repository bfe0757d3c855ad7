/* Alerts as people see them in the ERP: a row in workflow.alerts, and one for each who is to see it (contract handlers 6.6).
   The thread of the call. */
#ifndef ERP_ALERT_H
#define ERP_ALERT_H

#include "action/action.h"
#include "postgres/database.h"

struct alert {
    struct text type, severity, title, message;
    struct text context;     /* JSON */
    struct text entity_name; /* NULL in the row where there is none; so are the next two */
    struct uuid entity_id;
    struct text action_url; /* left out where the ERP has no such column yet */
    bool resolve_prior;     /* whatever of this type is open for this entity is resolved by it */
};

struct alert_recipient {
    bool is_role; /* else a user */
    struct uuid id;
};

/* The alert of an action; an action has one. */
struct uuid alert_id(const struct action_call *call);

/* All of it, or nothing; and nothing the second time. Who is named twice is told once. `*resolved` is how many alerts it
   resolved, on a repeat too. A rule that was deleted meanwhile is as good as none, as its deletion would have left it. */
enum database_outcome alert_create(const struct action_call *call, struct database *database, const struct alert *alert,
                                   const struct alert_recipient *recipients, size_t count, int64_t *resolved,
                                   struct database_fault *fault) MUST_CHECK;

#endif
