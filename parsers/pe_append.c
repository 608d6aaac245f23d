/* Making PE images: one more section, and the checksum. */
#include <string.h>

#include "base/checked.h"
#include "parsers/pe.h"

#define COUNT_BEFORE_OPTIONAL 18 /* bytes from NumberOfSections to the optional header */
#define INITIALIZED_SIZE      8  /* offset of SizeOfInitializedData in the optional header */
#define IMAGE_SIZE            56 /* offset of SizeOfImage in it */

uint32_t pe_checksum(struct bytes file, const struct pe *pe)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < file.len; i++) {
        if (i >= pe->checksum && i - pe->checksum < 4)
            continue;
        sum += (uint32_t)file.at[i] << (i % 2 ? 8 : 0);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum + (uint32_t)file.len;
}

uint64_t pe_appended_size(const struct pe *pe, uint64_t size, uint64_t data_len)
{
    return round_up(size, pe->file_alignment) + round_up(data_len, pe->file_alignment);
}

static bool is_alignment(uint32_t n)
{
    return n >= 16 && n <= (1u << 20) && (n & (n - 1)) == 0;
}

/* What lies behind the last section would be in front of the new one, in no section: signing tools
 * and firmware do not agree on the digest of such a file. */
static bool ends_with_section(const struct pe *pe, size_t size)
{
    struct pe_section section;
    uint64_t end = pe->size_of_headers;

    for (uint32_t i = 0; i < pe->section_count; i++) {
        pe_section(pe, i, &section);
        if (section.raw_size)
            end = max_u64(end, (uint64_t)section.raw + section.raw_size);
    }
    return size <= round_up(end, pe->file_alignment) && size >= end;
}

/* The first byte that a section has in the file: the headers can grow up to there. */
static uint64_t first_raw(const struct pe *pe)
{
    struct pe_section section;
    uint64_t first = pe->size_of_headers;

    for (uint32_t i = 0; i < pe->section_count; i++) {
        pe_section(pe, i, &section);
        if (section.raw_size)
            first = min_u64(first, section.raw);
    }
    return first;
}

static enum err check(const struct pe *pe, size_t size, const char *name, struct error *e)
{
    struct pe_section section;

    if (strlen(name) > 8)
        return fail(e, ERR_SETTING, "%s: the name of a section has at most 8 bytes", name);
    if (pe->certificates_size)
        return fail(e, ERR_SETTING, "is signed already, and a new section would break that");
    if (pe_find(pe, name, &section))
        return fail(e, ERR_SETTING, "has a section %s already", name);
    if (!is_alignment(pe->file_alignment) || !is_alignment(pe->section_alignment))
        return fail(e, ERR_DAMAGED, "its PE header gives an alignment of %u and %u bytes",
                    pe->file_alignment, pe->section_alignment);
    if (!ends_with_section(pe, size))
        return fail(e, ERR_UNSUPPORTED, "does not end with its last section");
    if (pe->section_count == PE_SECTIONS_MAX ||
        pe->sections + (uint64_t)(pe->section_count + 1) * PE_SECTION_SIZE > first_raw(pe))
        return fail(e, ERR_SETTING, "has no room in its headers for the section %s", name);
    return OK;
}

/* The first address behind all sections, where the next one can lie. */
static uint64_t next_address(const struct pe *pe)
{
    struct pe_section section;
    uint64_t end = pe->size_of_image;

    for (uint32_t i = 0; i < pe->section_count; i++) {
        pe_section(pe, i, &section);
        end = max_u64(end, (uint64_t)section.address + section.virtual_size);
    }
    return round_up(end, pe->section_alignment);
}

static void add_to_le32(uint8_t *at, uint32_t more)
{
    put_le32(at, get_le32(at) + more);
}

enum err pe_append(uint8_t *file, size_t *size, size_t room, const char *name, struct bytes data,
                   struct pe *pe, struct error *e)
{
    TRY(check(pe, *size, name, e));
    uint64_t at = round_up(*size, pe->file_alignment);
    uint64_t end = pe_appended_size(pe, *size, data.len);
    uint64_t address = next_address(pe);
    if (end > room || end > UINT32_MAX || address + data.len > INT32_MAX)
        return fail(e, ERR_TOO_BIG, "would have %llu bytes with the section %s",
                    (unsigned long long)end, name);

    uint8_t *entry = file + pe->sections + (size_t)pe->section_count * PE_SECTION_SIZE;
    uint8_t *optional = file + pe->optional;
    memset(file + *size, 0, (size_t)(end - *size));
    memcpy(file + at, data.at, data.len);
    memset(entry, 0, PE_SECTION_SIZE);
    for (size_t i = 0; name[i]; i++)
        entry[i] = (uint8_t)name[i];
    put_le32(entry + 8, (uint32_t)data.len);
    put_le32(entry + 12, (uint32_t)address);
    put_le32(entry + 16, (uint32_t)(end - at));
    put_le32(entry + 20, (uint32_t)at);
    put_le32(entry + 36, PE_INITIALIZED | PE_READ);
    put_le16(optional - COUNT_BEFORE_OPTIONAL, (uint16_t)(pe->section_count + 1));
    add_to_le32(optional + INITIALIZED_SIZE, (uint32_t)(end - at));
    put_le32(optional + IMAGE_SIZE, (uint32_t)round_up(address + data.len, pe->section_alignment));
    *size = (size_t)end;
    TRY(pe_parse((struct bytes){file, *size}, pe, e));
    put_le32(file + pe->checksum, pe_checksum((struct bytes){file, *size}, pe));
    return OK;
}
