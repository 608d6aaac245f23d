/* parsers/pe.h - PE/COFF images: what firmware starts, and how they are signed and extended.
 *
 *     struct pe pe;
 *     struct pe_section section;
 *     TRY(pe_parse(start_of_the_file, &pe, e));
 *     if (pe_find(&pe, ".sbat", &section)) ...
 *
 * Pure: bytes in, struct out.  The headers lie the same in a file and in memory after loading, so
 * one parser serves both; whether a section is inside of its file or image is asked for apart.
 *
 * Spec: Microsoft, "PE Format", "File Headers", "Optional Header", "Section Table", "The Attribute
 * Certificate Table"; UEFI 2.10, "UEFI Images".
 */
#ifndef PARSERS_PE_H
#define PARSERS_PE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"

#define PE_HEADERS_MAX  (64u << 10) /* bytes; docs/limits.md */
#define PE_SECTIONS_MAX 96          /* the Windows loader's bound */
#define PE_SECTION_SIZE 40          /* bytes of one entry in the section table */

/* Characteristics of a section. */
#define PE_CODE        0x00000020u
#define PE_INITIALIZED 0x00000040u
#define PE_DISCARDABLE 0x02000000u
#define PE_EXECUTE     0x20000000u
#define PE_READ        0x40000000u
#define PE_WRITE       0x80000000u

/* Sections that ovfboot seal adds to the loader. */
#define PE_TRUST  ".trust"
#define PE_POLICY ".policy"

/* DllCharacteristics. */
#define PE_DYNAMIC_BASE 0x0040u
#define PE_NX_COMPAT    0x0100u

struct pe {
    struct bytes headers; /* borrowed: size_of_headers bytes */
    bool is_64;           /* PE32+, else PE32 */
    uint16_t machine;     /* 0x8664: x86-64, 0xaa64: AArch64 */
    uint16_t subsystem;   /* 10: EFI application */
    uint16_t dll_characteristics;
    uint32_t section_alignment, file_alignment; /* bytes, powers of two; not checked */
    uint32_t size_of_image;                     /* bytes in memory */
    uint32_t size_of_headers;                   /* bytes */
    uint32_t optional;                          /* offset of the optional header, bytes */
    uint32_t checksum;                          /* offset of the field, bytes */
    uint32_t certificate_entry;                 /* offset of the directory entry; 0: not there */
    uint32_t certificates;                      /* offset in the file; 0 with the next: none */
    uint32_t certificates_size;                 /* bytes */
    uint32_t sections;                          /* offset of the section table, bytes */
    uint32_t section_count;                     /* at most PE_SECTIONS_MAX */
    uint64_t strings; /* offset in the file of names over 8 bytes; 0: there are none */
};

struct pe_section {
    char name[9];          /* NUL-terminated; "/26": it stands at byte 26 of the strings */
    uint32_t virtual_size; /* bytes in memory */
    uint32_t address;      /* bytes from the start of the image in memory */
    uint32_t raw_size;     /* bytes in the file */
    uint32_t raw;          /* offset in the file; means nothing when raw_size is 0 */
    uint32_t characteristics;
};

/* start holds at least the image's headers; more does no harm.  ERR_UNSUPPORTED when it is no PE
 * image at all, ERR_DAMAGED when it contradicts itself. */
enum err pe_parse(struct bytes start, struct pe *out, struct error *e) MUST_CHECK;

/* The section with that index, below section_count. */
void pe_section(const struct pe *pe, uint32_t index, struct pe_section *out);

/* The first section of that name; false when there is none. */
bool pe_find(const struct pe *pe, const char *name, struct pe_section *out);

/* The section's bytes in image, the image as it lies in memory after loading.  False when they are
 * not all in it. */
bool pe_loaded_bytes(struct bytes image, const struct pe_section *section, struct bytes *out);

/* One entry of the attribute certificate table. */
enum pe_signature_kind {
    PE_SIGNATURE_PKCS7, /* PKCS #7 SignedData: Authenticode */
    PE_SIGNATURE_OTHER,
};

struct pe_signature {
    enum pe_signature_kind kind;
    struct bytes data;
};

/* Take the next entry off the front of rest, which begins as the whole table; false at its end.
 * ERR_DAMAGED when an entry reaches past the table. */
enum err pe_next_signature(struct bytes *rest, struct pe_signature *out, bool *found,
                           struct error *e) MUST_CHECK;

/* ---- Making images ---- */

/* The bytes that pe_append() writes at most for a file of size bytes and data of data_len. */
uint64_t pe_appended_size(const struct pe *pe, uint64_t size, uint64_t data_len);

/* Append a read-only section with data to the file of *size bytes, which has room bytes in all;
 * *size is raised and the checksum set.  pe is of this file and is parsed anew.  ERR_SETTING when
 * the image is signed already, has a section of that name, or has no room for one more section in
 * its headers; ERR_TOO_BIG when it would not fit. */
enum err pe_append(uint8_t *file, size_t *size, size_t room, const char *name, struct bytes data,
                   struct pe *pe, struct error *e) MUST_CHECK;

/* The checksum of a file, as the field should hold it. */
uint32_t pe_checksum(struct bytes file, const struct pe *pe);

#endif
