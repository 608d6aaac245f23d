/* A console of another size, and one whose size changes while a question stands on it, as when somebody plugs in
 * another monitor.  The firmware's own stays as it is. */
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "tests/firmware/hostile.h"

#define SIZE_MAX_COUNT 4
#define CTRL_T         0x14 /* the key that changes the size; ovfboot does not get to see it */

static struct {
    uint64_t columns, lines;
} sizes[SIZE_MAX_COUNT];
static size_t count, now;

bool screen_set(const char *text)
{
    const char *lines = strchr(text, ' ');

    if (!lines || count == SIZE_MAX_COUNT ||
        !text_to_u64(text, (size_t)(lines - text), &sizes[count].columns) ||
        !text_to_u64(lines + 1, strlen(lines + 1), &sizes[count].lines))
        return false;
    count++;
    return true;
}

static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *out, UINTN mode, UINTN *columns,
                                    UINTN *lines)
{
    EFI_TEXT_QUERY_MODE was = (EFI_TEXT_QUERY_MODE)patched((void **)&out->QueryMode);

    if (!FROM_OVFBOOT)
        return was(out, mode, columns, lines);
    *columns = (UINTN)sizes[now].columns;
    *lines = (UINTN)sizes[now].lines;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *in, EFI_INPUT_KEY *key)
{
    EFI_INPUT_READ_KEY was = (EFI_INPUT_READ_KEY)patched((void **)&in->ReadKeyStroke);
    EFI_STATUS status = was(in, key);

    if (EFI_ERROR(status) || key->UnicodeChar != CTRL_T)
        return status;
    now = (now + 1) % count;
    return EFI_NOT_READY;
}

void screen_hook(void)
{
    if (!count)
        return;
    patch((void **)&firmware.system->ConOut->QueryMode, (void *)query_mode);
    patch((void **)&firmware.system->ConIn->ReadKeyStroke, (void *)read_key);
}
