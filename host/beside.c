#include "host/beside.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "host/system.h"

#define LOADER "ovfboot.efi"

enum err beside_loader(char out[BESIDE_MAX], struct error *e)
{
    static const char *const places[] = {"", "../lib/ovfboot/"};
    char folder[BESIDE_MAX];
    ssize_t len = readlink("/proc/self/exe", folder, sizeof(folder));

    if (len < 0)
        return system_fail(e, ERR_NOT_FOUND, "/proc/self/exe: cannot tell where the program lies");
    if ((size_t)len + sizeof("../lib/ovfboot/" LOADER) > BESIDE_MAX)
        return fail(e, ERR_TOO_BIG, "the path of the program is longer than %d bytes", BESIDE_MAX);
    while (len && folder[len - 1] != '/')
        len--;
    folder[len] = '\0';
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        text_format(out, BESIDE_MAX, "%s%s%s", folder, places[i], LOADER);
        if (access(out, R_OK) == 0)
            return OK;
    }
    return fail(e, ERR_NOT_FOUND, "%s" LOADER ": neither that nor %s can be read", folder, out);
}
