/* What an action reads from the event that started its run: fields of the trigger, as the context has them. Pure; the
   thread of the call. */
#ifndef ERP_EVENT_FIELDS_H
#define ERP_EVENT_FIELDS_H

#include "action/action.h"

enum event_field {
    EVENT_FIELD_ABSENT,  /* the event has no such field, or one of another type */
    EVENT_FIELD_INVALID, /* a text that is not a UUID; a number beyond 64 bits */
    EVENT_FIELD_FOUND,
};

/* A field that is the text of a UUID. *id is set only on FOUND. */
enum event_field event_id(const struct action_call *call, const char *field, struct uuid *id) MUST_CHECK;
/* Why an INVALID id is not one: "invalid UUID length: 9". */
struct text event_id_fault(struct action_call *call, const char *field) MUST_CHECK;

/* A field that counts something: a number, cut toward zero, or a text that is a whole decimal number. *quantity is set
   only on FOUND. */
enum event_field event_quantity(const struct action_call *call, const char *field, int64_t *quantity) MUST_CHECK;

/* A line of an order, as the event of one has it. */
struct event_line_item {
    struct uuid product_id;
    int64_t quantity;     /* above 0 */
    struct text order_id; /* empty when absent */
};

/* False: the event is not of such a line, and the action is refused. */
bool event_line_item(struct action_call *call, struct event_line_item *item) MUST_CHECK;

/* Whether the event lists the fields that changed, as those of updates do. */
bool event_has_changes(const struct action_call *call) MUST_CHECK;
/* What an event adds to a quantity: the new value minus the old one, each cut toward zero, where the event lists
   changes, and 0 where the field is not among them; without changes the value itself, as event_quantity reads it. An
   old or new value of null is 0; with any other that is no quantity the increase is 0. */
enum event_field event_increase(const struct action_call *call, const char *field, int64_t *quantity) MUST_CHECK;

#endif
