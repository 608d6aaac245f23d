#include "loader/witness.h"

#include <string.h>

#include "base/text.h"

#define SIZE      WITNESS_PACKAGE /* bytes of SHA-256 */
#define NAME_SIZE 32              /* bytes of "deployed-0123456789abcdef" with the NUL */

/* What is remembered: that package, on a disk with that serial number, or else in that place. */
struct witness {
    char name[NAME_SIZE];
    uint8_t value[DIGEST_MAX];
};

static void make(const uint8_t package[WITNESS_PACKAGE], const struct found_disk *disk,
                 struct witness *out)
{
    const char *where = *disk->serial ? disk->serial : disk->path;
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, (struct bytes){package, SIZE});
    digest_add(&d, (struct bytes){(const uint8_t *)where, strlen(where)});
    digest_finish(&d, out->value);
    text_format(out->name, sizeof(out->name), "deployed-%02x%02x%02x%02x%02x%02x%02x%02x",
                out->value[0], out->value[1], out->value[2], out->value[3], out->value[4],
                out->value[5], out->value[6], out->value[7]);
}

enum err witness_agrees(const uint8_t package[WITNESS_PACKAGE], const struct found_disk *disk,
                        bool *agrees, struct error *e)
{
    uint8_t found[SIZE + 1];
    struct witness w;
    size_t len;

    make(package, disk, &w);
    TRY(port_recall(w.name, found, sizeof(found), &len, e));
    *agrees = len == SIZE && memcmp(found, w.value, SIZE) == 0;
    return OK;
}

enum err witness_leave(const uint8_t package[WITNESS_PACKAGE], const struct found_disk *disk,
                       struct error *e)
{
    struct witness w;

    make(package, disk, &w);
    return port_remember(w.name, w.value, SIZE, e);
}

void witness_forget(const uint8_t package[WITNESS_PACKAGE], const struct found_disk *disk)
{
    struct error ignored;
    struct witness w;

    make(package, disk, &w);
    if (port_remember(w.name, NULL, 0, &ignored) != OK)
        return; /* what stays behind is about a disk that is no more */
}
