/* Shared by the checks of one rule. Only src/check includes this. */
#ifndef CHECK_CHECK_INTERNAL_H
#define CHECK_CHECK_INTERNAL_H

#include "check/scope.h"

/* The check of one rule. */
struct checker {
    struct scope *scope;
    struct check_faults *faults;
    struct arena *scratch; /* of the action that is checked; texts of messages too */
    uint32_t action;
};

/* A text of a config, of which parts are at fault. */
struct checked_text {
    const struct check_path *path;
    struct text source;
    size_t offset, characters; /* how many characters lie in front of a byte, for the next part behind it */
};

/* Reports a part of a text: the column is where it begins. */
#define CHECK_PART(checker_, text_, part_, severity_, code_, ...)                                                      \
    check_fault_add((checker_)->faults, (severity_), (code_), (text_)->path, checked_text_column((text_), (part_)),    \
                    __VA_ARGS__)
/* The character at which a part of the source begins, from 1. */
size_t checked_text_column(struct checked_text *text, struct text part);

/* "; did you mean 'name'?", or "" where there is no such name. */
struct text check_advice(struct arena *arena, struct text name);
/* The nearest of these texts; .data NULL: none is near. */
struct text check_nearest(struct text name, const char *const *names, size_t count);

/* How severe it is that a name is not there. */
enum check_use {
    CHECK_USE_TEMPLATE,
    CHECK_USE_DEFAULT,  /* a template with the filter `default` */
    CHECK_USE_FIELD,    /* the field of a condition: what is absent is null */
    CHECK_USE_EXISTENCE /* a condition that asks whether it is there */
};
/* Reports what a name lacks; column 0: it is the whole value at the path. False: it is never there, and reported. */
bool check_binding(struct checker *checker, const struct binding *binding, struct text name, enum check_use use,
                   const struct check_path *path, size_t column);

/* What the filters "round:2 | currency" make of a value; reports those that do not fit it. `name` is what messages call
   the value. */
struct value_shape check_filters(struct checker *checker, struct checked_text *text, struct text filters,
                                 struct text name, struct value_shape shape);
/* Checks "total * 2". False: it cannot be computed, and that is reported. */
bool check_expression(struct checker *checker, struct checked_text *text, struct text expression);
/* Whether the handler fills in this name: "order_number", or what follows one and a mark, as in "secret.TOKEN" and
   "secret:TOKEN". */
bool check_is_late_name(const struct field_type *field, struct text name);
/* Checks the templates of a text. *whole: what the text becomes, where it is one placeholder and nothing else; forms 0
   for any other text. */
void check_template(struct checker *checker, const struct field_type *field, const struct check_path *path,
                    struct text source, struct value_shape *whole);
/* Checks an object that names a field of the context, and how its value is compared. */
void check_condition(struct checker *checker, const struct check_path *path, const struct json_value *condition,
                     const struct json_value *field, struct text key);
/* The forms that a value of this kind can be read from, where a template or the context gives it; 0: any. */
unsigned check_readable_forms(enum field_kind kind);
/* "an integer", of a kind whose forms are not 0. */
const char *check_kind_name(enum field_kind kind);
/* The field of that key, also by an alias; NULL if there is no such field. */
const struct field_type *check_find_field(const struct field_type *fields, size_t count, struct text key);
/* Checks what the action reads of the context although its config does not name it. */
void check_needed_names(struct checker *checker, const struct check_path *path, const struct json_value *config);
/* The same, where a text holds a name that the handler fills in: "product_name". */
void check_late_need(struct checker *checker, struct checked_text *text, struct text late_name);
/* Checks what the config names as columns of a table, and the values of these. */
void check_columns(struct checker *checker, const struct check_path *path, const struct json_value *config);
/* Checks the config of the action, whose pointer is the path. */
void check_config(struct checker *checker, const struct check_path *path, const struct json_value *config);
/* Checks the edges of all actions. */
void check_edges(const struct scope *scope, struct check_faults *faults, struct arena *scratch);

#endif
