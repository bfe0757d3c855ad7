/* The static type of a value: the forms that it can take, and what is known about its content. Pure; any thread. */
#ifndef CHECK_VALUE_SHAPE_H
#define CHECK_VALUE_SHAPE_H

#include "action/registry.h"
#include "base/json.h"
#include "check/run_conditions.h"

/* The forms that a value can take. */
enum shape {
    SHAPE_ABSENT = 1 << 0, /* it may be absent */
    SHAPE_NULL = 1 << 1,
    SHAPE_EMPTY = 1 << 2, /* the empty text */
    SHAPE_BOOLEAN = 1 << 3,
    SHAPE_NUMBER = 1 << 4,
    SHAPE_DECIMAL = 1 << 5, /* a text that is a number */
    SHAPE_DATE = 1 << 6,    /* a text that formatDate reads */
    SHAPE_WORDS = 1 << 7,   /* any other text */
    SHAPE_LIST = 1 << 8,
    SHAPE_OBJECT = 1 << 9,
    SHAPE_OPEN = 1 << 10, /* nothing is known, so nothing is reported; never combined with other forms */
};
#define SHAPE_TEXT    (SHAPE_EMPTY | SHAPE_DECIMAL | SHAPE_DATE | SHAPE_WORDS)
#define SHAPE_NUMERIC (SHAPE_NUMBER | SHAPE_DECIMAL)
#define SHAPE_NOTHING (SHAPE_ABSENT | SHAPE_NULL | SHAPE_EMPTY) /* the forms that `default` replaces */
#define SHAPE_ANY     (SHAPE_NULL | SHAPE_BOOLEAN | SHAPE_NUMBER | SHAPE_TEXT | SHAPE_LIST | SHAPE_OBJECT)

/* The columns of a row in a result, as the config of the action lists them. */
struct row_type {
    const char *name;       /* the field of the result */
    struct field_type type; /* an object of these columns */
};

struct value_shape {
    unsigned forms; /* bit set of enum shape */
    enum { INSIDE_UNKNOWN, INSIDE_VALUE, INSIDE_FIELD, INSIDE_RESULT } inside;
    union {
        const struct json_value *value; /* exactly this value */
        const struct field_type *field; /* as the spec declares it */
        struct {
            const struct action_type *type;
            struct text key;             /* the value of the config field that key_from names */
            enum run_outcome outcome;    /* how the action has ended */
            const struct row_type *rows; /* the columns of its rows; NULL: not known */
        } result;                        /* the result of an action, with `output` */
    };
    bool sensitive;             /* its value is not shown to people */
    const char *const *choices; /* the possible texts; NULL: any */
    size_t choice_count;
};

struct value_shape shape_plain(unsigned forms);
struct value_shape shape_of_value(const struct json_value *value);
/* The shape of a field or element; includes SHAPE_ABSENT if it is optional. */
struct value_shape shape_of_field(const struct field_type *field);
/* The shape of a column of a table; includes SHAPE_NULL if it is optional. */
struct value_shape shape_of_column(const struct field_type *column);
struct value_shape shape_of_result(const struct action_type *type, struct text key, enum run_outcome outcome,
                                   const struct row_type *rows);
/* Whether the object is the result of an action that may have failed, and has this member only if it has not failed. */
bool shape_lacks_by_failure(const struct value_shape *object, struct text key);
/* The shape of a value that has either of the two shapes. */
struct value_shape shape_join(struct value_shape a, struct value_shape b);
/* The first or last item of a list. */
struct value_shape shape_item(const struct value_shape *list);
/* The member of an object; only SHAPE_ABSENT: there is no such member. */
struct value_shape shape_member(const struct value_shape *object, struct text key);
/* The item of a list at an index; only SHAPE_ABSENT if the item is absent. */
struct value_shape shape_item_at(const struct value_shape *list, size_t index);
/* The name of a known member, by index, for suggestions; TEXT_NONE past the last one, or past the arena's cap. */
struct text shape_member_name(const struct value_shape *object, size_t index, struct arena *arena);
/* A phrase like "a number" or "text or null", for messages. */
struct text shape_describe(struct arena *arena, unsigned forms);

#endif
