/* loader/targets.h - which disk a rule means.
 *
 * Rules: "nvme", "sata", "usb", "virtio", "scsi" (the only disk on that bus), "serial:TEXT" (the
 * disk with that serial number), "path:TEXT" (the disk whose UEFI device path begins so).  "ram"
 * is not a disk yet and is not looked for here.  A rule must fit exactly one disk that may be
 * written: none, or more than one, is an error that lists the candidates.
 */
#ifndef LOADER_TARGETS_H
#define LOADER_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "loader/port.h"

bool target_is_ram(const char *rule);

/* ERR_SETTING for a rule that is none, or fits several; ERR_NOT_FOUND when nothing fits. */
enum err target_choose(const char *rule, const struct found_disk *disks, size_t count, size_t *out,
                       struct error *e) MUST_CHECK;

/* "NVMe disk QEMU NVMe Ctrl, serial ovfboot-disk0, 512.1 MB", for one line. */
#define TARGET_TEXT_MAX 160 /* bytes with the NUL */
const char *target_text(const struct found_disk *disk, char out[TARGET_TEXT_MAX]);

/* What is on it, for people: "empty", "GPT with 3 partitions (EFI system, Windows, ...)". */
const char *target_contents(const struct found_disk *disk, struct arena scratch,
                            char out[TARGET_TEXT_MAX]);

#endif
