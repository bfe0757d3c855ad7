/* Shared by the checks of one rule. Only src/check includes this. */
#ifndef CHECK_CHECK_INTERNAL_H
#define CHECK_CHECK_INTERNAL_H

#include "check/scope.h"

/* The check of one rule. */
struct checker {
    struct scope *scope;
    struct check_faults *faults;
    struct arena *scratch; /* for the action that is checked, and for texts of messages */
    uint32_t action;
};

/* A text of a config, whose parts may have faults. */
struct checked_text {
    const struct check_path *path;
    struct text source;
    size_t offset, characters; /* a byte offset and the characters before it: where the next count can start */
};

/* Reports a part of a text; the column is that of its first character. */
#define CHECK_PART(checker_, text_, part_, severity_, code_, ...)                                                      \
    check_fault_add((checker_)->faults, (severity_), (code_), (text_)->path, checked_text_column((text_), (part_)),    \
                    __VA_ARGS__)
/* The character at which a part of the source begins, from 1. */
size_t checked_text_column(struct checked_text *text, struct text part);

/* "; did you mean 'name'?", or "" when there is no name (.data NULL). */
struct text check_advice(struct arena *arena, struct text name);
/* The text most similar to `name`; .data NULL: none is similar. */
struct text check_nearest(struct text name, const char *const *names, size_t count);

/* How a name is used, which decides how severe its absence is. */
enum check_use {
    CHECK_USE_TEMPLATE,
    CHECK_USE_DEFAULT,  /* a template with the filter `default` */
    CHECK_USE_FIELD,    /* the field of a condition: an absent field is null */
    CHECK_USE_EXISTENCE /* a condition that tests whether the field exists */
};
/* Reports why a name is absent or may be absent; column 0: the name is the whole value at the path. False: the name is
   never there. */
bool check_binding(struct checker *checker, const struct binding *binding, struct text name, enum check_use use,
                   const struct check_path *path, size_t column);

/* The shape of a value after filters such as "round:2 | currency"; reports filters that do not fit the value. `name` is
   the name of the value in messages. */
struct value_shape check_filters(struct checker *checker, struct checked_text *text, struct text filters,
                                 struct text name, struct value_shape shape);
/* Checks an expression such as "total * 2". False: it cannot be computed, which is reported. */
bool check_expression(struct checker *checker, struct checked_text *text, struct text expression);
/* Whether the handler fills in this name: a late name like "order_number", or a late name followed by '.' or ':' and
   more text, like "secret.TOKEN" and "secret:TOKEN". */
bool check_is_late_name(const struct field_type *field, struct text name);
/* Checks the templates of a text. *whole: the shape of the expanded text if it is one placeholder and nothing else;
   forms 0 for any other text. */
void check_template(struct checker *checker, const struct field_type *field, const struct check_path *path,
                    struct text source, struct value_shape *whole);
/* Checks an object that names a field of the context, and how its value is compared. */
void check_condition(struct checker *checker, const struct check_path *path, const struct json_value *condition,
                     const struct json_value *field, struct text key);
/* The forms that a field of this kind accepts from a template or from the context; 0: any. */
unsigned check_readable_forms(enum field_kind kind);
/* A phrase like "an integer", for a kind whose readable forms are not 0. */
const char *check_kind_name(enum field_kind kind);
/* The field with this key or alias; NULL if absent. */
const struct field_type *check_find_field(const struct field_type *fields, size_t count, struct text key);
/* Checks the names that the action reads from the context although its config does not name them. */
void check_needed_names(struct checker *checker, const struct check_path *path, const struct json_value *config);
/* Likewise for a text that holds a name that the handler fills in: "product_name". */
void check_late_need(struct checker *checker, struct checked_text *text, struct text late_name);
/* Checks the columns of a table that the config names, and their values. */
void check_columns(struct checker *checker, const struct check_path *path, const struct json_value *config);
/* Checks the config of the action; `path` is the position of the config. */
void check_config(struct checker *checker, const struct check_path *path, const struct json_value *config);
/* Checks the edges of all actions. */
void check_edges(const struct scope *scope, struct check_faults *faults, struct arena *scratch);

#endif
