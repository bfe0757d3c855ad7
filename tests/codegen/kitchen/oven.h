/* A service of the kitchen, for tests. */
#ifndef OVEN_H
#define OVEN_H

struct oven {
    int degrees;
};

#endif
