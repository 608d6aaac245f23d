/* loader/loader.h - the whole program, in order: settings, package, plan, target, deploy, boot. */
#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include "loader/config.h"
#include "loader/memory.h"

struct loader {
    struct memory memory; /* set up by the platform */
    struct config config; /* valid after loader_run(), whatever it returned */
};

/* Returns OK when everything was done and the settings say not to start the guest; else the
 * failure.  When the guest starts, this does not return. */
enum err loader_run(struct loader *l, struct error *e) MUST_CHECK;

#endif
