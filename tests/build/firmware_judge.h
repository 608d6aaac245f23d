/* tests/build/firmware_judge.h - what firmware sees on a disk: partition tables by EDK2's rules, written without a line of
 * our own code for them, for this is what that code is judged by.
 *
 * Rules: MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c and Mbr.c.  A GPT counts when one of the four entries of LBA 0 has
 * type 0xee and begins at LBA 1; the signature 55 AA is not asked for.  A header is valid when its signature, its CRC, its
 * own LBA and the CRC of its entries are right.  The primary one, in LBA 1, comes first; its copy is looked for where it
 * says, and written anew from the primary when it is not valid there.  Without a valid primary, the copy in the disk's last
 * LBA is taken, and the primary written anew from it: so a copy that was left behind comes back.  Else LBA 0 may be
 * an MBR: 55 AA, at least one partition, none past the end of the disk, no two that overlap.
 *
 * Linux (block/partitions/efi.c) wants 55 AA too, and looks at the last LBA only when it was started with "gpt".
 */
#ifndef TESTS_BUILD_FIRMWARE_JUDGE_H
#define TESTS_BUILD_FIRMWARE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct firmware_disk {
    const uint8_t *(*sector)(void *context, uint64_t lba);
    void *context;
    uint64_t sectors;
    uint32_t sector_size;
};

enum firmware_table {
    FIRMWARE_NOTHING,
    FIRMWARE_GPT,
    FIRMWARE_MBR,
};

struct firmware_view {
    enum firmware_table table;
    bool restores; /* it would write one copy of a GPT anew from the other */
    bool
        disagree; /* whatever LBA 0 says: LBA 1 and the last LBA hold valid GPTs that are not copies of each other */
};

struct firmware_view firmware_look(const struct firmware_disk *disk);

#endif
