/* Fills secrets into the texts of a config, in the last step before they are sent. Any thread; may read from a disk. */
#ifndef SECRETS_SECRET_REVEAL_H
#define SECRETS_SECRET_REVEAL_H

#include "action/action.h"
#include "secrets/secret_store.h"

/* The text with its secrets, and with its templates where the spec has `template: late`: a value of a template never
   names a secret, and a secret is never the input of a template. `destination` is the host or the name of the service
   that the text is sent to. From then on secrets are hidden in the failure and the result of the call; the text itself
   must not get into a log or a file. False: the call is refused, with the name of the secret in the failure, or past
   the budget. */
bool secret_reveal(struct action_call *call, struct secret_store *store, struct secret_text text,
                   struct text destination, struct text *revealed) MUST_CHECK;
/* The same for a secret that the config names. */
bool secret_find(struct action_call *call, struct secret_store *store, struct text name, struct text destination,
                 struct text *value) MUST_CHECK;

#endif
