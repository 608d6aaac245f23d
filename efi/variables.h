/* efi/variables.h - the firmware's variables, by name and by whose they are.
 *
 * Spec: UEFI 2.10, "Variable Services", "Globally Defined Variables".
 */
#ifndef EFI_VARIABLES_H
#define EFI_VARIABLES_H

#include "base/arena.h"
#include "efi/firmware.h"

#define VARIABLE_MAX (64u << 10) /* bytes that are read of one; docs/limits.md */

extern const EFI_GUID guid_global; /* the vendor of Boot####, BootOrder, SecureBoot */

/* The value, in the arena; no bytes when there is no such variable.  ERR_TOO_BIG over limit bytes. */
enum err variable_read(const char *name, const EFI_GUID *vendor, size_t limit, struct arena *a,
                       struct bytes *out, struct error *e) MUST_CHECK;

/* Set it with these attributes; no bytes delete it.  ERR_NO_ROOM: the firmware's store is full. */
enum err variable_write(const char *name, const EFI_GUID *vendor, uint32_t attributes,
                        struct bytes value, struct error *e) MUST_CHECK;

#endif
