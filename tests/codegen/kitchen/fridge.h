/* A service of the kitchen, for tests. */
#ifndef FRIDGE_H
#define FRIDGE_H

struct fridge {
    int degrees;
};

#endif
