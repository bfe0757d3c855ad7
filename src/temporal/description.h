/* Commands that describe a run, so that people can find it: they set its memo and its search attributes. Pure; any
   thread. */
#ifndef TEMPORAL_DESCRIPTION_H
#define TEMPORAL_DESCRIPTION_H

#include "temporal/client.h"
#include "temporal/proto.h"

/* The number of search attributes. The ones that a namespace has are kept as bits. */
enum { DESCRIPTION_ATTRIBUTES = 5 };
#define DESCRIPTION_ALL_ATTRIBUTES ((1u << DESCRIPTION_ATTRIBUTES) - 1)
/* The names of the search attributes, by the number of their bit. */
extern const char *const description_attributes[DESCRIPTION_ATTRIBUTES];
/* The bit of a search attribute; 0 for any other name. */
unsigned description_attribute(struct text name);

/* Adds the commands in front of those of the request. attributes: the search attributes that the namespace has;
   commands with others would be refused. keys: the memo is encrypted, search attributes never are; NULL when payloads
   are not encrypted. STATUS_BUDGET: the arena is full. STATUS_INTERNAL: OpenSSL fails. */
enum status description_write(const struct workflow_answer *answer, unsigned attributes,
                              const struct payload_keys *keys, struct arena *arena,
                              Api__RespondWorkflowTaskCompletedRequest *request, struct error *error) MUST_CHECK;

#endif
