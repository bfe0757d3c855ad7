/* Checks how many people a config asks and how many of them must approve, and its reminders and escalation. */
#ifndef ERP_APPROVAL_CHECK_H
#define ERP_APPROVAL_CHECK_H

#include "action/decode.h"
#include "erp/approval.h"

/* Reports every fault to the decoder. */
void approval_check(struct decoder *decoder, const struct approval_ask *ask);

#endif
