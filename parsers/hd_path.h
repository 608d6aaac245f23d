/* parsers/hd_path.h - the device path of a file on a partition, wherever its disk is plugged in:
 * HD()/File(), which firmware completes by looking for the partition.
 *
 * Pure: bytes in, struct out, and back.  Read, but not written, is also the long form, with the
 * nodes of a controller in front.  Every other device path is not one of these, nor is one with
 * more than one file node or with a second path behind it.
 *
 * Spec: UEFI 2.10, "Hard Drive Media Device Path", "File Path Media Device Path" and the short
 * forms of "Load Option Processing".
 */
#ifndef PARSERS_HD_PATH_H
#define PARSERS_HD_PATH_H

#include "base/bytes.h"

#define HD_PATH_FILE_MAX 256                                 /* bytes of UTF-8 with the NUL */
#define HD_PATH_SIZE_MAX (42 + 4 + 2 * HD_PATH_FILE_MAX + 4) /* bytes of the three nodes */

enum hd_table { /* as the format has it: of the table, and of the signature */
    HD_MBR = 1,
    HD_GPT = 2,
};

struct hd_path {
    enum hd_table table;
    uint32_t number;       /* of the partition, from 1 */
    uint64_t start, count; /* sectors */
    uint8_t signature[16]; /* GPT: the partition's GUID; MBR: the disk's 4 bytes, then zeros */
    char file[HD_PATH_FILE_MAX]; /* "\EFI\BOOT\BOOTX64.EFI" */
    bool is_long;                /* it says where the disk is plugged in */
};

/* False for everything else. */
bool hd_path_parse(struct bytes in, struct hd_path *out);

/* The short form: the bytes written; 0 when the file's name is not UTF-8. */
size_t hd_path_store(const struct hd_path *p, uint8_t out[HD_PATH_SIZE_MAX]);

#endif
