#include "loader/authority.h"

#include "parsers/anchor_list.h"

enum err authority_add_sealed(struct authority *authority, struct bytes anchors, struct arena *a,
                              struct error *e)
{
    struct anchor_file file;

    while (anchors.len) {
        if (anchor_list_next(&anchors, &file, e) != OK)
            return within(e, "sealed anchors");
        if (trust_add(&authority->trust, file.name, file.contents, a, e) != OK)
            return within(e, "sealed anchors");
        authority->is_sealed = true;
    }
    return OK;
}

enum err authority_settle(struct authority *authority, enum verify_policy policy, struct error *e)
{
    bool has_anchors = authority->trust.anchor_count > 0;

    if (policy == VERIFY_DEFAULT)
        policy = has_anchors ? VERIFY_SIGNATURE : VERIFY_MANIFEST;
    if (policy == VERIFY_SIGNATURE && !has_anchors)
        return fail(e, ERR_SETTING,
                    "verify = signature, but there is no trust anchor: put certificates into "
                    "\\EFI\\ovfboot\\trust");
    authority->policy = policy;
    return OK;
}
