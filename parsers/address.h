/* parsers/address.h - IP addresses and netmasks as people write them: which texts are some.
 *
 * Source: RFC 4291, "Text Representation of Addresses"; of IPv4 only four decimal numbers without
 * leading zeros, as inet_pton() takes it.
 */
#ifndef PARSERS_ADDRESS_H
#define PARSERS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IPv4 or IPv6 address, without a zone or a prefix length. */
bool address_is_ip(const char *text, size_t len);

/* The same as bytes in the network's order: how many, 4 or 16; 0 when it is none. */
size_t address_bytes(const char *text, size_t len, uint8_t out[16]);

/* A mask in four numbers (255.255.240.0) or as an IPv6 address, or the length of a prefix. */
bool address_is_netmask(const char *text, size_t len);

/* Addresses with commas or blanks between them, at least one. */
bool address_is_list(const char *text, size_t len);

#endif
