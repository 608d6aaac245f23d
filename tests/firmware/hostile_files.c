/* Files of packages, on any volume, that cannot be read as they should. */
#include <string.h>

#include "base/checked.h"
#include "tests/firmware/hostile.h"

#define POISONED_MAX 8 /* files */

/* As the firmware's driver has them for every file.  Files that are closed are gone, and their patches with
 * them, so these are not in hostile_patch.c: nothing is put back. */
static EFI_FILE_OPEN open_was;
static EFI_FILE_READ read_was;

static const EFI_FILE *poisoned[POISONED_MAX];
static size_t poisoned_count;

static bool is_poisoned(const EFI_FILE *file)
{
    for (size_t i = 0; i < poisoned_count; i++)
        if (poisoned[i] == file)
            return true;
    return false;
}

/* As of drivers that do not recover from a read that was too large for them. */
static bool poisons(const EFI_FILE *file, UINTN size)
{
    unsigned most = fault_number(FILE_POISONED);
    bool is_over = is_poisoned(file) || size > most * 1024ull;

    if (breaks_if(FILE_POISONED, is_over) && !is_poisoned(file) && poisoned_count < POISONED_MAX)
        poisoned[poisoned_count++] = file;
    return most && is_over;
}

static bool is_capped(UINTN size)
{
    unsigned most = fault_number(FILE_CAPPED);

    return breaks_if(FILE_CAPPED, most && size > most * 1024ull);
}

static EFI_STATUS EFIAPI read_file(EFI_FILE *file, UINTN *size, void *to)
{
    bool is_short, is_lie;

    if (!FROM_OVFBOOT)
        return read_was(file, size, to);
    if (poisons(file, *size) || is_capped(*size) || breaks(FILE_FALTERS) || breaks(FILE_FAILS))
        return EFI_DEVICE_ERROR;
    if (breaks(FILE_GONE))
        return EFI_NO_MEDIA;
    if (breaks(FILE_ENDS)) {
        *size = 0;
        return EFI_SUCCESS;
    }
    is_short = *size > 1 && breaks(FILE_SHORT);
    is_lie = breaks(FILE_LIES);
    if (is_short)
        *size /= 2;
    EFI_STATUS status = read_was(file, size, to);
    if (is_lie && *size)
        ((uint8_t *)to)[*size / 2] ^= 0x10;
    return status;
}

/* name ends with ".ova" */
static bool is_package(const CHAR16 *name)
{
    static const CHAR16 end[] = {'.', 'o', 'v', 'a', 0};
    size_t len = 0;

    while (name[len])
        len++;
    return len > 4 && memcmp(name + len - 4, end, sizeof(end)) == 0;
}

static EFI_STATUS EFIAPI open_file(EFI_FILE *folder, EFI_FILE **out, CHAR16 *name, UINT64 mode,
                                   UINT64 attributes)
{
    EFI_STATUS status = open_was(folder, out, name, mode, attributes);

    if (FROM_OVFBOOT && !EFI_ERROR(status) && is_package(name) && (*out)->Read != read_file) {
        read_was = (*out)->Read;
        (*out)->Read = read_file;
    }
    return status;
}

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *volume, EFI_FILE **root)
{
    EFI_VOLUME_OPEN was = (EFI_VOLUME_OPEN)patched((void **)&volume->OpenVolume);
    EFI_STATUS status = was(volume, root);

    if (FROM_OVFBOOT && !EFI_ERROR(status) && (*root)->Open != open_file) {
        open_was = (*root)->Open;
        (*root)->Open = open_file;
    }
    return status;
}

static bool is_wanted(void)
{
    for (enum fault f = FILE_SHORT; f <= FILE_POISONED; f++)
        if (fault_number(f))
            return true;
    return false;
}

void volume_seen(const EFI_GUID *guid, void *interface)
{
    EFI_FILE_IO_INTERFACE *volume = interface;

    if (!is_wanted() || memcmp(guid, &guid_file_system, sizeof(*guid)) != 0)
        return;
    poisoned_count = patched((void **)&volume->OpenVolume) ? poisoned_count : 0;
    patch((void **)&volume->OpenVolume, (void *)open_volume);
}
