/* disks/partition_add.h - one partition more in the guest's own table, at the end of the target.
 *
 * Works on the head of the guest disk that disks/writer.c holds back, as disks/gpt_move.c does,
 * and writes nothing: what changes elsewhere, the links of logical partitions, comes back as
 * sectors.  Nothing of the guest's is moved or made smaller; where the partition would meet
 * anything of the guest's, or its table is not understood in full, it is refused.
 *
 * GPT: the first unused entry, and both copies moved to the target's size.  MBR: the first unused
 * primary entry, else a logical partition behind the last one.
 *
 * Spec: UEFI 2.10, "GUID Partition Table (GPT) Disk Layout" and "Legacy Master Boot Record".
 */
#ifndef DISKS_PARTITION_ADD_H
#define DISKS_PARTITION_ADD_H

#include "base/arena.h"
#include "base/source.h"
#include "disks/gpt_move.h"

#define PARTITION_ALIGNMENT  (1u << 20) /* bytes: where there is room; */
#define PARTITION_ALIGNED    (4u << 10) /* at least that */
#define PARTITION_HEAD       (256u << 10) /* bytes of the guest disk that are looked at: WRITER_HELD */
#define PARTITION_SECTOR_MAX 4096         /* bytes */

struct partition_new {
    uint64_t size;    /* bytes, whole sectors */
    const char *name; /* ASCII, for a GPT: "cidata" */
    uint8_t guid[16]; /* as on disk, for a GPT; unique */
    uint8_t mbr_type; /* for an MBR: 0x01 FAT12, 0x0e FAT16 */
};

struct partition_patch {
    uint64_t lba;
    uint8_t sector[PARTITION_SECTOR_MAX]; /* a whole one of the target */
};

struct partition_added {
    uint64_t first;   /* LBA */
    uint64_t sectors; /* how many */
    uint32_t number;  /* from 1, as Linux counts: logical ones from 5 */
    bool is_logical;
    enum gpt_move_result gpt;          /* GPT_MOVED or GPT_NONE */
    struct partition_patch patches[2]; /* outside the head or in it, never in sector 0 or 1 */
    size_t patch_count;
};

/* Change the head.  guest gives the sectors of the guest disk, for logical partitions: anything
 * that is read is whole sectors.  disk->anew must be set.
 *
 * ERR_NO_ROOM when there is no room or no unused entry, ERR_UNSUPPORTED when there is no table, or
 * one of a kind that is left alone, ERR_DAMAGED when the table is.  The head then holds what
 * gpt_move() makes of it, or what it held before. */
enum err partition_add(struct gpt_disk *disk, struct source *guest,
                       const struct partition_new *what, struct partition_added *out,
                       struct error *e) MUST_CHECK;

/* Whether it will work, and where the partition will be, from a guest disk that can be read at any
 * offset, before anything is written. */
enum err partition_plan(struct source *guest, uint32_t sector_size, uint64_t new_sectors,
                        const struct partition_new *what, struct arena scratch,
                        struct partition_added *out, struct error *e) MUST_CHECK;

/* Sectors of a target that has room for a guest disk and a partition behind it, whatever the table:
 * for a RAM disk, which is made to measure. */
uint64_t partition_target_sectors(uint64_t guest_size, uint64_t partition_size,
                                  uint32_t sector_size);

#endif
