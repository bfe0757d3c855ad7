/* The static type of a value: which forms it can take, and what is known of what is in it. Pure; any thread. */
#ifndef CHECK_VALUE_SHAPE_H
#define CHECK_VALUE_SHAPE_H

#include "action/registry.h"
#include "base/json.h"
#include "check/run_conditions.h"

/* The forms that a value can take. */
enum shape {
    SHAPE_ABSENT = 1 << 0, /* it may not be there */
    SHAPE_NULL = 1 << 1,
    SHAPE_EMPTY = 1 << 2, /* the empty text */
    SHAPE_BOOLEAN = 1 << 3,
    SHAPE_NUMBER = 1 << 4,
    SHAPE_DECIMAL = 1 << 5, /* a text that is a number */
    SHAPE_DATE = 1 << 6,    /* a text that formatDate reads */
    SHAPE_WORDS = 1 << 7,   /* any other text */
    SHAPE_LIST = 1 << 8,
    SHAPE_OBJECT = 1 << 9,
    SHAPE_OPEN = 1 << 10, /* nothing is known, and nothing is to be said about it; alone */
};
#define SHAPE_TEXT    (SHAPE_EMPTY | SHAPE_DECIMAL | SHAPE_DATE | SHAPE_WORDS)
#define SHAPE_NUMERIC (SHAPE_NUMBER | SHAPE_DECIMAL)
#define SHAPE_NOTHING (SHAPE_ABSENT | SHAPE_NULL | SHAPE_EMPTY) /* what `default` replaces */
#define SHAPE_ANY     (SHAPE_NULL | SHAPE_BOOLEAN | SHAPE_NUMBER | SHAPE_TEXT | SHAPE_LIST | SHAPE_OBJECT)

/* The columns that a row in a result has, as the config of its action lists them. */
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
            struct text key;             /* what the config says for key_from */
            enum run_outcome outcome;    /* how the action has ended */
            const struct row_type *rows; /* of its rows; NULL: not known */
        } result;                        /* of an action, with `output` */
    };
    bool sensitive;             /* people are not shown it */
    const char *const *choices; /* the texts that it can be; NULL: any */
    size_t choice_count;
};

struct value_shape shape_plain(unsigned forms);
struct value_shape shape_of_value(const struct json_value *value);
/* Of a field or element; with SHAPE_ABSENT where it is optional. */
struct value_shape shape_of_field(const struct field_type *field);
/* Of the column of a table: optional means that it may be null. */
struct value_shape shape_of_column(const struct field_type *column);
struct value_shape shape_of_result(const struct action_type *type, struct text key, enum run_outcome outcome,
                                   const struct row_type *rows);
/* Whether it is the result of an action that may have failed, and only one that did not has this member. */
bool shape_lacks_by_failure(const struct value_shape *object, struct text key);
/* Either of the two. */
struct value_shape shape_join(struct value_shape a, struct value_shape b);
/* The first or last item of a list. */
struct value_shape shape_item(const struct value_shape *list);
/* The member of an object; SHAPE_ABSENT alone: there is no such member. */
struct value_shape shape_member(const struct value_shape *object, struct text key);
/* The item of a list at an index; SHAPE_ABSENT alone: there is none. */
struct value_shape shape_item_at(const struct value_shape *list, size_t index);
/* The names of its members, for suggestions; TEXT_NONE past the last one that is known, or past the arena's cap. */
struct text shape_member_name(const struct value_shape *object, size_t index, struct arena *arena);
/* "a number", "text or null", for messages. */
struct text shape_describe(struct arena *arena, unsigned forms);

#endif
