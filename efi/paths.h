/* efi/paths.h - device paths: what they say, and which belongs to which.
 *
 * Spec: UEFI 2.10, "Device Path Protocol", "Device Path Nodes".
 */
#ifndef EFI_PATHS_H
#define EFI_PATHS_H

#include "efi/firmware.h"

/* The next node; NULL at the end. */
const EFI_DEVICE_PATH *path_next(const EFI_DEVICE_PATH *node);

/* Bytes of the nodes, without the end node. */
size_t path_size(const EFI_DEVICE_PATH *path);

/* True when path begins with all the nodes of front: what it names lies on front, or is it. */
bool path_is_below(const EFI_DEVICE_PATH *path, const EFI_DEVICE_PATH *front);

/* The last node of that type and subtype, or NULL. */
const EFI_DEVICE_PATH *path_find(const EFI_DEVICE_PATH *path, uint8_t type, uint8_t subtype);

/* The path as text, "PciRoot(0x0)/Pci(0x5,0x0)", in the arena. */
enum err path_text(const EFI_DEVICE_PATH *path, struct arena *a, const char **out,
                   struct error *e) MUST_CHECK;

/* path with a file's name behind it, as LoadImage() wants it, in the arena. */
enum err path_with_file(const EFI_DEVICE_PATH *path, const char *file, struct arena *a,
                        EFI_DEVICE_PATH **out, struct error *e) MUST_CHECK;

#endif
