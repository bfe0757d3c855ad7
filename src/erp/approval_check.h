/* Whether as many people can approve as a config wants, and what it says of reminders and escalation. */
#ifndef ERP_APPROVAL_CHECK_H
#define ERP_APPROVAL_CHECK_H

#include "action/decode.h"
#include "erp/approval.h"

/* Reports every fault to the decoder. */
void approval_check(struct decoder *decoder, const struct approval_ask *ask);

#endif
