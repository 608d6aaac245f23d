/* disks/fat_name.h - the names of a file on a FAT volume that is being made.
 *
 * A name that is no upper-case 8.3 name is stored twice: as it is, in UTF-16, in entries before the
 * file's own, and as an alias of 11 bytes in that.  The bits of Windows NT for a lower-case 8.3
 * name are not used: not every reader knows them.
 *
 * Spec: Microsoft, "FAT32 File System Specification" 1.03, "FAT Long Directory Entries" and
 * "Name Limits and Character Sets".
 */
#ifndef DISKS_FAT_NAME_H
#define DISKS_FAT_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAT_ALIAS_SIZE 11 /* bytes: base 8, extension 3, padded with blanks */

struct fat_name {
    const char *text; /* UTF-8, not terminated; borrowed */
    size_t len;       /* bytes */
    uint8_t alias[FAT_ALIAS_SIZE];
    size_t parts; /* entries of the long form; 0: the alias is the name */
};

/* Fill in all but the alias.  False when no FAT volume can have a file of that name. */
bool fat_name_init(struct fat_name *name, const char *text, size_t len);

/* Names are told apart without regard to case, in ASCII. */
bool fat_name_same(const struct fat_name *name, const char *text, size_t len);

/* Make the alias: "NETWOR~1   " for tail 1; tail 0 is none.  False when the name needs one. */
bool fat_name_alias(struct fat_name *name, unsigned tail);

/* Write the entries of the long form, the last part first.  Returns where the next entry goes. */
uint8_t *fat_name_store(const struct fat_name *name, uint8_t *entry);

#endif
