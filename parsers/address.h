/* parsers/address.h - IP addresses and netmasks as people write them.
 *
 * Source: RFC 4291, "Text Representation of Addresses"; RFC 5952, "A Recommendation for IPv6 Address
 * Text Representation"; of IPv4 only four decimal numbers without
 * leading zeros, as inet_pton() takes it.
 */
#ifndef PARSERS_ADDRESS_H
#define PARSERS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* An IPv4 or IPv6 address, without a zone or a prefix length. */
bool address_is_ip(const char *text, size_t len);

/* The same as bytes in the network's order: how many, 4 or 16; 0 when it is none. */
size_t address_bytes(const char *text, size_t len, uint8_t out[16]);

/* "192.0.2.7/24": the address, how many bytes it has, and the length of the prefix in bits.  False
 * when it is something else, or the prefix is longer than the address. */
bool address_with_prefix(const char *text, size_t len, uint8_t out[16], size_t *bytes,
                         unsigned *prefix);

/* As people write it (RFC 5952), NUL-terminated; bytes is 4 or 16. */
#define ADDRESS_TEXT_MAX 40 /* bytes with the NUL */
const char *address_text(const uint8_t *address, size_t bytes, char out[ADDRESS_TEXT_MAX]);

/* A mask in four numbers (255.255.240.0) or as an IPv6 address, or the length of a prefix. */
bool address_is_netmask(const char *text, size_t len);

/* Addresses with commas or blanks between them, at least one. */
bool address_is_list(const char *text, size_t len);

/* The first address of what is left of such a list, which is taken from it: how many bytes, 0 behind
 * the last one or at what is none. */
size_t address_next(struct bytes *list, uint8_t out[16]);

#endif
