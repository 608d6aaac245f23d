/* host/settings.h - "ovfboot settings": every setting that there is. */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include "base/arena.h"

/* One line each: its name, its values, and the one that holds without it, where there is one. */
enum err settings_print(struct arena scratch, struct error *e) MUST_CHECK;

#endif
