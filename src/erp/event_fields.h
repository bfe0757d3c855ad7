/* Fields of the event that started a run, as the context of an action has them. Pure; call only from the thread of the
   action call. */
#ifndef ERP_EVENT_FIELDS_H
#define ERP_EVENT_FIELDS_H

#include "action/action.h"

enum event_field {
    EVENT_FIELD_ABSENT,  /* the event has no such field, or the field has another type */
    EVENT_FIELD_INVALID, /* a text that is not a UUID, or a number that does not fit 64 bits */
    EVENT_FIELD_FOUND,
};

/* Reads a field that holds a UUID as text. *id is set only when the result is FOUND. */
enum event_field event_id(const struct action_call *call, const char *field, struct uuid *id) MUST_CHECK;
/* Says why an INVALID id is not a UUID: "invalid UUID length: 9". */
struct text event_id_fault(struct action_call *call, const char *field) MUST_CHECK;

/* Reads a field that holds a quantity: a number, truncated toward zero, or a text that is a decimal integer. *quantity
   is set only when the result is FOUND. */
enum event_field event_quantity(const struct action_call *call, const char *field, int64_t *quantity) MUST_CHECK;

/* The line of an order that an event describes. */
struct event_line_item {
    struct uuid product_id;
    int64_t quantity;     /* above 0 */
    struct text order_id; /* empty when absent */
};

/* Reads the line from the event. False: the event is not about the line of an order, and the action is refused. */
bool event_line_item(struct action_call *call, struct event_line_item *item) MUST_CHECK;

/* Returns whether the event lists the fields that changed, as events of updates do. */
bool event_has_changes(const struct action_call *call) MUST_CHECK;
/* The increase of a quantity by the event. When the event lists changes: the new value minus the old value, each
   truncated toward zero, or 0 when the field did not change. Otherwise: the value itself, as event_quantity reads it.
   An old or new value of null counts as 0; when either is anything else that is not a quantity, the increase is 0. */
enum event_field event_increase(const struct action_call *call, const char *field, int64_t *quantity) MUST_CHECK;

#endif
