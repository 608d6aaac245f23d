/* loader/memory.h - how much memory a run takes, all of it at the start; docs/limits.md. */
#ifndef LOADER_MEMORY_H
#define LOADER_MEMORY_H

#include "base/arena.h"

/* Bytes.  The first holds index, manifest, descriptor, plan, what the guest is told, the web client; the second
 * is scratch.  A deployment has what is left of both. */
#define MEMORY_PACKAGE (36u << 20)
#define MEMORY_WORK    (16u << 20)
#define MEMORY_LIBRARY (10u << 20) /* bytes; the heap of the libraries, in firmware */

struct memory {
    struct arena package;
    struct arena work; /* begins where the package's memory ends */
};

/* MEMORY_PACKAGE + MEMORY_WORK bytes, aligned to pages. */
void memory_init(struct memory *m, void *at);

/* All that is free, as one: nothing is taken from the others while it is in use. */
struct arena memory_rest(const struct memory *m);

#endif
