/* A run as its history shows it so far, to be drawn or listed. Single-threaded. */
#ifndef RUNS_RUN_PICTURE_H
#define RUNS_RUN_PICTURE_H

#include "picture/picture.h"

/* Zero before run_picture_open. */
struct run_picture {
    struct arena *arena;        /* the caller's; must outlive this, as must the events */
    struct run *run;            /* NULL when closed */
    struct json_value document; /* the input of the run; null when unknown */
    struct picture_run shown;
};

/* False: the system has no memory. */
bool run_picture_open(struct run_picture *picture, struct arena *arena) MUST_CHECK;
/* Adds the next events of the history. STATUS_INVALID: this history is impossible; error.where is the event id.
   STATUS_BUDGET: out of memory. */
enum status run_picture_add(struct run_picture *picture, const struct event *events, size_t count,
                            struct error *error) MUST_CHECK;
/* All of a history. */
enum status run_picture_read(struct run_picture *picture, struct arena *arena, const struct event *events, size_t count,
                             struct error *error) MUST_CHECK;
/* Whether there is a graph to draw. Without one the input is invalid, and the run's failure says why. */
bool run_picture_has_graph(const struct run_picture *picture);
/* The picture of the graph, by default that of the run, into the arena given, which it borrows as picture_make does.
   Needs a graph. */
enum status run_picture_draw(const struct run_picture *picture, const struct graph *graph, struct arena *arena,
                             struct picture *drawn, struct error *error) MUST_CHECK;
void run_picture_close(struct run_picture *picture);

#endif
