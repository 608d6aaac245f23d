/* loader/authority.h - by what a package is judged: the policy, whom we believe, what time it is.
 *
 * Anchors come from the loader itself, where some were sealed in, and then from nowhere else; or
 * from the files in \EFI\ovfboot\trust\ beside it, or --trust on the host.
 */
#ifndef LOADER_AUTHORITY_H
#define LOADER_AUTHORITY_H

#include "crypto/moment.h"
#include "crypto/trust.h"
#include "loader/config.h"

struct authority {
    enum verify_policy policy; /* never VERIFY_DEFAULT after authority_settle() */
    struct trust trust;
    struct clock clock;
    bool is_sealed; /* the anchors are part of the loader */
};

/* Add the sealed anchors: a list as parsers/anchor_list.h has it, maybe empty. */
enum err authority_add_sealed(struct authority *authority, struct bytes anchors, struct arena *a,
                              struct error *e) MUST_CHECK;

/* Decide what VERIFY_DEFAULT means.  ERR_SETTING when signatures are asked for and nobody is
 * believed. */
enum err authority_settle(struct authority *authority, enum verify_policy policy,
                          struct error *e) MUST_CHECK;

#endif
