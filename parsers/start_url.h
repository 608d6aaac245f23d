/* parsers/start_url.h - the directory that a program came from, as a URL, out of what firmware knows.
 *
 * Pure: bytes in, text out.  All are http://, https:// or tftp://, end in '/', and have neither query
 * nor fragment.
 *
 * Spec: UEFI 2.10, "Uniform Resource Identifiers (URI) Device Path"; RFC 3986; RFC 3617, whose path is
 * a file name of TFTP without its first '/'.
 */
#ifndef PARSERS_START_URL_H
#define PARSERS_START_URL_H

#include "parsers/dhcp.h"
#include "parsers/url.h"

/* The URI in the last node of a device path, as HTTP Boot and iPXE make it; no bytes: it ends in
 * something else, such as a disk that was fetched.  The end node may be there or not. */
struct bytes start_url_of_path(struct bytes path);

/* False when it is none of the three kinds, or does not fit. */
bool start_url_directory(struct bytes url, char out[URL_MAX]);

/* Where a boot file lies that DHCP named; its name may be a URL.  '\' between the parts of a name, as
 * Windows writes it, becomes '/'.  False when there is no file, or no server. */
bool start_url_of_dhcp(const struct dhcp_boot *boot, char out[URL_MAX]);

#endif
