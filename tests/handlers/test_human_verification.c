#include "approval_trial.h"

APPROVAL_TESTS(human_verification)
