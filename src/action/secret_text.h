/* Texts of a config that may name secrets: {{secret:NAME}}, or as older rules have it {{secret.NAME}}. Pure; any
   thread. */
#ifndef ACTION_SECRET_TEXT_H
#define ACTION_SECRET_TEXT_H

#include "base/text.h"

/* What a field with `secret: true` is in C. secret_reveal() gives its text. */
struct secret_text {
    struct text source; /* as the rule has it: no secret is filled in; .data NULL when it is absent */
    bool templates;     /* it may hold templates too */
};

struct secret_reference {
    size_t begin, end; /* of the placeholder, with its braces */
    struct text name;  /* empty when it is not well formed: `end` is then behind "secret" and its mark */
};

/* The first reference to a secret in a text. False when there is none. */
bool secret_text_next(struct text text, struct secret_reference *reference);
/* Whether every reference is well formed. */
bool secret_text_is_valid(struct text text);
/* Whether it is a name of a secret: letters, digits and '_', no digit first, at most LIMIT_SECRET_NAME. */
bool secret_name_is(struct text name);

#endif
