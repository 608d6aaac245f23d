#include "parsers/signature_list.h"

#include <string.h>

#define LIST_HEADER 28 /* bytes of EFI_SIGNATURE_LIST before the list's own header */
#define OWNER       16 /* bytes of the owner's GUID before the data of each entry */
#define TIME        16 /* bytes of EFI_TIME */

/* The types by their GUIDs as they lie in a variable. */
struct list_type {
    uint8_t guid[16];
    enum signature_entry_kind kind;
    enum digest_kind digest;
};

static const struct list_type types[] = {
    /* EFI_CERT_X509_GUID */
    {{0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0,
      0x72},
     SIGNATURE_CERTIFICATE,
     DIGEST_SHA256},
    /* EFI_CERT_SHA1_GUID */
    {{0x12, 0xa5, 0x6c, 0x82, 0x10, 0xcf, 0xc9, 0x4a, 0xb1, 0x87, 0xbe, 0x01, 0x49, 0x66, 0x31,
      0xbd},
     SIGNATURE_IMAGE_DIGEST,
     DIGEST_SHA1},
    /* EFI_CERT_SHA256_GUID */
    {{0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43,
      0x28},
     SIGNATURE_IMAGE_DIGEST,
     DIGEST_SHA256},
    /* EFI_CERT_SHA384_GUID */
    {{0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e,
      0x01},
     SIGNATURE_IMAGE_DIGEST,
     DIGEST_SHA384},
    /* EFI_CERT_SHA512_GUID */
    {{0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1,
      0x9a},
     SIGNATURE_IMAGE_DIGEST,
     DIGEST_SHA512},
    /* EFI_CERT_X509_SHA256_GUID */
    {{0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03,
      0xed},
     SIGNATURE_CERTIFICATE_HASH,
     DIGEST_SHA256},
    /* EFI_CERT_X509_SHA384_GUID */
    {{0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86,
      0x5b},
     SIGNATURE_CERTIFICATE_HASH,
     DIGEST_SHA384},
    /* EFI_CERT_X509_SHA512_GUID */
    {{0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe,
      0x9d},
     SIGNATURE_CERTIFICATE_HASH,
     DIGEST_SHA512},
};

struct signature_list_cursor signature_list_begin(struct bytes lists)
{
    return (struct signature_list_cursor){.lists = lists};
}

/* What a list of that type and entry size holds; sizes that do not fit the type make it OTHER. */
static void set_type(struct signature_list_cursor *c, const uint8_t guid[16])
{
    c->kind = SIGNATURE_OTHER;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const struct list_type *type = &types[i];
        if (memcmp(guid, type->guid, sizeof(type->guid)) != 0)
            continue;
        size_t size = digest_size(type->digest);
        if ((type->kind == SIGNATURE_IMAGE_DIGEST && c->entry_size != OWNER + size) ||
            (type->kind == SIGNATURE_CERTIFICATE_HASH && c->entry_size != OWNER + size + TIME))
            return;
        c->kind = type->kind;
        c->digest = type->digest;
    }
}

static bool next_list(struct signature_list_cursor *c)
{
    if (c->lists.len == 0)
        return false;
    c->is_damaged = true;
    if (c->lists.len < LIST_HEADER)
        return false;
    const uint8_t *at = c->lists.at;
    uint32_t size = get_le32(at + 16);
    uint32_t header = get_le32(at + 20);
    c->entry_size = get_le32(at + 24);
    if (size < LIST_HEADER || size > c->lists.len || header > size - LIST_HEADER ||
        c->entry_size <= OWNER || (size - LIST_HEADER - header) % c->entry_size)
        return false;
    set_type(c, at);
    c->entries = (struct bytes){at + LIST_HEADER + header, size - LIST_HEADER - header};
    take(&c->lists, size);
    c->is_damaged = false;
    return true;
}

static bool is_zero(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i])
            return false;
    return true;
}

bool signature_list_next(struct signature_list_cursor *c, struct signature_entry *out)
{
    while (c->entries.len == 0)
        if (!next_list(c))
            return false;
    /* next_list() saw that they divide the list evenly. */
    const uint8_t *at = c->entries.at;
    c->entries.at += c->entry_size;
    c->entries.len -= c->entry_size;
    *out = (struct signature_entry){.kind = c->kind, .digest = c->digest};
    out->data = (struct bytes){at + OWNER, c->entry_size - OWNER};
    if (c->kind == SIGNATURE_CERTIFICATE_HASH) {
        out->data.len -= TIME;
        out->revoked_from_a_time = !is_zero(out->data.at + out->data.len, TIME);
    }
    return true;
}
