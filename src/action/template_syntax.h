/* The grammar of templates, shared by expansion and checks. Pure; any thread. */
#ifndef ACTION_TEMPLATE_SYNTAX_H
#define ACTION_TEMPLATE_SYNTAX_H

#include "base/text.h"

/* A {{placeholder}} in a text. */
struct template_placeholder {
    size_t start, end; /* including the braces */
    struct text inner; /* between the braces */
};

/* Finds the first placeholder at or after `from`: "{{", one or more bytes other than '}', "}}". False: there is
   none. */
bool template_next(struct text source, size_t from, struct template_placeholder *found);
/* A letter, then letters, digits, '_' and the byte `other`. */
bool template_is_name(struct text name, char other);
bool template_is_builtin(struct text variable); /* $... */
/* A name with dots and indices, like "order.rows[0].price", or '$' and a name. */
bool template_is_variable(struct text variable);
/* Whether a placeholder is "expr: ..."; *inner is then the text after "expr:", with its filters. */
bool template_takes_expression(struct text *inner);

/* Takes the variable of an expression that begins at *at, and advances *at. */
struct text template_take_variable(struct text source, size_t *at);

/* The name of the filter at an index, in alphabetical order; TEXT_NONE past the last one. */
struct text template_filter_name(size_t index);
/* Whether `currency` has a symbol for the code. */
bool template_has_currency(struct text code);
/* The largest number of decimal places that `round` takes. */
#define TEMPLATE_ROUND_PLACES 20

#endif
