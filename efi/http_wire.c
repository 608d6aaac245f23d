#include "efi/http_wire.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "efi/http_protocol.h"
#include "efi/network.h"
#include "efi/status.h"
#include "loader/port.h"
#include "parsers/address.h"
#include "parsers/http_head.h"
#include "parsers/url.h"

#define REQUEST_SIZE (HTTP_HEAD_MAX + (64u << 10)) /* bytes: a head and a report */
#define BUFFER_SIZE  (64u << 10)                   /* bytes; more than HTTP_HEAD_MAX */
#define URL_SIZE     (URL_MAX + URL_HOST_MAX + 16) /* "http://[host]:port" and a target */
#define ADDRESS_MS   15000                         /* until DHCP has given an address */
#define RETRY_MS     250

struct http_wire {
    struct wire wire;
    EFI_HANDLE port;
    char host[URL_HOST_MAX];
    uint16_t number;
    bool is_ipv6;
    CHAR16 url[URL_SIZE];
    struct net_child child; /* its service is NULL until there was a request */

    char *request;        /* REQUEST_SIZE bytes, of which len are there */
    size_t len, head_len; /* head_len is 0 until the head is there and parsed */
    struct http_request_head head;

    uint8_t *buffer; /* BUFFER_SIZE bytes, of which those from at to end are to be taken */
    size_t at, end;
    bool wants_head, is_pending, has_ended;
    EFI_EVENT done, came;
    struct http_token token; /* of the answer; the firmware's while it is pending */
    struct http_message message;
    UINT32 status;
};

/* The IPv4 configuration that we switched to DHCP, and what it was. */
static struct {
    struct ip4_config2 *config;
    UINT32 policy;
} switched;

void http_wire_release(void)
{
    if (switched.config)
        switched.config->set(switched.config, IP4_POLICY, sizeof(switched.policy),
                             &switched.policy);
    switched.config = NULL;
}

static void switch_to_dhcp(EFI_HANDLE port)
{
    static const EFI_GUID guid = IP4_CONFIG2_GUID;
    struct ip4_config2 *config = firmware_protocol(port, &guid);
    UINT32 policy, dhcp = IP4_BY_DHCP;
    UINTN size = sizeof(policy);

    if (switched.config || !config || EFI_ERROR(config->get(config, IP4_POLICY, &size, &policy)) ||
        policy == IP4_BY_DHCP || EFI_ERROR(config->set(config, IP4_POLICY, sizeof(dhcp), &dhcp)))
        return;
    switched.config = config;
    switched.policy = policy;
}

/* ---- Open and close -------------------------------------------------------------------------- */

static struct http_protocol *protocol(struct http_wire *h)
{
    return h->child.protocol;
}

static void drop_child(struct http_wire *h)
{
    if (h->child.service)
        protocol(h)->cancel(protocol(h), NULL);
    net_child_end(&h->child);
    (void)firmware.boot->CheckEvent(h->done); /* of what has just ended */
    (void)firmware.boot->CheckEvent(h->came);
}

static void drop(struct http_wire *h)
{
    drop_child(h);
    h->is_pending = h->wants_head = h->has_ended = false;
    h->at = h->end = h->len = h->head_len = 0;
}

static void http_wire_close(struct wire *w)
{
    drop((struct http_wire *)w);
}

/* The firmware connects when it has a request. */
static enum err http_wire_connect(struct wire *w, const char *host, uint16_t port,
                                  uint32_t timeout_ms, struct error *e)
{
    struct http_wire *h = (struct http_wire *)w;
    uint8_t address[16];

    (void)timeout_ms;
    if (strlen(host) >= sizeof(h->host))
        return fail(e, ERR_SETTING, "the name of a host has more than %zu characters",
                    sizeof(h->host) - 1);
    memcpy(h->host, host, strlen(host) + 1);
    h->number = port;
    h->is_ipv6 = address_bytes(host, strlen(host), address) == 16;
    return OK;
}

/* An instance of HTTP for that family. */
static enum err make_child(struct http_wire *h, uint32_t timeout_ms, struct error *e)
{
    static const EFI_GUID binding = HTTP_BINDING_GUID, guid = HTTP_GUID;
    struct http_access4 access4 = {.use_default = TRUE};
    struct http_access6 access6 = {.port = 0};
    struct http_config config = {HTTP_VERSION, timeout_ms, h->is_ipv6,
                                 h->is_ipv6 ? (void *)&access6 : (void *)&access4};

    if (net_child_make(h->port, &binding, &guid, &h->child, e) != OK)
        return within(e, "the firmware's HTTP");
    EFI_STATUS status = protocol(h)->configure(protocol(h), &config);
    if (!EFI_ERROR(status))
        return OK;
    net_child_end(&h->child);
    return fail(e, ERR_NETWORK, "the firmware's HTTP does not start (%s)", status_name(status));
}

/* ---- The request ----------------------------------------------------------------------------- */

static void make_url(struct http_wire *h)
{
    char text[URL_SIZE];
    bool in_brackets = strchr(h->host, ':') != NULL;
    size_t len = text_format(text, sizeof(text), "http://%s%s%s:%u%s", in_brackets ? "[" : "",
                             h->host, in_brackets ? "]" : "", h->number, h->head.target);

    for (size_t i = 0; i <= len; i++)
        h->url[i] = (CHAR16)(uint8_t)text[i];
}

/* Hand the request over, once.  One that comes to no end takes the instance with it, so that nobody
 * writes to the token any more. */
static EFI_STATUS request_once(struct http_wire *h, uint64_t deadline)
{
    struct http_request_data data = {strcmp(h->head.method, "POST") == 0 ? HTTP_POST : HTTP_GET,
                                     h->url};
    struct http_message message = {&data, h->head.count, h->head.fields, (UINTN)h->head.length,
                                   h->head.length ? h->request + h->head_len : NULL};
    struct http_token token = {h->done, EFI_NOT_READY, &message};
    EFI_STATUS status = protocol(h)->request(protocol(h), &token);

    if (EFI_ERROR(status))
        return status;
    if (net_wait(h->done, protocol(h)->poll, protocol(h), deadline) == OK)
        return token.status;
    drop_child(h);
    return EFI_TIMEOUT;
}

/* The first request of a connection, again as long as there is no address yet; each time by a new
 * instance, because EDK2's is of no use after a request that failed. */
static enum err request_anew(struct http_wire *h, uint32_t timeout_ms, EFI_STATUS *status,
                             struct error *e)
{
    uint64_t patience = port_milliseconds() + ADDRESS_MS;

    if (h->is_ipv6 && !network_have6()) /* EDK2's would wait for ever */
        return fail(e, ERR_NETWORK, "this machine has no IPv6 address");
    for (;;) {
        TRY(make_child(h, timeout_ms, e));
        *status = request_once(h, port_milliseconds() + timeout_ms);
        if (!EFI_ERROR(*status))
            return OK;
        drop_child(h);
        if (*status != EFI_NO_MAPPING || port_milliseconds() >= patience)
            return OK;
        if (!h->is_ipv6)
            switch_to_dhcp(h->port);
        if (!port_wait(RETRY_MS))
            return fail(e, ERR_CANCELLED, "stopped");
    }
}

/* A host's name may lead to an address of the other family only. */
static enum err make_request(struct http_wire *h, uint32_t timeout_ms, struct error *e)
{
    EFI_STATUS status;

    make_url(h);
    if (h->child.service) {
        status = request_once(h, port_milliseconds() + timeout_ms);
    } else {
        TRY(request_anew(h, timeout_ms, &status, e));
        if (EFI_ERROR(status) && !h->is_ipv6 && !address_is_ip(h->host, strlen(h->host))) {
            h->is_ipv6 = true;
            TRY(request_anew(h, timeout_ms, &status, e));
        }
    }
    if (EFI_ERROR(status))
        return fail(e, ERR_NETWORK, "the firmware's HTTP cannot send the request (%s)",
                    status_name(status));
    h->len = h->head_len = 0;
    h->wants_head = true;
    return OK;
}

static enum err http_wire_send(struct wire *w, struct bytes bytes, uint32_t timeout_ms,
                               struct error *e)
{
    struct http_wire *h = (struct http_wire *)w;

    if (!bytes.len)
        return OK;
    if (!h->len && http_request_is_tls(bytes))
        return fail(e, ERR_SETTING,
                    "this machine's firmware offers no TCP, so https cannot be done");
    if (bytes.len > REQUEST_SIZE - h->len)
        return fail(e, ERR_TOO_BIG, "the request has more than %u bytes", REQUEST_SIZE);
    memcpy(h->request + h->len, bytes.at, bytes.len);
    h->len += bytes.len;
    if (!h->head_len) {
        h->head_len = http_head_end((struct bytes){(uint8_t *)h->request, h->len});
        if (!h->head_len)
            return OK;
        TRY(http_request_parse(h->request, h->head_len, &h->head, e));
    }
    return h->len - h->head_len < h->head.length ? OK : make_request(h, timeout_ms, e);
}

/* ---- The answer ------------------------------------------------------------------------------ */

/* EFI_HTTP_STATUS_CODE counts the statuses from 1 on, in this order; 0: the firmware does not know
 * this one. */
static int status_number(UINT32 code)
{
    static const uint16_t numbers[] = {0,   100, 101, 200, 201, 202, 203, 204, 205, 206, 300,
                                       301, 302, 303, 304, 305, 307, 400, 401, 402, 403, 404,
                                       405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415,
                                       416, 417, 500, 501, 502, 503, 504, 505, 308};

    return code < COUNT_OF(numbers) ? numbers[code] : 0;
}

/* The firmware's memory, once the head is written down. */
static void free_fields(struct http_message *m)
{
    for (UINTN i = 0; m->fields && i < m->count; i++) {
        firmware.boot->FreePool((void *)(uintptr_t)m->fields[i].name);
        firmware.boot->FreePool((void *)(uintptr_t)m->fields[i].value);
    }
    if (m->fields)
        firmware.boot->FreePool(m->fields);
    m->fields = NULL;
    m->count = 0;
}

static enum err take_head(struct http_wire *h, struct error *e)
{
    int number = status_number(h->status);
    size_t len = http_response_write(number, h->message.fields, h->message.count, (char *)h->buffer,
                                     HTTP_HEAD_MAX);

    free_fields(&h->message);
    if (!number)
        return fail(e, ERR_NETWORK, "the answer has a status that the firmware does not know");
    if (!len)
        return fail(e, ERR_NETWORK, "the head of the answer is too long, or none");
    h->end = len;
    h->wants_head = false;
    return OK;
}

/* What has come, into the buffer. */
static enum err take_answer(struct http_wire *h, struct error *e)
{
    EFI_STATUS status = h->token.status;

    h->is_pending = false;
    h->at = h->end = 0;
    if (EFI_ERROR(status) && status != HTTP_ERROR &&
        (h->wants_head || status != EFI_CONNECTION_FIN))
        return fail(e, ERR_NETWORK, "the firmware's HTTP brings no answer (%s)",
                    status_name(status));
    if (h->wants_head)
        return take_head(h, e);
    if (!EFI_ERROR(status) || status == HTTP_ERROR)
        h->end = (size_t)min_u64(h->message.body_len, BUFFER_SIZE);
    h->has_ended = h->end == 0;
    return OK;
}

static enum err ask_for_more(struct http_wire *h, struct error *e)
{
    h->message = h->wants_head ? (struct http_message){.data = &h->status}
                               : (struct http_message){.body_len = BUFFER_SIZE, .body = h->buffer};
    h->token = (struct http_token){h->came, EFI_NOT_READY, &h->message};
    h->status = 0;
    EFI_STATUS status = protocol(h)->response(protocol(h), &h->token);
    h->is_pending = !EFI_ERROR(status);
    return h->is_pending ? OK
                         : fail(e, ERR_NETWORK, "the firmware's HTTP brings no answer (%s)",
                                status_name(status));
}

static enum err http_wire_receive(struct wire *w, void *to, size_t room, uint32_t timeout_ms,
                                  size_t *got, struct error *e)
{
    struct http_wire *h = (struct http_wire *)w;
    uint64_t deadline = port_milliseconds() + timeout_ms;

    *got = 0;
    if (!h->child.service)
        return fail(e, ERR_NETWORK, "nothing was asked for");
    if (h->at == h->end && !h->has_ended) {
        if (!h->is_pending)
            TRY(ask_for_more(h, e));
        enum err err = net_wait(h->came, protocol(h)->poll, protocol(h), deadline);
        if (err == ERR_CANCELLED)
            return fail(e, err, "stopped");
        *got = WIRE_QUIET;
        if (err != OK)
            return OK;
        TRY(take_answer(h, e));
    }
    *got = (size_t)min_u64(room, h->end - h->at);
    memcpy(to, h->buffer + h->at, *got);
    h->at += *got;
    return OK;
}

enum err http_wire_make(EFI_HANDLE port, struct arena *a, struct wire **out, struct error *e)
{
    static const struct wire_ops ops = {http_wire_connect, http_wire_send, http_wire_receive,
                                        http_wire_close};
    struct http_wire *h;

    TRY(TAKE(a, 1, &h, e));
    TRY(arena_take(a, REQUEST_SIZE, 1, 8, (void **)&h->request, e));
    TRY(arena_take(a, BUFFER_SIZE, 1, 8, (void **)&h->buffer, e));
    TRY(net_event(&h->done, e));
    TRY(net_event(&h->came, e));
    h->wire.ops = &ops;
    h->port = port;
    *out = &h->wire;
    return OK;
}
