/* loader/media.h - images in the CD, DVD and floppy drives of an appliance.
 *
 * A physical machine has no drive to put them in, so an appliance that attaches one is refused, before
 * anything is written, until somebody says that it will do without: cd-images = omit.  That holds also
 * where the item says ovf:required="false", as VMware writes at every such drive: what an image
 * means to the guest is not said by it.
 *
 * Spec: DSP0243 1.1.0, "VirtualHardwareSection": HostResource.
 */
#ifndef LOADER_MEDIA_H
#define LOADER_MEDIA_H

#include "loader/plan.h"
#include "parsers/ovf_drives.h"

/* The next drive with an image, of the chosen system and option, from item *at on; false: no more.
 * Begin with 0. */
bool media_next(const struct plan *plan, size_t *at, struct ovf_drive *out);

/* The image's file, and the drive it is in, by their names in the descriptor. */
const char *media_image(const struct plan *plan, const struct ovf_drive *drive);
const char *media_drive(const struct ovf_drive *drive);

/* ERR_UNSUPPORTED names the first image, unless settings omit them; then each is noted. */
enum err media_check(struct plan *plan, const struct config *config, struct arena *a,
                     struct error *e) MUST_CHECK;

#endif
