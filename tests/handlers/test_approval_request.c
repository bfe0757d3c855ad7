#include "approval_trial.h"

APPROVAL_TESTS(approval_request)
