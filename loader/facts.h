/* loader/facts.h - facts of the machine in the values of settings.
 *
 *     ${mac}      of the first network port    52:54:00:12:34:56
 *     ${uuid}     of the machine               4c4c4544-0036-...
 *     ${serial}   number of the machine
 *     ${asset}    tag of its enclosure
 *     ${product}  name of the machine, without its maker
 *     ${arch}     x64 or aa64, as UEFI names it: BOOTX64.EFI
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

/* The same for a URL, with the address of that network port, from 0.  What is put in stays one piece
 * of a path: all but letters, digits, '.', '-' and '_' becomes '_', in an address '-', and so does a
 * '.' in front. */
enum err facts_fill_url(const struct machine *m, const char *url, size_t port, struct arena *a,
                        const char **out, struct error *e) MUST_CHECK;

/* "x64" or "aa64". */
const char *facts_arch(enum guest_arch arch);

/* Whether ${mac} is put in. */
bool facts_use_mac(const char *value);

/* What stands for a character of a fact in the name of a file. */
char facts_letter(char c, bool is_mac);

#endif
