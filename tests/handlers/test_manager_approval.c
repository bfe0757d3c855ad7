#include "approval_trial.h"

APPROVAL_TESTS(manager_approval)
