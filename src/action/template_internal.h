/* Shared by the files of the template engine. */
#ifndef ACTION_TEMPLATE_INTERNAL_H
#define ACTION_TEMPLATE_INTERNAL_H

#include "action/template.h"

/* Adds a warning, or drops it past LIMIT_TEMPLATE_NOTES or the budget. PUBLIC in the format marks text that the log may
   show. notes may be NULL. */
void template_note(struct arena *arena, struct template_notes *notes, const char *format, ...) PRINTF_LIKE(3, 4);

/* The value that filters are applied to. */
struct template_subject {
    struct json_value value;
    bool missing; /* the variable does not exist: `value` is null, and only `default` applies */
};

/* Whether all filters of a text like "uppercase | round:2" are well formed; if not, *wrong is the first malformed
   one. */
bool template_filters_valid(struct text filters, struct text *wrong);
bool template_filters_have_default(struct text filters);
/* Applies filters from left to right. When a filter is unknown or does not fit the value, it adds a warning, and the
   subject stays as it was before the first filter. */
enum status template_filters_apply(struct arena *arena, struct text filters, struct template_subject *subject,
                                   struct template_notes *notes) MUST_CHECK;

/* Computes an expression with exact decimals. STATUS_INVALID: *reason says why it cannot be computed. */
enum status template_expression(struct arena *arena, struct text expression, const struct json_value *context,
                                struct json_value *number, struct text *reason) MUST_CHECK;
/* Calls `found` for every variable of an expression. */
void template_expression_variables(struct text expression, void (*found)(void *userdata, struct text name),
                                   void *userdata);

#endif
