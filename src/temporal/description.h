/* The commands by which a run can be found: they set its memo and its search attributes. Pure; any thread. */
#ifndef TEMPORAL_DESCRIPTION_H
#define TEMPORAL_DESCRIPTION_H

#include "temporal/client.h"
#include "temporal/proto.h"

/* Search attributes, as bits: what of them a namespace has. */
enum { DESCRIPTION_ATTRIBUTES = 5 };
#define DESCRIPTION_ALL_ATTRIBUTES ((1u << DESCRIPTION_ATTRIBUTES) - 1)
/* Their names, by bit. */
extern const char *const description_attributes[DESCRIPTION_ATTRIBUTES];
/* The bit of a search attribute; 0 for any other name. */
unsigned description_attribute(struct text name);

/* Adds the commands in front of those of the request. attributes: which of them the namespace has; a run with others
   would be refused. keys: the memo is encrypted, search attributes never are; NULL when payloads are not encrypted.
   STATUS_BUDGET: the arena is full. STATUS_INTERNAL: OpenSSL fails. */
enum status description_write(const struct workflow_answer *answer, unsigned attributes,
                              const struct payload_keys *keys, struct arena *arena,
                              Api__RespondWorkflowTaskCompletedRequest *request, struct error *error) MUST_CHECK;

#endif
