/* Fills secrets into the texts of a config, as the last step before they are sent. Any thread; may read from a disk. */
#ifndef SECRETS_SECRET_REVEAL_H
#define SECRETS_SECRET_REVEAL_H

#include "action/action.h"
#include "secrets/secret_store.h"

/* Fills in the secrets of a text, and its templates where the spec has `template: late`. The value of a template never
   names a secret, and a secret is never the input of a template. `destination` is the host or the name of the service
   that the text is sent to. From this call on, secrets are hidden in the failure and the result of `call`; the revealed
   text must not be logged or written to a file. False: the call is refused, because a secret cannot be used (the
   failure names it) or past the budget. */
bool secret_reveal(struct action_call *call, struct secret_store *store, struct secret_text text,
                   struct text destination, struct text *revealed) MUST_CHECK;
/* Likewise for a single secret that the config names. */
bool secret_find(struct action_call *call, struct secret_store *store, struct text name, struct text destination,
                 struct text *value) MUST_CHECK;

#endif
