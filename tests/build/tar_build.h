/* tests/build/tar_build.h - writes tar archives into memory, in the dialects that packages come in.
 *
 *     tar_build_init(&b, memory, sizeof(memory), TAR_USTAR);
 *     tar_build_file(&b, "a.ovf", text, strlen(text));
 *     tar_build_end(&b);
 *     ... b.at[0 .. b.len - 1] ...
 */
#ifndef TESTS_BUILD_TAR_BUILD_H
#define TESTS_BUILD_TAR_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tar_dialect {
    TAR_V7,     /* no magic */
    TAR_USTAR,  /* names over 100 bytes are split at a '/' */
    TAR_GNU,    /* "ustar  ": no prefix, sizes of 8 GiB and more as base-256 */
    TAR_VMWARE, /* "ustar\0" with version " \0", otherwise like TAR_USTAR */
};

struct tar_build {
    uint8_t *at; /* borrowed */
    size_t room; /* bytes; too little is an assert */
    size_t len;  /* bytes written */
    enum tar_dialect dialect;
    bool sums_signed; /* checksums as writers with signed chars made them */
};

void tar_build_init(struct tar_build *b, void *memory, size_t room, enum tar_dialect dialect);

/* One header alone; returns it, for a test to damage.  tar_build_sum() then makes it right again. */
uint8_t *tar_build_header(struct tar_build *b, const char *name, char type, uint64_t size);
void tar_build_sum(const struct tar_build *b, uint8_t *header);

/* Contents, padded to 512 bytes. */
void tar_build_data(struct tar_build *b, const void *data, size_t len);

/* A header of that type with its contents: a file ('0'), pax records, a long name. */
void tar_build_member(struct tar_build *b, const char *name, char type, const void *data,
                      size_t len);
void tar_build_file(struct tar_build *b, const char *name, const void *data, size_t len);

/* GNU: the next member's name, in a member of its own. */
void tar_build_long_name(struct tar_build *b, const char *name);

/* Two blocks of zeros. */
void tar_build_end(struct tar_build *b);

/* Append the pax record of that key to the len bytes at text; returns the new length. */
size_t pax_build_record(char *text, size_t room, size_t len, const char *key, const char *value);

#endif
