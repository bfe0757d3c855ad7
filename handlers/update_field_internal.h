/* What update_field.c, update_field_event.c and update_field_reference.c share. */
#ifndef HANDLERS_UPDATE_FIELD_INTERNAL_H
#define HANDLERS_UPDATE_FIELD_INTERNAL_H

#include "generated/update_field.h"
#include "postgres/sql.h"

/* One update in progress. */
struct update_job {
    struct action_call *call;
    const struct update_field_config *config;
    struct update_field_conditions conditions; /* of the config, or the default one */
    const char *doing;                         /* the current step, for failure texts */
    struct json_value written;                 /* the new value of target_field */
    bool has_resolved;
    struct uuid resolved; /* what a foreign key was resolved to */
    int64_t affected;
    struct text domain; /* of the table; empty: no event is written */
};

/* Finds or inserts the row of another table that new_value names, and sets `written` and `resolved` to its id. After a
   fault, job->doing names the step. */
enum database_outcome update_field_resolve(struct update_job *job, struct database_session *session,
                                           struct database_fault *fault) MUST_CHECK;

/* The domain under which the ERP publishes changes of the table; empty when it publishes none. */
struct text update_field_domain(struct text table);

/* Fills in the first UPDATE_FIELD_EVENT_PARAMETERS: id, domain, bare table, params and lineage of the event, when
   `written` is known. False past the budget. */
enum { UPDATE_FIELD_EVENT_PARAMETERS = 5 };
bool update_field_write_event(const struct update_job *job, struct database_parameter *parameters) MUST_CHECK;

#endif
