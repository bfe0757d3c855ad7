/* Tables and columns of the ERP that rules may change only through the actions made for them, or not at all. Actions
   that write the table and column that their config names check here first. */
#ifndef ERP_PROTECTED_COLUMNS_H
#define ERP_PROTECTED_COLUMNS_H

#include "action/decode.h"

/* One protected column. The array is sorted by table and column. */
struct protected_column {
    const char *table;  /* "schema.table" */
    const char *column; /* NULL: all columns of the table */
    const char *action; /* the action that writes it instead; NULL: no action of a rule may write it */
};
extern const struct protected_column protected_columns[];
extern const size_t protected_column_count;

/* Turns the protection of the whole process on or off; it is on by default. Call before the process starts its
   threads. */
void protected_columns_enforce(bool enforce);

/* Returns NULL when rules may write the column, or when the protection is off. Any thread. */
const struct protected_column *protected_column_find(struct text table, struct text column) MUST_CHECK;

/* For the check of a generic action: when the column is protected, adds a fault at the JSON pointer and returns
   false. */
bool protected_column_check(struct decoder *decoder, const char *pointer, struct text table, struct text column);

/* Returns whether rules may neither read nor compare the column, whatever its table is and even when the protection is
   off. */
bool secret_column(struct text column);

#endif
