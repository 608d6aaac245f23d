/* tests/build/entry_rig.h - a machine with two disks and boot entries, for loader/boot_entry.h.
 *
 *     entry_begin();
 *     entry_put(3, &entry_windows);
 *     ORDER_PUT(3);
 *     entry_make();
 *     CHECK(entry_is(0, &entry_ours) && ORDER_IS(3, 0));
 *     entry_end();
 *
 * Entries are built from the specification, without parsers/.
 */
#ifndef TESTS_BUILD_ENTRY_RIG_H
#define TESTS_BUILD_ENTRY_RIG_H

#include "base/compiler.h"
#include "loader/boot_entry.h"
#include "tests/fake_port.h"

#define ENTRY_SECTORS 2048 /* of each disk */
#define ENTRY_FILE    "\\EFI\\BOOT\\BOOTX64.EFI"

/* An entry as another program would write it. */
struct entry {
    const char *text;
    const char *file;
    uint8_t guid; /* sixteen times */
    uint32_t number;
    uint64_t start, count;
    uint32_t attributes;
    uint32_t mbr; /* signature of a disk with an MBR; 0: a GPT */
    bool is_long;
    const char *data;
};

/* The first disk has a GPT whose partitions have the GUIDs 0x10... and 0x11..., the second an MBR with
 * the signature 0x55667788. */
struct entry_rig {
    struct fake_target targets[2];
    struct fake_source reads[2];
    struct found_disk disks[2];
    struct guest_loader loader; /* on the first partition of the first disk */
    struct boot_wish wish;
    uint8_t memory[1 << 18];
};
extern struct entry_rig menu;

/* What is wanted for it, and one of somebody else's. */
extern const struct entry entry_ours, entry_windows;

void entry_begin(void);
void entry_end(void);

/* boot_entry_make(), counting writes and what is said from here on. */
void entry_make(void);

struct bytes entry_build(const struct entry *e); /* valid until the next */
void entry_put(uint16_t number, const struct entry *e);
bool entry_is(uint16_t number, const struct entry *e);

void order_put(const uint16_t *order, size_t count);
bool order_is(const uint16_t *order, size_t count);

#define ORDER_PUT(...)                                                                             \
    order_put((const uint16_t[]){__VA_ARGS__}, COUNT_OF(((const uint16_t[]){__VA_ARGS__})))
#define ORDER_IS(...)                                                                              \
    order_is((const uint16_t[]){__VA_ARGS__}, COUNT_OF(((const uint16_t[]){__VA_ARGS__})))

#endif
