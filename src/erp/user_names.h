/* The names of the ERP's users. Any thread. */
#ifndef ERP_USER_NAMES_H
#define ERP_USER_NAMES_H

#include "base/arena.h"
#include "base/status.h"
#include "base/uuid.h"

struct database;

struct user_name {
    struct uuid id;
    struct text name; /* the username; empty: the user does not exist, or users have no usernames */
};

/* Sorts the users by id and fills in their names, which live in the arena. The ids must differ. STATUS_NOT_FOUND: the
   database has no table of users; STATUS_UNAVAILABLE: it did not answer; STATUS_INVALID: it refuses the statement. */
enum status user_names_read(struct database *database, struct user_name *users, size_t count, struct arena *arena,
                            struct error *error) MUST_CHECK;

#endif
