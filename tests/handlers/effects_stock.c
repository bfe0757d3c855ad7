/* The effects of actions that move stock. */
#include <criterion/criterion.h>

#include "effects_once.h"

const struct effect_group effects_stock = {0};

EFFECT_TESTS(effects_stock)
