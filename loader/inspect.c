#include "loader/inspect.h"

#include "base/text.h"

const char *inspect_disk(const struct plan_disk *disk, char out[INSPECT_TEXT_MAX])
{
    char capacity[TEXT_SIZE_MAX];

    if (disk->capacity_property && !disk->capacity)
        text_format(out, INSPECT_TEXT_MAX, "%s: as large as the property %s says, %s", disk->name,
                    disk->capacity_property, disk->format);
    else
        text_format(out, INSPECT_TEXT_MAX, "%s: %s, %s", disk->name,
                    text_size(capacity, disk->capacity), disk->format);
    return out;
}

const char *inspect_loader(const struct plan_disk *disk)
{
    return !disk->looked_inside         ? "cannot be known before the disk is written"
           : disk->no_loader.code == OK ? disk->loader.path
                                        : disk->no_loader.text;
}
