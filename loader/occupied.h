/* loader/occupied.h - what lies on a disk that is to be written.
 */
#ifndef LOADER_OCCUPIED_H
#define LOADER_OCCUPIED_H

#include "loader/targets.h"

/* What is on it, for people: "no partition table", "GPT with 3 partitions: EFI system, ...". */
const char *target_contents(const struct found_disk *disk, struct arena scratch,
                            char out[TARGET_TEXT_MAX]);

/* Whether it holds partitions, or a file system without any, and then what, as above.  What cannot
 * be read counts as something. */
bool target_is_occupied(const struct found_disk *disk, struct arena scratch,
                        char out[TARGET_TEXT_MAX]);

/* A partition with one of the labels of keep is on it: ERR_SETTING. */
enum err target_check_keep(const struct config *config, const struct found_disk *disk,
                           struct arena scratch, struct error *e) MUST_CHECK;

#endif
