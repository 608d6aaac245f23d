/* parsers/smbios.h - what the firmware's SMBIOS tables say of a machine.
 *
 * The entry point says where the table of structures lies; the table is one piece of memory, which
 * the caller brings.  Firmware writes these tables by hand: what is missing, cut or unset is
 * "unknown" here and no error.
 *
 *     struct smbios s = {.table = bytes at entry.address, .version = entry.version};
 *     uint64_t memory = smbios_memory(&s);
 *
 * Strings are views into the table: trimmed, of any bytes, not NUL-terminated, empty when unset.
 *
 * Spec: DMTF DSP0134, System Management BIOS (SMBIOS) Reference Specification, 3.4.0: "SMBIOS 2.1
 * (32-bit) Entry Point", "SMBIOS 3.0 (64-bit) Entry Point", "Structure standards".
 */
#ifndef PARSERS_SMBIOS_H
#define PARSERS_SMBIOS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

#define SMBIOS_ENTRY_2   31         /* bytes of the entry point with _SM_ and _DMI_ */
#define SMBIOS_ENTRY_3   24         /* bytes of the one with _SM3_ */
#define SMBIOS_TABLE_MAX (1u << 20) /* bytes; docs/limits.md */
#define SMBIOS_UUID_SIZE 16         /* bytes */

struct smbios_entry {
    uint64_t address; /* physical, of the table */
    uint32_t size;    /* bytes, cut to SMBIOS_TABLE_MAX; with _SM3_ the table may be shorter */
    uint16_t version; /* 0x0208 is 2.8 */
};

/* An entry point of either kind, both checksums of the old one.  ERR_DAMAGED. */
enum err smbios_parse_entry(struct bytes entry, struct smbios_entry *out,
                            struct error *e) MUST_CHECK;

struct smbios {
    struct bytes table;
    uint16_t version;
};

struct smbios_structure {
    uint8_t type;
    struct bytes fields;  /* with the header, so that offsets are the specification's */
    struct bytes strings; /* each with its NUL */
};

/* Step over the next structure at the front of *left; false at the end-of-table structure, at the
 * end, and where a structure is cut. */
bool smbios_next(struct bytes *left, struct smbios_structure *out);

/* A string of a structure, numbered from 1; none when number is 0 or too large. */
struct bytes smbios_string(const struct smbios_structure *s, uint8_t number);

/* System Information (type 1); false when there is none. */
struct smbios_system {
    struct bytes maker, product, serial;
    bool has_uuid;
    uint8_t uuid[SMBIOS_UUID_SIZE]; /* in the order in which it is printed */
};
bool smbios_system(const struct smbios *s, struct smbios_system *out);

/* The asset tag of the first enclosure (type 3) that has one. */
struct bytes smbios_asset_tag(const struct smbios *s);

/* The OEM strings of all structures of type 11, index from 0; false when there are fewer. */
bool smbios_oem_string(const struct smbios *s, size_t index, struct bytes *out);

/* Bytes of memory installed, by all Memory Devices (type 17) that are no ROM; 0 when the size of one
 * is not told. */
uint64_t smbios_memory(const struct smbios *s);

/* Threads of all processors (type 4) that are there and not disabled; 0 when one does not tell. */
uint32_t smbios_processors(const struct smbios *s);

#endif
