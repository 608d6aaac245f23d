/* loader/facts.h - facts of the machine in the values of settings.
 *
 *     ${mac}      of the first network port    52:54:00:12:34:56
 *     ${uuid}     of the machine               4c4c4544-0036-...
 *     ${serial}   number of the machine
 *     ${asset}    tag of its enclosure
 *     ${product}  name of the machine, without its maker
 *
 * "$${mac}" stands for the text "${mac}"; everything else with a '$' is left as it is.
 *
 * Spec: docs/guide.md; ours.
 */
#ifndef LOADER_FACTS_H
#define LOADER_FACTS_H

#include "loader/machine.h"

/* ERR_SETTING when the machine does not tell a fact that is used; ERR_TOO_BIG over
 * FACTS_VALUE_MAX.  *out is value itself where there is nothing to put in. */
#define FACTS_VALUE_MAX 65536 /* bytes; docs/limits.md */
enum err facts_fill(const struct machine *m, const char *value, struct arena *a, const char **out,
                    struct error *e) MUST_CHECK;

#endif
