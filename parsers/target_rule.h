/* parsers/target_rule.h - a rule that says which disk: "nvme, size>=256GB, smallest".
 *
 *     rule = part { separator part }       separator = blanks, or a comma with or without blanks
 *     part = nvme | sata | usb | virtio | scsi | sd | disk | ram | boot-disk
 *          | smallest | largest | only | size>=SIZE | size<=SIZE
 *          | serial:TEXT | model:TEXT | wwn:HEX | path:TEXT
 *
 * A disk must fit every part.  A TEXT may hold blanks and commas: it goes up to the next comma behind
 * which another part begins, or to the end; in quotes, " or ', it holds anything but those.  Words
 * are known without regard to case.
 *
 * Pure: bytes in, struct out; the views are into the text.
 *
 * Spec: docs/guide.md; ours.
 */
#ifndef PARSERS_TARGET_RULE_H
#define PARSERS_TARGET_RULE_H

#include "base/bytes.h"
#include "base/error.h"

#define TARGET_PARTS_MAX 8  /* docs/limits.md */
#define TARGET_WWN_MAX   33 /* bytes with the NUL: an NGUID has 32 digits */

enum target_part_kind {
    TARGET_BUS,
    TARGET_SERIAL,
    TARGET_MODEL,
    TARGET_WWN,
    TARGET_PATH,
    TARGET_SIZE_MIN,
    TARGET_SIZE_MAX,
    TARGET_SMALLEST,
    TARGET_LARGEST,
    TARGET_ONLY,
    TARGET_BOOT_DISK,
    TARGET_RAM,
};

struct target_part {
    enum target_part_kind kind;
    struct bytes text;        /* the bus, or TEXT; never empty */
    char wwn[TARGET_WWN_MAX]; /* 16 or 32 hexadecimal digits, lower case */
    uint64_t size;            /* bytes */
};

struct target_rule {
    struct target_part parts[TARGET_PARTS_MAX];
    size_t count; /* at least 1 */
};

/* ERR_SETTING for what is no rule: also for both smallest and largest, and for ram with anything
 * else. */
enum err target_rule_parse(struct bytes text, struct target_rule *out, struct error *e) MUST_CHECK;

/* Whether it has a part of that kind. */
bool target_rule_has(const struct target_rule *rule, enum target_part_kind kind);

#endif
