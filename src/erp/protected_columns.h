/* Tables and columns of the ERP that change only through actions made for them, or never by a rule. Actions that write
   whatever their config names ask here first. */
#ifndef ERP_PROTECTED_COLUMNS_H
#define ERP_PROTECTED_COLUMNS_H

#include "action/decode.h"

/* One protected column. Sorted by table and column; the columns of a table stand together. */
struct protected_column {
    const char *table;  /* "schema.table" */
    const char *column; /* NULL: every column of the table */
    const char *action; /* what writes it instead; NULL: nothing that a rule may use */
};
extern const struct protected_column protected_columns[];
extern const size_t protected_column_count;

/* Whether they are protected: true unless set otherwise. Of the whole process; set before its threads start. */
void protected_columns_enforce(bool enforce);

/* NULL when rules may write the column, or when protection is off. Any thread. */
const struct protected_column *protected_column_find(struct text table, struct text column) MUST_CHECK;

/* For the check of a generic action: adds a fault at the pointer when the column is protected. False when it is. */
bool protected_column_check(struct decoder *decoder, const char *pointer, struct text table, struct text column);

/* Whether it is a column that no rule may read or compare either, whatever the table and the setting. */
bool secret_column(struct text column);

#endif
