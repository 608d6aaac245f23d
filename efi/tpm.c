/* The TPM, through the firmware's event log.
 *
 * Spec: TCG EFI Protocol Specification, Family "2.0", "EFI_TCG2_PROTOCOL"; TCG PC Client Platform
 * Firmware Profile, "Event Types".
 */
#include <string.h>

#include "base/bytes.h"
#include "efi/firmware.h"
#include "efi/status.h"
#include "loader/measure.h"
#include "loader/port.h"

#define TCG2_PROTOCOL_GUID                                                                         \
    {                                                                                              \
        0x607f766c, 0x7455, 0x42be,                                                                \
        {                                                                                          \
            0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f                                         \
        }                                                                                          \
    }
#define EV_IPL            0x0d
#define EVENT_HEAD        18 /* bytes in front of the event's text: Size and the event header */
#define EVENT_HEADER      14 /* bytes of the event header: HeaderSize to EventType */
#define CAPABILITY_SIZE   64 /* bytes; room for EFI_TCG2_BOOT_SERVICE_CAPABILITY */
#define CAPABILITY_TPM_AT 16 /* byte with TPMPresentFlag */

struct tcg2_protocol {
    EFI_STATUS(EFIAPI *get_capability)(struct tcg2_protocol *self, void *capability);
    void *get_event_log;
    EFI_STATUS(EFIAPI *hash_log_extend)
    (struct tcg2_protocol *self, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size, void *event);
};

static struct tcg2_protocol *tpm(void)
{
    static const EFI_GUID guid = TCG2_PROTOCOL_GUID;
    struct tcg2_protocol *protocol = firmware_service(&guid);
    _Alignas(8) uint8_t capability[CAPABILITY_SIZE] = {CAPABILITY_SIZE};

    if (!protocol || EFI_ERROR(protocol->get_capability(protocol, capability)) ||
        !capability[CAPABILITY_TPM_AT])
        return NULL;
    return protocol;
}

bool port_has_tpm(void)
{
    return tpm() != NULL;
}

enum err port_measure(const char *text, struct bytes data, struct error *e)
{
    struct tcg2_protocol *protocol = tpm();
    uint8_t event[EVENT_HEAD + MEASURE_TEXT_MAX];
    size_t len = strlen(text);

    put_le32(event, (uint32_t)(EVENT_HEAD + len));
    put_le32(event + 4, EVENT_HEADER);
    put_le16(event + 8, 1); /* EFI_TCG2_EVENT_HEADER_VERSION */
    put_le32(event + 10, MEASURE_PCR);
    put_le32(event + 14, EV_IPL);
    memcpy(event + EVENT_HEAD, text, len);
    EFI_STATUS status =
        protocol->hash_log_extend(protocol, 0, (EFI_PHYSICAL_ADDRESS)data.at, data.len, event);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_IO, status, "the TPM does not take the measurement of %s", text);
    return OK;
}
