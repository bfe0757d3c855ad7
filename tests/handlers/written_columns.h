/* Notes the columns that are written, by triggers, and compares them with what an action says that it modifies. */
#ifndef TEST_WRITTEN_COLUMNS_H
#define TEST_WRITTEN_COLUMNS_H

#include "trial.h"

/* Puts a trigger on every table that there is, but for the ledger and the outbox. */
void written_note(void);
void written_stop(void);
void written_forget(void);
/* Asserts that the action says of every column that was written since that it writes it. Not for actions that write
   what their config names. */
void written_expect(struct trial *trial, const char *action);

#endif
