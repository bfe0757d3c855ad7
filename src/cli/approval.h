/* The row of an approval request (contract handlers 6.3), answered as the ERP does it: the row first, then the run, then
   the token is forgotten. What failed in between can be done again. */
#ifndef CLI_APPROVAL_H
#define CLI_APPROVAL_H

#include "postgres/database.h"

struct approval_question {
    struct text execution_id, action_name;
    struct text request_id; /* the one that our worker gives it; the Go worker's is another */
};

struct approval_answer {
    struct text output; /* what the row's status becomes: approved, rejected or timed_out */
    struct text by;     /* the id or the username of a user; empty: nobody is named */
    struct text reason;
};

/* As the row has it after the answer. */
struct approval {
    struct text id, resolved_by, resolved_by_name, reason;
};

/* Answers the request, unless it has got this answer before. STATUS_NOT_FOUND: there is none, or no table for it.
   STATUS_INVALID: it has got another answer, or there is no such user. STATUS_UNAVAILABLE: the database. Everything
   lives in the arena. */
enum status approval_answer(struct database *database, struct arena *arena, const struct approval_question *question,
                            const struct approval_answer *answer, struct approval *approval,
                            struct error *error) MUST_CHECK;

/* The run has the answer: nobody may use the token any more. */
enum status approval_forget_token(struct database *database, struct arena *arena, struct text id,
                                  struct error *error) MUST_CHECK;

#endif
