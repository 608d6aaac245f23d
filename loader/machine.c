#include "loader/machine.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"

#define NAME_MAX_BYTES 160 /* maker, blank, product; longer ones are cut */

static bool begins_with(struct bytes text, struct bytes front)
{
    return text.len >= front.len && memcmp(text.at, front.at, front.len) == 0;
}

/* Some products are called after their maker: "HP" and "HP Z2", "QEMU" and "QEMU Virtual Machine". */
static enum err name_of(const struct smbios_system *system, struct arena *a, const char **out,
                        struct error *e)
{
    struct bytes maker = system->maker, product = system->product;
    char name[NAME_MAX_BYTES];

    if (begins_with(product, maker))
        maker.len = 0;
    size_t len = text_format(name, sizeof(name), "%.*s%s%.*s", (int)maker.len,
                             (const char *)maker.at, maker.len && product.len ? " " : "",
                             (int)product.len, (const char *)product.at);
    return arena_text(a, name, len, out, e);
}

static enum err uuid_of(const struct smbios_system *system, struct arena *a, const char **out,
                        struct error *e)
{
    char text[37];
    size_t len = 0;

    for (size_t i = 0; i < SMBIOS_UUID_SIZE; i++)
        len += text_format(text + len, sizeof(text) - len, "%s%02x",
                           i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", system->uuid[i]);
    return arena_text(a, text, len, out, e);
}

/* A string of the tables, unless it is known already. */
static enum err text_of(struct bytes string, struct arena *a, const char **out, struct error *e)
{
    char text[NAME_MAX_BYTES];

    if (**out)
        return OK;
    size_t len = text_format(text, sizeof(text), "%.*s", (int)string.len, (const char *)string.at);
    return arena_text(a, text, len, out, e);
}

static bool is_setting(struct bytes *string)
{
    static const char front[] = "ovfboot:";

    if (!begins_with(*string, (struct bytes){(const uint8_t *)front, sizeof(front) - 1}))
        return false;
    take(string, sizeof(front) - 1);
    return true;
}

/* Each string a line. */
static enum err settings_of(const struct smbios *s, struct arena *a, struct bytes *out,
                            struct error *e)
{
    struct bytes string;
    size_t size = 0;
    uint8_t *to;

    for (size_t i = 0; smbios_oem_string(s, i, &string); i++)
        size += is_setting(&string) ? string.len + 1 : 0;
    TRY(TAKE(a, size, &to, e));
    *out = (struct bytes){to, size};
    for (size_t i = 0; smbios_oem_string(s, i, &string); i++) {
        if (!is_setting(&string))
            continue;
        memcpy(to, string.at, string.len);
        to += string.len;
        *to++ = '\n';
    }
    return OK;
}

/* Some boards leave the factory with the value of their maker's sample. */
static bool is_of_everybody(const uint8_t uuid[SMBIOS_UUID_SIZE])
{
    static const uint8_t sample[SMBIOS_UUID_SIZE] = {0x03, 0x00, 0x02, 0x00, 0x04, 0x00,
                                                     0x05, 0x00, 0x00, 0x06, 0x00, 0x07,
                                                     0x00, 0x08, 0x00, 0x09};

    return memcmp(uuid, sample, sizeof(sample)) == 0;
}

struct machine machine_unknown(enum guest_arch arch)
{
    return (struct machine){.name = "",
                            .uuid = "",
                            .serial = "",
                            .asset = "",
                            .product = "",
                            .firmware = "",
                            .arch = arch,
                            .ports = MACHINE_PORTS_UNKNOWN};
}

enum err machine_add_mac(struct machine *m, const uint8_t mac[6], struct arena *a, struct error *e)
{
    char text[MACHINE_MAC_TEXT];
    size_t len;

    if (m->mac_count == MACHINE_MACS_MAX)
        return OK;
    len = text_format(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                      mac[3], mac[4], mac[5]);
    for (size_t i = 0; i < m->mac_count; i++)
        if (strcmp(m->macs[i], text) == 0)
            return OK;
    return arena_text(a, text, len, &m->macs[m->mac_count++], e);
}

enum err machine_add_smbios(struct machine *m, const struct smbios *s, struct arena *a,
                            struct error *e)
{
    struct smbios_system system;

    if (smbios_system(s, &system)) {
        if (!*m->name)
            TRY(name_of(&system, a, &m->name, e));
        if (!*m->uuid && system.has_uuid && !is_of_everybody(system.uuid))
            TRY(uuid_of(&system, a, &m->uuid, e));
        TRY(text_of(system.serial, a, &m->serial, e));
        TRY(text_of(system.product, a, &m->product, e));
    }
    TRY(text_of(smbios_asset_tag(s), a, &m->asset, e));
    TRY(settings_of(s, a, &m->settings, e));
    if (!m->processors)
        m->processors = smbios_processors(s);
    if (!m->memory)
        m->memory = smbios_memory(s);
    return OK;
}

/* Up to a multiple of a sixteenth of the power of two above: 15.6 GiB are 16, 23.4 are 24, but
 * 20.0 stay 20.  What is kept is less than that on every machine with 1 GiB or more. */
uint64_t machine_round_memory(uint64_t usable)
{
    uint64_t unit = 64u << 20; /* bytes */

    if (usable > UINT64_MAX / 32)
        return usable;
    while (unit < usable / 16)
        unit *= 2;
    return round_up(usable, unit);
}

static void add(char out[MACHINE_TEXT_MAX], size_t *len, const char *between, const char *text)
{
    *len += text_format(out + *len, MACHINE_TEXT_MAX - *len, "%s%s", *len ? between : "", text);
}

const char *machine_text(const struct machine *m, char out[MACHINE_TEXT_MAX])
{
    char size[TEXT_SIZE_MAX], piece[64];
    const char *between = ": ";
    size_t len = 0;

    out[0] = '\0';
    add(out, &len, "", m->name);
    if (m->processors) {
        text_format(piece, sizeof(piece), "%u processor%s", m->processors,
                    m->processors == 1 ? "" : "s");
        add(out, &len, between, piece);
        between = ", ";
    }
    if (m->memory) {
        text_format(piece, sizeof(piece), "%s of memory", text_size(size, m->memory));
        add(out, &len, between, piece);
        between = ", ";
    }
    if (m->ports != MACHINE_PORTS_UNKNOWN) {
        text_format(piece, sizeof(piece), m->ports ? "%u network port%s" : "no network port",
                    m->ports, m->ports == 1 ? "" : "s");
        add(out, &len, between, piece);
    }
    return out;
}
