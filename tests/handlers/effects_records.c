/* The effects of actions that write any table. */
#include <criterion/criterion.h>

#include "effects_once.h"

const struct effect_group effects_records = {0};

EFFECT_TESTS(effects_records)
