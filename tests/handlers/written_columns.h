/* Records written columns with triggers, and compares them with the columns in `modifies` of an action. */
#ifndef TEST_WRITTEN_COLUMNS_H
#define TEST_WRITTEN_COLUMNS_H

#include "trial.h"

/* Puts a trigger on every existing table except the ledger and the outbox. */
void written_note(void);
void written_stop(void);
void written_forget(void);
/* Asserts that the action lists every column that was written since then. Not for actions that write the columns that
   their config names. */
void written_expect(struct trial *trial, const char *action);

#endif
