/* Inside of the template engine: what template.c, template_filter.c and template_expression.c have in common. */
#ifndef ACTION_TEMPLATE_INTERNAL_H
#define ACTION_TEMPLATE_INTERNAL_H

#include "action/template.h"

/* Adds a warning; notes may be NULL. Past LIMIT_TEMPLATE_NOTES, or the budget, it is dropped. */
void template_note(struct arena *arena, struct template_notes *notes, const char *format, ...) PRINTF_LIKE(3, 4);

/* The variable that a placeholder is about. */
struct template_subject {
    struct json_value value;
    bool missing; /* there is no such variable: value is null, and only `default` has something to work on */
};

/* Are all filters of "uppercase | round:2" well formed? Else *wrong is the first that is not. */
bool template_filters_valid(struct text filters, struct text *wrong);
bool template_filters_have_default(struct text filters);
/* Applies filters from left to right. One that is unknown or does not fit the value is noted, and the subject stays as
   it was before the first. */
enum status template_filters_apply(struct arena *arena, struct text filters, struct template_subject *subject,
                                   struct template_notes *notes) MUST_CHECK;

/* Computes an expression (contract handlers 5.3) on exact decimals. STATUS_INVALID: *reason says why it cannot be. */
enum status template_expression(struct arena *arena, struct text expression, const struct json_value *context,
                                struct json_value *number, struct text *reason) MUST_CHECK;
/* Calls `found` for every variable of an expression. */
void template_expression_variables(struct text expression, void (*found)(void *userdata, struct text name),
                                   void *userdata);

#endif
