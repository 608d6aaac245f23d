/* host/media.h - ovfboot media: a stick, or the image of one, that starts ovfboot and holds packages.
 *
 *     protective MBR, GPT      disks/gpt_make.h
 *     1  OVFBOOT               FAT32, an EFI system partition: host/media_files.h
 *     2  my.ova                the package, byte for byte from the partition's start
 *     3  ...
 *     backup GPT
 */
#ifndef HOST_MEDIA_H
#define HOST_MEDIA_H

#include "host/session.h"

/* All that can be wrong with what goes onto it is found before anything is written.  A file is made anew, and nothing
 * is left of it when that fails; a disk does not start until all on it was read again and compared. */
enum err media(struct session *s, struct error *e) MUST_CHECK;

#endif
