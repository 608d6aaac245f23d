/* efi/http_protocol.h - the firmware's HTTP and IPv4 configuration, which gnu-efi does not declare.
 *
 * Spec: UEFI 2.10, "EFI HTTP Protocol", "EFI IPv4 Configuration II Protocol".
 */
#ifndef EFI_HTTP_PROTOCOL_H
#define EFI_HTTP_PROTOCOL_H

#include "efi/firmware.h"
#include "parsers/http_request.h"

#define HTTP_BINDING_GUID                                                                          \
    {                                                                                              \
        0xbdc8e6af, 0xd9bc, 0x4379,                                                                \
        {                                                                                          \
            0xa7, 0x2a, 0xe0, 0xc4, 0xe7, 0x5d, 0xae, 0x1c                                         \
        }                                                                                          \
    }
#define HTTP_GUID                                                                                  \
    {                                                                                              \
        0x7a59b29b, 0x910b, 0x4171,                                                                \
        {                                                                                          \
            0x82, 0x42, 0xa8, 0x5a, 0x0d, 0xf2, 0x5b, 0x5b                                         \
        }                                                                                          \
    }
#define IP4_CONFIG2_GUID                                                                           \
    {                                                                                              \
        0x5b446ed1, 0xe30b, 0x4faa,                                                                \
        {                                                                                          \
            0x87, 0x1a, 0x36, 0x54, 0xec, 0xa3, 0x60, 0x80                                         \
        }                                                                                          \
    }

#define HTTP_ERROR   EFIERR(35) /* a status of 400 and above: the answer is there all the same */
#define HTTP_VERSION 1          /* HTTP/1.1 */
#define IP4_POLICY   1          /* what Ip4Config2 sets */
#define IP4_BY_DHCP  1          /* and to what */
#define HTTP_GET     0          /* methods */
#define HTTP_POST    1

struct http_access4 {
    BOOLEAN use_default;
    EFI_IPv4_ADDRESS address, mask;
    UINT16 port;
};

struct http_access6 {
    EFI_IPv6_ADDRESS address;
    UINT16 port;
};

struct http_config {
    UINT32 version;
    UINT32 timeout_ms;
    BOOLEAN is_ipv6;
    void *access;
};

struct http_request_data {
    UINT32 method;
    CHAR16 *url;
};

struct http_message {
    void *data; /* struct http_request_data, or the status of an answer as a UINT32 */
    UINTN count;
    struct http_field *fields;
    UINTN body_len;
    void *body;
};

struct http_token {
    EFI_EVENT event;
    EFI_STATUS status;
    struct http_message *message;
};

struct http_protocol {
    void *get_mode;
    EFI_STATUS(EFIAPI *configure)(struct http_protocol *self, struct http_config *config);
    EFI_STATUS(EFIAPI *request)(struct http_protocol *self, struct http_token *token);
    EFI_STATUS(EFIAPI *cancel)(struct http_protocol *self, struct http_token *token);
    EFI_STATUS(EFIAPI *response)(struct http_protocol *self, struct http_token *token);
    EFI_STATUS(EFIAPI *poll)(void *self);
};

struct ip4_config2 {
    EFI_STATUS(EFIAPI *set)(struct ip4_config2 *self, UINT32 type, UINTN size, void *data);
    EFI_STATUS(EFIAPI *get)(struct ip4_config2 *self, UINT32 type, UINTN *size, void *data);
};

#endif
