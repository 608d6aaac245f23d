/* loader/targets.h - which disk a rule means (parsers/target_rule.h), and which are never written.
 *
 * A rule must fit exactly one disk that may be written: none, or more than one, is an error that
 * lists the candidates.  "smallest" and "largest" choose among those that fit the rest of the rule;
 * two of the same size are two.  "ram" is no disk yet and is not looked for here.
 */
#ifndef LOADER_TARGETS_H
#define LOADER_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "loader/config.h"
#include "loader/port.h"

bool target_is_ram(const char *rule);

/* Note at each disk which setting protects it: those are then never chosen. */
enum err targets_protect(const struct config *config, struct found_disk *disks, size_t count,
                         struct arena *a, struct error *e) MUST_CHECK;

/* Not the medium that ovfboot started from, not protected, not another disk's target. */
bool target_may_be_written(const struct found_disk *disk);

/* key is the setting's name, for messages: "target.2".  ERR_SETTING for a rule that is none, or fits
 * several; ERR_NOT_FOUND when nothing fits. */
enum err target_choose(const char *key, const char *rule, const struct found_disk *disks,
                       size_t count, size_t *out, struct error *e) MUST_CHECK;

/* "target" for the first disk of the appliance, "target.2" for its second. */
#define TARGET_KEY_MAX 16 /* bytes with the NUL */
const char *target_key(size_t index, char out[TARGET_KEY_MAX]);

/* "NVMe disk QEMU NVMe Ctrl, serial ovfboot-disk0, 512.1 MB", for one line. */
#define TARGET_TEXT_MAX 160 /* bytes with the NUL */
const char *target_text(const struct found_disk *disk, char out[TARGET_TEXT_MAX]);

#endif
