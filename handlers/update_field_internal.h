/* Declarations that update_field.c and update_field_reference.c share. */
#ifndef HANDLERS_UPDATE_FIELD_INTERNAL_H
#define HANDLERS_UPDATE_FIELD_INTERNAL_H

#include "generated/update_field.h"
#include "postgres/sql.h"

/* One update in progress. */
struct update_job {
    struct action_call *call;
    const struct update_field_config *config;
    struct update_field_conditions conditions; /* from the config, or the default condition */
    const char *doing;                         /* the current step, for failure texts */
    struct json_value written;                 /* the new value of target_field */
    bool has_resolved;
    struct uuid resolved; /* the id that a foreign key was resolved to */
    int64_t affected;
};

/* Finds or inserts the row of another table that new_value names, and sets `written` and `resolved` to its id. After a
   fault, job->doing names the step. */
enum database_outcome update_field_resolve(struct update_job *job, struct database_session *session,
                                           struct database_fault *fault) MUST_CHECK;

#endif
