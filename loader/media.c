#include "loader/media.h"

bool media_next(const struct plan *plan, size_t *at, struct ovf_drive *out)
{
    const struct ovf_hardware *h = plan->hardware;

    while (h && *at < h->item_count) {
        const struct ovf_item *item = &h->items[(*at)++];
        if (ovf_item_counts(h, item, plan->option) && ovf_has_image(&plan->ovf, item, out))
            return true;
    }
    return false;
}

const char *media_image(const struct plan *plan, const struct ovf_drive *drive)
{
    return drive->file != OVF_NONE ? plan->ovf.files[drive->file].href
                                   : drive->item->host_resources[0];
}

const char *media_drive(const struct ovf_drive *drive)
{
    return *drive->item->name ? drive->item->name : ovf_resource_name(drive->item->type);
}

enum err media_check(struct plan *plan, const struct config *config, struct arena *a,
                     struct error *e)
{
    struct ovf_drive drive;

    for (size_t at = 0; media_next(plan, &at, &drive);) {
        const char *image = media_image(plan, &drive), *name = media_drive(&drive);
        if (config->cd_images != CD_IMAGES_OMIT)
            return fail(e, ERR_UNSUPPORTED,
                        "%s: the image %s is in its %s, and a machine has no such drive for it; "
                        "cd-images = omit goes without",
                        plan->package->name, image, name);
        plan_note(plan, a, "the guest goes without the image %s, which is in %s", image, name);
    }
    return OK;
}
