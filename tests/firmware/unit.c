/* The unit tests as a firmware application: the same tests, compiled with the flags of ovfboot.efi and linked with its C
 * library, where alignment, calling conventions and relocation are those of the firmware.
 *
 * "ok NAME" for each test that passed, and what tests/main.c prints besides, goes to the serial line; then the machine
 * is switched off.  Makefile, UNIT_LEFT_OUT, says which files are left out, and why.
 */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "efi/firmware.h"
#include "efi/libc/heap.h"
#include "tests/build/shared.h"
#include "tests/firmware/unit_libc.h"
#include "tests/test.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);
int main(int argc, char **argv);

#define HEAP     (384u << 20) /* bytes */
#define LINE_MAX 2048

typedef void (*constructor)(void);
extern const constructor init_array_start[], init_array_end[]; /* efi/x86_64/layout.lds */

static SERIAL_IO_INTERFACE *serial;

/* Past the firmware's console, which would draw every line on a screen. */
static void put(const char *text, size_t len)
{
    while (len) {
        UINTN size = len;
        if (EFI_ERROR(serial->Write(serial, &size, (void *)(uintptr_t)text)) || !size)
            return;
        text += size;
        len -= size;
    }
}

int printf(const char *format, ...)
{
    char line[LINE_MAX];
    va_list args;

    va_start(args, format);
    int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    put(line, strlen(line));
    return len;
}

static void switch_off(void)
{
    firmware.runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
}

void abort(void)
{
    printf("unit: aborted\n");
    for (;;)
        switch_off();
}

void assert_failed(const char *what, const char *file, int line)
{
    printf("unit: %s:%d: %s does not hold\n", file, line, what);
    abort();
}

bool shared_read(const char *path, struct bytes *out)
{
    (void)path, (void)out;
    test_skip("in firmware there is no corpus");
    return false;
}

bool seed_read(const char *path, struct bytes *out)
{
    return shared_read(path, out);
}

static bool prepare(void)
{
    static const EFI_GUID guid = SERIAL_IO_PROTOCOL;
    EFI_PHYSICAL_ADDRESS at;

    serial = firmware_service(&guid);
    if (!serial ||
        EFI_ERROR(firmware.boot->AllocatePages(AllocateAnyPages, EfiLoaderData, HEAP / 4096, &at)))
        return false;
    malloc_init((void *)(uintptr_t)at, HEAP);
    return true;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    char program[] = "unit", names[] = "--names";
    char *argv[] = {program, names, NULL};

    firmware_init(image, system);
    firmware.boot->SetWatchdogTimer(0, 0, 0, NULL);
    if (prepare()) {
        for (const constructor *c = init_array_start; c < init_array_end; c++)
            (*c)();
        printf("unit: begins\n");
        main(2, argv);
        printf("unit: the end\n");
    }
    switch_off();
    return EFI_ABORTED;
}
