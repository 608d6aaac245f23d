/* What the firmware fetched ovfboot by, and small files by TFTP.
 *
 * HTTP Boot's handle has a device path that ends in the URL; so has iPXE's, whatever it came by.  PXE's
 * handle has the answers of the DHCP servers: of those the firmware takes the last kind that there is.
 *
 * Spec: UEFI 2.10, "PXE Base Code Protocol", "EFI_LOAD_FILE_PROTOCOL".
 */
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "efi/paths.h"
#include "efi/status.h"
#include "loader/port.h"
#include "parsers/address.h"
#include "parsers/start_url.h"

#define TFTP_FIRST     (64u << 10) /* bytes; room for a file whose size the server does not tell */
#define TFTP_GROWTH    4           /* times, as long as it is too small */
#define TFTP_NOT_FOUND 1           /* RFC 1350's error code */

/* ---- Where from ------------------------------------------------------------------------------ */

static struct bytes path_bytes(const EFI_DEVICE_PATH *path)
{
    return (struct bytes){(const uint8_t *)path, path ? path_size(path) : 0};
}

/* The kinds of answers in the order in which a later one says more. */
static bool of_packets(const EFI_PXE_BASE_CODE_MODE *mode, char out[URL_MAX])
{
    const struct {
        bool is_there;
        const EFI_PXE_BASE_CODE_PACKET *packet;
    } answers[] = {{mode->PxeReplyReceived, &mode->PxeReply},
                   {mode->ProxyOfferReceived, &mode->ProxyOffer},
                   {mode->DhcpAckReceived, &mode->DhcpAck}};
    struct dhcp_boot boot;
    struct bytes url;

    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct bytes packet = {answers[i].packet->Raw, sizeof(answers[i].packet->Raw)};
        if (!answers[i].is_there)
            continue;
        if (mode->UsingIpv6 ? dhcp_boot6(packet, &url) && start_url_directory(url, out)
                            : dhcp_boot4(packet, &boot) && start_url_of_dhcp(&boot, out))
            return true;
    }
    return false;
}

static const EFI_GUID guid_pxe = EFI_PXE_BASE_CODE_PROTOCOL_GUID;

/* A URL of a kind that we do not know comes from a boot program that DHCP named, so DHCP does not say
 * where we come from. */
static bool find_start_url(char out[URL_MAX])
{
    EFI_HANDLE handle = firmware.self->DeviceHandle;
    struct bytes url = start_url_of_path(path_bytes(firmware_protocol(handle, &guid_device_path)));
    EFI_PXE_BASE_CODE_PROTOCOL *pxe = firmware_protocol(handle, &guid_pxe);

    if (!url.len)
        url = start_url_of_path(path_bytes(firmware.self->FilePath));
    if (url.len)
        return start_url_directory(url, out);
    return pxe && pxe->Mode && of_packets(pxe->Mode, out);
}

enum err port_start_url(struct arena *a, const char **out, struct error *e)
{
    char url[URL_MAX];

    *out = NULL;
    return find_start_url(url) ? arena_text(a, url, strlen(url), out, e) : OK;
}

/* ---- TFTP ------------------------------------------------------------------------------------ */

struct transfer {
    EFI_PXE_BASE_CODE_PROTOCOL *pxe;
    EFI_IP_ADDRESS server;
    const char *host, *path;
};

static EFI_STATUS request(const struct transfer *t, EFI_PXE_BASE_CODE_TFTP_OPCODE what, void *to,
                          UINT64 *size)
{
    EFI_IP_ADDRESS server = t->server;
    UINT8 name[URL_MAX];

    memcpy(name, t->path, strlen(t->path) + 1);
    return t->pxe->Mtftp(t->pxe, what, to, FALSE, size, NULL, &server, name, NULL, FALSE);
}

#define TFTP_TEXT (sizeof(((EFI_PXE_BASE_CODE_TFTP_ERROR *)0)->ErrorString) + 1)

/* What the server said, in lower case. */
static void error_text(const struct transfer *t, char out[TFTP_TEXT])
{
    memset(out, 0, TFTP_TEXT);
    for (size_t i = 0; i + 1 < TFTP_TEXT; i++)
        out[i] = text_lower((char)t->pxe->Mode->TftpError.ErrorString[i]);
}

/* EDK2 keeps the server's error, of whose code it takes the wrong byte: 0, whatever it was, so the
 * words must do.  iPXE says it by its status. */
static bool says_not_found(const struct transfer *t, EFI_STATUS status)
{
    char text[TFTP_TEXT];

    if (status != EFI_TFTP_ERROR)
        return status == EFI_NOT_FOUND;
    error_text(t, text);
    return t->pxe->Mode->TftpError.ErrorCode == TFTP_NOT_FOUND || strstr(text, "not found") ||
           strstr(text, "no such") || strstr(text, "not exist");
}

/* Not status_fail(): what it takes for a broken device is the network here. */
static enum err fail_transfer(const struct transfer *t, EFI_STATUS status, struct error *e)
{
    char text[TFTP_TEXT];

    if (status != EFI_TFTP_ERROR)
        return fail(e, ERR_NETWORK, "tftp://%s/%s: cannot be fetched (%s)", t->host, t->path,
                    status_name(status));
    error_text(t, text);
    return fail(e, ERR_NETWORK, "tftp://%s/%s: the server answers: %s", t->host, t->path, text);
}

static enum err fail_size(const struct transfer *t, size_t limit, struct error *e)
{
    return fail(e, ERR_TOO_BIG, "tftp://%s/%s: has more than %zu bytes, the limit", t->host,
                t->path, limit);
}

/* iPXE does not tell how much it read into the zeros at at: read again, into ones; what both left as
 * it was is behind the end. */
static enum err measure(const struct transfer *t, const uint8_t *at, size_t room,
                        struct arena scratch, size_t *len, struct error *e)
{
    UINT64 size = room;
    uint8_t *again;

    TRY(arena_take(&scratch, room, 1, 8, (void **)&again, e));
    memset(again, 0xff, room);
    EFI_STATUS status = request(t, EFI_PXE_BASE_CODE_TFTP_READ_FILE, again, &size);
    if (EFI_ERROR(status))
        return fail_transfer(t, status, e);
    while (room && at[room - 1] == 0 && again[room - 1] == 0xff)
        room--;
    if (memcmp(at, again, room) != 0)
        return fail(e, ERR_NETWORK, "tftp://%s/%s: changes while it is read", t->host, t->path);
    *len = room;
    return OK;
}

/* The first room bytes; *is_small when there are more. */
static enum err read_into(const struct transfer *t, size_t room, bool is_told, struct arena *a,
                          struct bytes *out, bool *found, bool *is_small, struct error *e)
{
    UINT64 size = room;
    uint8_t *at;

    TRY(arena_take(a, room, 1, 8, (void **)&at, e));
    EFI_STATUS status = request(t, EFI_PXE_BASE_CODE_TFTP_READ_FILE, at, &size);
    *is_small = status == EFI_BUFFER_TOO_SMALL;
    if (*is_small || says_not_found(t, status))
        return OK;
    if (EFI_ERROR(status) || size > room)
        return fail_transfer(t, status, e);
    size_t len = (size_t)size;
    if (len == room && !is_told)
        TRY(measure(t, at, room, *a, &len, e));
    *out = (struct bytes){at, len};
    *found = true;
    return OK;
}

/* Servers need not tell a file's size, and iPXE does not ask: then what is too small is tried again
 * with more.  The arena keeps only the last try. */
static enum err read_file(const struct transfer *t, size_t limit, struct arena *a,
                          struct bytes *out, bool *found, struct error *e)
{
    UINT64 told = 0;
    EFI_STATUS status = request(t, EFI_PXE_BASE_CODE_TFTP_GET_FILE_SIZE, NULL, &told);
    bool is_told = !EFI_ERROR(status) && told, is_small = false;

    if (status == EFI_TFTP_ERROR && says_not_found(t, status))
        return OK;
    if (is_told && told > limit)
        return fail_size(t, limit, e);
    size_t room = is_told ? (size_t)told : (size_t)min_u64(TFTP_FIRST, limit);
    for (;;) {
        struct arena trial = *a;
        TRY(read_into(t, room, is_told, &trial, out, found, &is_small, e));
        if (!is_small) {
            *a = *found ? trial : *a;
            return OK;
        }
        if (room == limit)
            return fail_size(t, limit, e);
        room = room > limit / TFTP_GROWTH ? limit : room * TFTP_GROWTH;
    }
}

/* True when it has an address of that family, or could get one. */
static bool bring_up(EFI_PXE_BASE_CODE_PROTOCOL *pxe, bool ipv6)
{
    if (!pxe->Mode)
        return false;
    if (pxe->Mode->Started)
        return (pxe->Mode->UsingIpv6 != 0) == ipv6 && pxe->Mode->DhcpAckReceived;
    EFI_STATUS status = pxe->Start(pxe, ipv6);
    port_say("%s", ""); /* it begins a line of its own on the console, without an end */
    if (EFI_ERROR(status))
        return false;
    if (!EFI_ERROR(pxe->Dhcp(pxe, FALSE)))
        return true;
    pxe->Stop(pxe);
    return false;
}

/* The port that we came by, else any other; ports that are up already first. */
static enum err find_port(struct transfer *t, bool ipv6, struct arena scratch, struct error *e)
{
    EFI_HANDLE *handles;
    size_t count;

    t->pxe = firmware_protocol(firmware.self->DeviceHandle, &guid_pxe);
    if (t->pxe && t->pxe->Mode && t->pxe->Mode->Started && bring_up(t->pxe, ipv6))
        return OK;
    TRY(firmware_handles(&guid_pxe, &scratch, &handles, &count, e));
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < count; i++) {
            t->pxe = firmware_protocol(handles[i], &guid_pxe);
            if (t->pxe && t->pxe->Mode && (round || t->pxe->Mode->Started) &&
                bring_up(t->pxe, ipv6))
                return OK;
        }
    return fail(e, ERR_NETWORK, "tftp://%s/%s: no network port gets an IPv%c address by PXE",
                t->host, t->path, ipv6 ? '6' : '4');
}

enum err port_tftp(const char *host, const char *path, size_t limit, struct arena *a,
                   struct bytes *out, bool *found, struct error *e)
{
    struct transfer t = {.host = host, .path = path};
    uint8_t address[16];
    size_t len = address_bytes(host, strlen(host), address);

    *out = (struct bytes){(const uint8_t *)"", 0};
    *found = false;
    if (!len)
        return fail(e, ERR_NETWORK, "tftp://%s/%s: the server must be named by its address", host,
                    path);
    if (strlen(path) >= URL_MAX)
        return fail(e, ERR_TOO_BIG, "tftp://%s/%s: its name is too long", host, path);
    memcpy(&t.server, address, len);
    TRY(find_port(&t, len == 16, *a, e));
    return read_file(&t, limit, a, out, found, e);
}
