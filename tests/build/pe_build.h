/* tests/build/pe_build.h - PE images in memory, written from the specification, without parsers/.
 *
 * Spec: Microsoft, "PE Format".
 */
#ifndef TESTS_BUILD_PE_BUILD_H
#define TESTS_BUILD_PE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PE_BUILD_PE      0x80  /* offset of "PE\0\0" */
#define PE_BUILD_HEADERS 0x400 /* bytes of all headers */

struct pe_build {
    uint8_t *at; /* the caller's, zeros */
    size_t len;
    bool is_64;
    size_t optional; /* offsets */
    size_t sections;
};

/* Headers for x86-64 without sections. */
void pe_build_begin(struct pe_build *b, uint8_t *at, bool is_64);

/* A section of size bytes of fill at the end of the file, and in memory. */
void pe_build_section(struct pe_build *b, const char *name, uint8_t fill, uint32_t size);

/* A certificate table with one entry of that type at the end of the file. */
void pe_build_signature(struct pe_build *b, uint16_t type, const void *data, uint32_t len);

#endif
