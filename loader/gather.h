/* loader/gather.h - where settings come from, in rising rank:
 *
 *     ovfboot.conf         beside the loader
 *     machines/ID.conf     beside the loader; ID is the machine's UUID, its serial number or the
 *                          address of a network port with '-' between its bytes; the first of those
 *                          that is there
 *     SMBIOS               OEM strings "ovfboot:key=value" of the firmware's tables
 *     fw_cfg               QEMU's file opt/ovfboot/conf, lines as in ovfboot.conf
 *     load options
 *
 * In an ID, what is neither letter, digit, '.', '-' nor '_' is written as '_'.
 */
#ifndef LOADER_GATHER_H
#define LOADER_GATHER_H

#include "loader/config.h"

#define GATHER_MAX      5           /* places */
#define GATHER_FILE_MAX (64u << 10) /* bytes of one place; docs/limits.md */

/* The places where there is something.  Everything lies in the arena. */
enum err gather_settings(const struct machine *m, struct arena *a,
                         struct config_source out[GATHER_MAX], size_t *count,
                         struct error *e) MUST_CHECK;

#endif
