/* loader/gather.h - where settings are on this machine, in rising rank; loader/conf.c fetches others:
 *
 *     ovfboot.conf         beside the loader
 *     machines/ID.conf     beside the loader; ID is the machine's UUID, its serial number or the
 *                          address of a network port with '-' between its bytes; the first of those
 *                          that is there
 *     what is fetched from the network
 *     SMBIOS               OEM strings "ovfboot:key=value" of the firmware's tables
 *     fw_cfg               QEMU's file opt/ovfboot/conf, lines as in ovfboot.conf
 *     load options
 *
 * In an ID, what is neither letter, digit, '.', '-' nor '_' is written as '_'.
 */
#ifndef LOADER_GATHER_H
#define LOADER_GATHER_H

#include "loader/config.h"

#define GATHER_FILES    2
#define GATHER_PLACES   3
#define GATHER_FILE_MAX (64u << 10) /* bytes of one place; docs/limits.md */

/* The files beside the loader, and the other places, where there is something.  Everything lies in
 * the arena. */
enum err gather_files(const struct machine *m, struct arena *a,
                      struct config_source out[GATHER_FILES], size_t *count,
                      struct error *e) MUST_CHECK;
enum err gather_places(const struct machine *m, struct arena *a,
                       struct config_source out[GATHER_PLACES], size_t *count,
                       struct error *e) MUST_CHECK;

/* The next name, from *n = 0, under which this machine may have a file: "machines/ID.conf".  False:
 * there is no other. */
#define GATHER_NAME_MAX 200 /* bytes */
bool gather_machine_file(const struct machine *m, size_t *n, char out[GATHER_NAME_MAX]);

#endif
