/* The effects of actions that create orders and tasks. */
#include <criterion/criterion.h>

#include "effects_once.h"

const struct effect_group effects_orders = {0};

EFFECT_TESTS(effects_orders)
