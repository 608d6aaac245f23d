/* Giving every controller its drivers: fast boots leave NVMe and more without.
 *
 * ConnectController() that goes on to the children by itself would, asked for every handle, come to a disk
 * once for each handle above it, and some drivers look at their devices anew each time.  So each
 * handle is connected once, and what came into being by that in the next round. */
#include "efi/disks.h"

#define HANDLES_MAX 4096 /* docs/limits.md */

struct visit {
    EFI_HANDLE handle;
    const void *device; /* its path, since the firmware may use the memory of a handle again */
};

struct visited {
    struct visit *at;
    size_t count;
};

/* Programs and drivers have handles, too, and there is nothing to connect them with. */
static bool is_program(EFI_HANDLE handle, const void *device)
{
    return !device && firmware_protocol(handle, &guid_loaded_image);
}

static bool was_visited(const struct visited *v, EFI_HANDLE handle, const void *device)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->at[i].handle == handle && v->at[i].device == device)
            return true;
    return false;
}

static enum err connect_new(struct visited *v, bool *found, struct arena scratch, struct error *e)
{
    EFI_HANDLE *handles;
    size_t count;

    *found = false;
    TRY(firmware_handles(NULL, &scratch, &handles, &count, e));
    for (size_t i = 0; i < count; i++) {
        const void *device = firmware_protocol(handles[i], &guid_device_path);
        if (is_program(handles[i], device) || was_visited(v, handles[i], device))
            continue;
        if (v->count == HANDLES_MAX)
            return fail(e, ERR_TOO_BIG, "this machine has more than %d devices", HANDLES_MAX);
        v->at[v->count++] = (struct visit){handles[i], device};
        firmware.boot->ConnectController(handles[i], NULL, NULL, FALSE);
        *found = true;
    }
    return OK;
}

enum err disks_connect(struct arena scratch, struct error *e)
{
    struct visited v = {.count = 0};
    bool found;

    TRY(TAKE(&scratch, HANDLES_MAX, &v.at, e));
    do
        TRY(connect_new(&v, &found, scratch, e));
    while (found);
    return OK;
}
