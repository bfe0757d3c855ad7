#include "approval_trial.h"

APPROVAL_TESTS(manual_review)
