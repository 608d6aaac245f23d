/* loader/summary.h - what a deployment is going to do, in the lines of one screen.
 */
#ifndef LOADER_SUMMARY_H
#define LOADER_SUMMARY_H

#include "loader/course.h"

/* Machine, package and its version, who vouches for it, system, option, values, what the guest is told;
 * for each disk where it goes and what is erased there.  The text is in the arena. */
enum err summary_make(const struct course *c, struct arena *a, const char **out,
                      struct error *e) MUST_CHECK;

#endif
