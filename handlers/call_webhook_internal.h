/* Declarations that the handler of call_webhook and its check share. */
#ifndef HANDLERS_CALL_WEBHOOK_INTERNAL_H
#define HANDLERS_CALL_WEBHOOK_INTERNAL_H

#include "generated/call_webhook.h"

/* Fills the webhook with views of the config. False: the memory budget of the arena is exceeded. */
bool call_webhook_read(struct arena *arena, const struct call_webhook_config *config,
                       struct webhook *webhook) MUST_CHECK;

#endif
