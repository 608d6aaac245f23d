#include "parsers/vhdx_log.h"

#include <string.h>

#include "base/checked.h"
#include "base/crc32c.h"

#define CHECKSUM_AT 4

uint32_t vhdx_descriptor_sectors(const struct vhdx_entry *entry)
{
    uint64_t len = VHDX_ENTRY_HEAD + (uint64_t)VHDX_DESCRIPTOR * entry->descriptors;

    return (uint32_t)(round_up(len, VHDX_LOG_SECTOR) / VHDX_LOG_SECTOR);
}

bool vhdx_parse_entry(const uint8_t *at, const struct vhdx_header *h, struct vhdx_entry *out)
{
    *out = (struct vhdx_entry){.checksum = get_le32(at + CHECKSUM_AT),
                               .length = get_le32(at + 8),
                               .tail = get_le32(at + 12),
                               .sequence = get_le64(at + 16),
                               .descriptors = get_le32(at + 24),
                               .flushed = get_le64(at + 48),
                               .last = get_le64(at + 56)};
    return memcmp(at, "loge", 4) == 0 && memcmp(at + 32, h->log_guid, VHDX_GUID) == 0 &&
           out->length % VHDX_LOG_SECTOR == 0 && out->length <= h->log.len &&
           out->tail % VHDX_LOG_SECTOR == 0 && out->tail < h->log.len && out->sequence &&
           vhdx_descriptor_sectors(out) <= out->length / VHDX_LOG_SECTOR;
}

uint32_t vhdx_entry_sum(uint32_t crc, const uint8_t *sector, uint32_t n)
{
    return n == 0 ? crc32c_without(sector, VHDX_LOG_SECTOR, CHECKSUM_AT)
                  : crc32c(crc, sector, VHDX_LOG_SECTOR);
}

bool vhdx_parse_descriptor(const uint8_t *at, uint64_t sequence, struct vhdx_write *out)
{
    *out = (struct vhdx_write){.at = get_le64(at + 16), .len = get_le64(at + 8)};
    if (memcmp(at, "desc", 4) == 0) {
        out->has_data = true;
        out->len = VHDX_LOG_SECTOR;
        memcpy(out->trailing, at + 4, VHDX_LOG_TRAILING);
        memcpy(out->leading, at + 8, VHDX_LOG_LEADING);
    } else if (memcmp(at, "zero", 4) != 0) {
        return false;
    }
    return get_le64(at + 24) == sequence && out->at % VHDX_LOG_SECTOR == 0 &&
           out->len % VHDX_LOG_SECTOR == 0 && out->at <= INT64_MAX &&
           out->len <= INT64_MAX - out->at;
}

bool vhdx_is_data(const uint8_t *sector, uint64_t sequence)
{
    return memcmp(sector, "data", 4) == 0 && get_le32(sector + 4) == (uint32_t)(sequence >> 32) &&
           get_le32(sector + VHDX_LOG_SECTOR - VHDX_LOG_TRAILING) == (uint32_t)sequence;
}

void vhdx_restore(uint8_t sector[VHDX_LOG_SECTOR], const struct vhdx_write *write)
{
    memcpy(sector, write->leading, VHDX_LOG_LEADING);
    memcpy(sector + VHDX_LOG_SECTOR - VHDX_LOG_TRAILING, write->trailing, VHDX_LOG_TRAILING);
}
