/* A service of the kitchen, for tests. */
#ifndef FRIDGE_H
#define FRIDGE_H

#include "settings/settings.h"

struct fridge {
    int degrees;
};

enum status fridge_plug_in(const struct settings *settings, struct fridge **fridge, struct error *error) MUST_CHECK;
void fridge_unplug(struct fridge *fridge);

#endif
