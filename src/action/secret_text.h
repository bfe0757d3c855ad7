/* Texts of a config that may name secrets: {{secret:NAME}}, or {{secret.NAME}} in older rules. Pure; any thread. */
#ifndef ACTION_SECRET_TEXT_H
#define ACTION_SECRET_TEXT_H

#include "base/text.h"

/* The C type of a field with `secret: true`. secret_reveal() returns its text. */
struct secret_text {
    struct text source; /* as written in the rule, without secrets filled in; .data NULL when it is absent */
    bool templates;     /* it may hold templates too */
};

struct secret_reference {
    size_t begin, end; /* of the placeholder, with its braces */
    struct text name;  /* empty when the reference is malformed; `end` is then after "secret:" or "secret." */
};

/* The first reference to a secret in a text. False if absent. */
bool secret_text_next(struct text text, struct secret_reference *reference);
/* Whether every reference is well formed. */
bool secret_text_is_valid(struct text text);
/* Whether a text is a valid name of a secret: letters, digits and '_', no digit first, at most LIMIT_SECRET_NAME
   bytes. */
bool secret_name_is(struct text name);

#endif
