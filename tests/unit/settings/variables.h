/* The environment of a test. */
#ifndef SETTINGS_VARIABLES_H
#define SETTINGS_VARIABLES_H

#include <string.h>

static const char *variables[64][2];
static size_t variable_count;

static void set(const char *name, const char *value)
{
    variables[variable_count][0] = name;
    variables[variable_count++][1] = value;
}

/* The newest setting counts. */
static const char *lookup(const char *name)
{
    for (size_t i = variable_count; i > 0; i--) {
        if (strcmp(variables[i - 1][0], name) == 0)
            return variables[i - 1][1];
    }
    return NULL;
}

#endif
