#include "parsers/pe.h"

#include <string.h>

#include "base/checked.h"

#define DOS_MAGIC   0x5a4du     /* "MZ" */
#define PE_MAGIC    0x00004550u /* "PE\0\0" */
#define MAGIC_PE32  0x010bu
#define MAGIC_PE32P 0x020bu

#define SYMBOL_SIZE       18  /* bytes of a COFF symbol */
#define COFF_SIZE         20  /* bytes of the COFF header behind the PE magic */
#define DIRECTORIES_32    96  /* offset of the data directories in a PE32 optional header */
#define DIRECTORIES_64    112 /* and in PE32+ */
#define CERTIFICATES      32  /* offset of the certificate table's entry in the directories */
#define DIRECTORY_SIZE    8   /* bytes of an entry */
#define SIGNATURE_HEADER  8   /* bytes of WIN_CERTIFICATE before its data */
#define SIGNATURE_PKCS7   2   /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */
#define SIGNATURE_GUID    0x0ef1u
#define SIGNATURE_ALIGNED 8 /* bytes */

/* EFI_CERT_TYPE_PKCS7_GUID, 4aafd29d-68df-49ee-8aa9-347d375665a7, as it lies in a file. */
static const uint8_t pkcs7_guid[16] = {0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
                                       0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7};

static enum err short_headers(struct error *e)
{
    return fail(e, ERR_DAMAGED, "its PE headers are cut off");
}

/* Offsets within the optional header up to Subsystem and DllCharacteristics are the same in PE32
 * and PE32+: the wider ImageBase takes the place of BaseOfData. */
static void read_optional(const uint8_t *at, struct pe *pe)
{
    pe->section_alignment = get_le32(at + 32);
    pe->file_alignment = get_le32(at + 36);
    pe->size_of_image = get_le32(at + 56);
    pe->size_of_headers = get_le32(at + 60);
    pe->checksum = pe->optional + 64;
    pe->subsystem = get_le16(at + 68);
    pe->dll_characteristics = get_le16(at + 70);
}

static enum err read_directories(const uint8_t *at, uint32_t optional_size, struct pe *pe,
                                 struct error *e)
{
    uint32_t first = pe->is_64 ? DIRECTORIES_64 : DIRECTORIES_32;
    uint32_t count = get_le32(at + first - 4);

    if (count > (optional_size - first) / DIRECTORY_SIZE)
        return fail(e, ERR_DAMAGED, "its PE header claims %u data directories and has room for %u",
                    count, (optional_size - first) / DIRECTORY_SIZE);
    if (count <= CERTIFICATES / DIRECTORY_SIZE)
        return OK;
    pe->certificate_entry = pe->optional + first + CERTIFICATES;
    pe->certificates = get_le32(at + first + CERTIFICATES);
    pe->certificates_size = get_le32(at + first + CERTIFICATES + 4);
    return OK;
}

/* Find the optional header: the offset of the COFF header stands at byte 60. */
static enum err read_coff(struct bytes start, struct pe *pe, uint32_t *optional_size,
                          struct error *e)
{
    if (start.len < 64 || get_le16(start.at) != DOS_MAGIC)
        return fail(e, ERR_UNSUPPORTED, "is no PE image: it does not begin with MZ");
    uint32_t at = get_le32(start.at + 60);
    if (at > PE_HEADERS_MAX || at > start.len || start.len - at < 4 + COFF_SIZE)
        return short_headers(e);
    if (get_le32(start.at + at) != PE_MAGIC)
        return fail(e, ERR_UNSUPPORTED, "is no PE image: no PE header at byte %u", at);
    const uint8_t *coff = start.at + at + 4;
    pe->machine = get_le16(coff);
    pe->section_count = get_le16(coff + 2);
    if (get_le32(coff + 8)) /* the strings follow the symbols */
        pe->strings = get_le32(coff + 8) + (uint64_t)get_le32(coff + 12) * SYMBOL_SIZE;
    pe->optional = at + 4 + COFF_SIZE;
    *optional_size = get_le16(coff + 16);
    pe->sections = pe->optional + *optional_size;
    if (*optional_size > start.len - pe->optional)
        return short_headers(e);
    if (pe->section_count == 0 || pe->section_count > PE_SECTIONS_MAX)
        return fail(e, ERR_DAMAGED, "its PE header claims %u sections; 1 to %u are possible",
                    pe->section_count, PE_SECTIONS_MAX);
    return OK;
}

enum err pe_parse(struct bytes start, struct pe *out, struct error *e)
{
    struct pe pe = {0};
    uint32_t optional_size;

    TRY(read_coff(start, &pe, &optional_size, e));
    const uint8_t *at = start.at + pe.optional;
    uint16_t magic = optional_size >= 2 ? get_le16(at) : 0;
    if (magic != MAGIC_PE32 && magic != MAGIC_PE32P)
        return fail(e, ERR_UNSUPPORTED, "is a PE image of unknown kind 0x%x", magic);
    pe.is_64 = magic == MAGIC_PE32P;
    if (optional_size < (pe.is_64 ? DIRECTORIES_64 : DIRECTORIES_32))
        return short_headers(e);
    read_optional(at, &pe);
    TRY(read_directories(at, optional_size, &pe, e));
    if (pe.size_of_headers > PE_HEADERS_MAX)
        return fail(e, ERR_TOO_BIG, "its PE headers have %u bytes; the limit is %u",
                    pe.size_of_headers, PE_HEADERS_MAX);
    if (pe.size_of_headers > start.len || pe.sections > pe.size_of_headers ||
        pe.section_count > (pe.size_of_headers - pe.sections) / PE_SECTION_SIZE)
        return short_headers(e);
    pe.headers = (struct bytes){start.at, pe.size_of_headers};
    *out = pe;
    return OK;
}

void pe_section(const struct pe *pe, uint32_t index, struct pe_section *out)
{
    const uint8_t *at = pe->headers.at + pe->sections + (size_t)index * PE_SECTION_SIZE;

    *out = (struct pe_section){
        .virtual_size = get_le32(at + 8),
        .address = get_le32(at + 12),
        .raw_size = get_le32(at + 16),
        .raw = get_le32(at + 20),
        .characteristics = get_le32(at + 36),
    };
    memcpy(out->name, at, 8);
}

bool pe_find(const struct pe *pe, const char *name, struct pe_section *out)
{
    for (uint32_t i = 0; i < pe->section_count; i++) {
        pe_section(pe, i, out);
        if (strcmp(out->name, name) == 0)
            return true;
    }
    return false;
}

bool pe_loaded_bytes(struct bytes image, const struct pe_section *section, struct bytes *out)
{
    if (section->address > image.len || section->virtual_size > image.len - section->address)
        return false;
    *out = (struct bytes){image.at + section->address, section->virtual_size};
    return true;
}

enum err pe_next_signature(struct bytes *rest, struct pe_signature *out, bool *found,
                           struct error *e)
{
    *found = false;
    if (rest->len < SIGNATURE_HEADER)
        return OK;
    uint32_t size = get_le32(rest->at);
    uint16_t type = get_le16(rest->at + 6);
    if (size < SIGNATURE_HEADER || size > rest->len)
        return fail(e, ERR_DAMAGED,
                    "its certificate table holds a signature of %u bytes where %zu are left", size,
                    rest->len);
    *out = (struct pe_signature){.kind = PE_SIGNATURE_OTHER,
                                 .data = {rest->at + SIGNATURE_HEADER, size - SIGNATURE_HEADER}};
    if (type == SIGNATURE_PKCS7)
        out->kind = PE_SIGNATURE_PKCS7;
    if (type == SIGNATURE_GUID && out->data.len > sizeof(pkcs7_guid) &&
        memcmp(out->data.at, pkcs7_guid, sizeof(pkcs7_guid)) == 0) {
        out->kind = PE_SIGNATURE_PKCS7;
        take(&out->data, sizeof(pkcs7_guid));
    }
    take(rest, (size_t)min_u64(round_up(size, SIGNATURE_ALIGNED), rest->len));
    *found = true;
    return OK;
}
