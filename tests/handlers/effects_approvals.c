/* The effects of actions that approve, reject, claim and execute. */
#include <criterion/criterion.h>

#include "effects_once.h"

const struct effect_group effects_approvals = {0};

EFFECT_TESTS(effects_approvals)
