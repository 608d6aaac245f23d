/* A witness of what ovfboot asks of IPv6: EDK2 comes to grief when the policy is changed, and changed back, before
 * the port has its link-local address (efi/ip6.c). */
#include <string.h>

#include "loader/port.h"
#include "tests/firmware/hostile.h"

#define INTERFACE     0 /* EFI_IP6_CONFIG_DATA_TYPE */
#define POLICY        2
#define INTERFACE_MAX 4096 /* bytes */

/* UEFI 2.10, "EFI IPv6 Configuration Protocol". */
struct ip6_config;
typedef EFI_STATUS(EFIAPI *set_data)(struct ip6_config *self, UINT32 type, UINTN size, void *data);

struct ip6_config {
    set_data set;
    EFI_STATUS(EFIAPI *get)(struct ip6_config *self, UINT32 type, UINTN *size, void *data);
};

/* The front of EFI_IP6_CONFIG_INTERFACE_INFO. */
struct interface {
    CHAR16 name[32];
    UINT8 type;
    UINT32 mac_size;
    EFI_MAC_ADDRESS mac;
    UINT32 address_count;
};

static bool watching;

bool ip6_watch(const char *text)
{
    watching = strcmp(text, "watched") == 0;
    return watching;
}

static bool has_address(struct ip6_config *self)
{
    static _Alignas(8) uint8_t memory[INTERFACE_MAX];
    UINTN size = sizeof(memory);

    return !EFI_ERROR(self->get(self, INTERFACE, &size, memory)) &&
           ((const struct interface *)memory)->address_count;
}

static EFI_STATUS EFIAPI set(struct ip6_config *self, UINT32 type, UINTN size, void *data)
{
    set_data was = (set_data)patched((void **)&self->set);

    if (FROM_OVFBOOT && type == POLICY)
        port_say("hostile: the policy of IPv6 is changed %s its link-local address is there",
                 has_address(self) ? "when" : "before");
    return was(self, type, size, data);
}

void ip6_seen(const EFI_GUID *guid, void *interface)
{
    static const EFI_GUID wanted = {
        0x937fe521, 0x95ae, 0x4d1a, {0x89, 0x29, 0x48, 0xbc, 0xd9, 0x0a, 0xd3, 0x1a}};
    struct ip6_config *config = interface;

    if (watching && memcmp(guid, &wanted, sizeof(wanted)) == 0)
        patch((void **)&config->set, (void *)set);
}
