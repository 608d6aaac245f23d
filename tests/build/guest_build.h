/* tests/build/guest_build.h - what a guest is told by a descriptor that is written in a test. */
#ifndef TESTS_BUILD_GUEST_BUILD_H
#define TESTS_BUILD_GUEST_BUILD_H

#include "loader/plan.h"

/* Set a property of the next plan.  name and value are borrowed. */
void guest_build_set(const char *name, const char *value);

/* A plan for the system of that id, NULL for the first machine, of an envelope with these insides, its
 * values settled.  Valid until the next call, which knows nothing of what was set. */
enum err guest_build(const char *inside, const char *system, struct plan **out, struct error *e);

#endif
