/* Which ports there are, and which of them fit the settings.
 *
 * Spec: UEFI 2.10, "Simple Network Protocol", "EFI VLAN Configuration Protocol", "Device Path Nodes".
 */
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "efi/network.h"
#include "efi/paths.h"
#include "efi/status.h"
#include "loader/port.h"

#define HTTP_BINDING_GUID                                                                          \
    {                                                                                              \
        0xbdc8e6af, 0xd9bc, 0x4379,                                                                \
        {                                                                                          \
            0xa7, 0x2a, 0xe0, 0xc4, 0xe7, 0x5d, 0xae, 0x1c                                         \
        }                                                                                          \
    }
#define VLAN_CONFIG_GUID                                                                           \
    {                                                                                              \
        0x9e23d768, 0xd2f3, 0x4366,                                                                \
        {                                                                                          \
            0x9f, 0xc3, 0x3a, 0x7a, 0xba, 0x86, 0x43, 0x74                                         \
        }                                                                                          \
    }

#define PORTS_MAX 64 /* that may be told of, or get a VLAN */
#define MAC_AT    4  /* bytes in front of the address in its device path node */
#define VLAN_AT   4
#define LIST_MAX  300

struct vlan_config {
    EFI_STATUS(EFIAPI *set)(struct vlan_config *self, UINT16 id, UINT8 priority);
    EFI_STATUS(EFIAPI *find)(struct vlan_config *self, UINT16 *id, UINT16 *count, void **list);
    EFI_STATUS(EFIAPI *remove)(struct vlan_config *self, UINT16 id);
};

static struct vlan_config *made[PORTS_MAX]; /* that VLAN, and it was not there before */
static size_t made_count;
static UINT16 made_id;

static uint32_t vlan_of(const EFI_DEVICE_PATH *path)
{
    const EFI_DEVICE_PATH *node = path_find(path, MESSAGING_DEVICE_PATH, MSG_VLAN_DP);

    return node ? get_le16((const uint8_t *)node + VLAN_AT) : 0;
}

/* False when it is no port. */
static bool look_at(EFI_HANDLE handle, struct net_port *out)
{
    static const EFI_GUID tcp4 = EFI_TCP4_SERVICE_BINDING_PROTOCOL;
    static const EFI_GUID tcp6 = EFI_TCP6_SERVICE_BINDING_PROTOCOL;
    static const EFI_GUID http = HTTP_BINDING_GUID;
    const EFI_DEVICE_PATH *path = firmware_protocol(handle, &guid_device_path);
    const EFI_DEVICE_PATH *node =
        path ? path_find(path, MESSAGING_DEVICE_PATH, MSG_MAC_ADDR_DP) : NULL;

    if (!node)
        return false;
    const uint8_t *mac = (const uint8_t *)node + MAC_AT;
    *out = (struct net_port){.handle = handle,
                             .path = path,
                             .has_tcp4 = firmware_protocol(handle, &tcp4) != NULL,
                             .has_tcp6 = firmware_protocol(handle, &tcp6) != NULL,
                             .has_http = firmware_protocol(handle, &http) != NULL};
    text_format(out->mac, sizeof(out->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                mac[3], mac[4], mac[5]);
    return out->has_tcp4 || out->has_tcp6 || out->has_http;
}

/* 52:54:00:12:34:56 or 52-54-00-12-34-56. */
static bool is_mac(const char *text, const char *mac)
{
    size_t i = 0;

    for (; text[i] && mac[i]; i++)
        if (text_lower(text[i]) != mac[i] && !(mac[i] == ':' && text[i] == '-'))
            return false;
    return text[i] == mac[i];
}

static bool fits(const struct net_port *port, const struct network_settings *s)
{
    return vlan_of(port->path) == s->vlan &&
           (!s->port || is_mac(s->port, port->mac) || strstr(port->path_text, s->port));
}

static bool we_came_by(const struct net_port *port)
{
    const EFI_DEVICE_PATH *start =
        firmware_protocol(firmware.self->DeviceHandle, &guid_device_path);

    return start && path_is_below(start, port->path);
}

/* The firmware makes a VLAN, and leaves it without TCP until somebody asks. */
static enum err connect_vlans(struct arena scratch, struct error *e)
{
    EFI_HANDLE *handles;
    size_t count;

    TRY(firmware_handles(&guid_device_path, &scratch, &handles, &count, e));
    for (size_t i = 0; i < count; i++)
        if (vlan_of(firmware_protocol(handles[i], &guid_device_path)) == made_id)
            firmware.boot->ConnectController(handles[i], NULL, NULL, TRUE);
    return OK;
}

/* Make the VLAN on the ports that have none of that number. */
static enum err make_vlans(const struct network_settings *s, struct arena scratch, struct error *e)
{
    static const EFI_GUID guid = VLAN_CONFIG_GUID;
    EFI_HANDLE *handles;
    size_t count;

    made_id = (UINT16)s->vlan;
    TRY(firmware_handles(&guid, &scratch, &handles, &count, e));
    for (size_t i = 0; i < count; i++) {
        struct vlan_config *config = firmware_protocol(handles[i], &guid);
        UINT16 id = made_id, found = 0;
        void *list = NULL;
        struct net_port port;
        if (look_at(handles[i], &port) && s->port) {
            TRY(path_text(port.path, &scratch, &port.path_text, e));
            struct network_settings without = *s;
            without.vlan = 0;
            if (!fits(&port, &without))
                continue;
        }
        if (!EFI_ERROR(config->find(config, &id, &found, &list)) && found) {
            firmware.boot->FreePool(list);
            continue;
        }
        if (made_count < PORTS_MAX && !EFI_ERROR(config->set(config, made_id, 0)))
            made[made_count++] = config;
    }
    return count ? connect_vlans(scratch, e)
                 : fail(e, ERR_NETWORK, "network-vlan = %u: this firmware does no VLANs", s->vlan);
}

void net_ports_release(void)
{
    while (made_count) {
        struct vlan_config *config = made[--made_count];
        config->remove(config, made_id);
    }
}

static enum err list_ports(struct arena *a, struct net_port **out, size_t *count, struct error *e)
{
    EFI_HANDLE *handles;
    size_t all;

    *count = 0;
    TRY(firmware_handles(&guid_device_path, a, &handles, &all, e));
    TRY(TAKE(a, PORTS_MAX, out, e));
    for (size_t i = 0; i < all && *count < PORTS_MAX; i++) {
        struct net_port *port = &(*out)[*count];
        if (!look_at(handles[i], port))
            continue;
        TRY(path_text(port->path, a, &port->path_text, e));
        (*count)++;
    }
    return OK;
}

static enum err none_fits(const struct network_settings *s, const struct net_port *all,
                          size_t count, struct error *e)
{
    char list[LIST_MAX] = "";
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        if (!vlan_of(all[i].path))
            len += text_format(list + len, sizeof(list) - len, "%s%s", len ? ", " : "", all[i].mac);
    if (!len)
        return fail(e, ERR_NETWORK, "this machine shows no network port that TCP works on");
    if (s->port && !s->vlan)
        return fail(e, ERR_SETTING, "network-port = %s: fits none of the ports %s", s->port, list);
    return fail(
        e, ERR_NETWORK,
        "network-vlan = %u: the firmware makes it on no port that network-port allows; there "
        "are %s",
        s->vlan, list);
}

enum err net_ports_find(const struct network_settings *settings, struct arena *a,
                        struct net_port **out, size_t *count, struct error *e)
{
    struct net_port *all;
    size_t all_count;

    if (settings->vlan)
        TRY(make_vlans(settings, *a, e));
    TRY(list_ports(a, &all, &all_count, e));
    TRY(TAKE(a, PORTS_MAX, out, e));
    *count = 0;
    for (int ours = 1; ours >= 0; ours--)
        for (size_t i = 0; i < all_count; i++)
            if (fits(&all[i], settings) && we_came_by(&all[i]) == (ours == 1))
                (*out)[(*count)++] = all[i];
    return *count ? OK : none_fits(settings, all, all_count, e);
}

bool net_port_has_link(const struct net_port *port)
{
    static const EFI_GUID guid = EFI_SIMPLE_NETWORK_PROTOCOL_GUID;
    EFI_SIMPLE_NETWORK_PROTOCOL *snp = NULL;
    EFI_GUID wanted = guid;
    EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)(uintptr_t)port->path;
    EFI_HANDLE handle;
    UINT32 interrupts;

    /* A VLAN has none of its own: the nearest one above it is the port's. */
    if (!EFI_ERROR(firmware.boot->LocateDevicePath(&wanted, &path, &handle)))
        snp = firmware_protocol(handle, &guid);
    if (!snp || !snp->Mode->MediaPresentSupported)
        return true;
    snp->GetStatus(snp, &interrupts, NULL); /* renews what Mode says */
    return snp->Mode->MediaPresent;
}
