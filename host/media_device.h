/* host/media_device.h - may all of a block device be written over?
 *
 * Source: Linux, Documentation/ABI/stable/sysfs-block; proc(5), "/proc/pid/mountinfo" and "/proc/swaps".
 */
#ifndef HOST_MEDIA_DEVICE_H
#define HOST_MEDIA_DEVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* ERR_SETTING, and why, when it is only a partition, when it or one of its partitions is mounted, swapped to or part
 * of something else, and, unless any is true, when it is neither removable nor on USB. */
enum err media_device_check(const char *path, dev_t device, bool any, struct error *e) MUST_CHECK;

#endif
