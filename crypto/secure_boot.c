#include "crypto/secure_boot.h"

#include <string.h>

#include "base/text.h"
#include "crypto/signer.h"
#include "parsers/signature_list.h"

#define SIGNER_TEXT 96 /* bytes of a signer's name, for people */
#define DIGESTS     4  /* kinds of them */

struct judge {
    struct source *file;
    const struct boot_databases *databases;
    struct arena scratch;
    struct pe pe;
    uint8_t digests[DIGESTS][DIGEST_MAX]; /* of the image, */
    bool made[DIGESTS];                   /* those that were needed */
    char name[SIGNER_TEXT];               /* of the signature looked at last */
    bool unreadable;                      /* something in db could not be read */
};

static enum err image_digest(struct judge *j, enum digest_kind kind, struct bytes *out,
                             struct error *e)
{
    if (!j->made[kind])
        TRY(authenticode_digest(j->file, &j->pe, kind, j->scratch, j->digests[kind], e));
    j->made[kind] = true;
    *out = (struct bytes){j->digests[kind], digest_size(kind)};
    return OK;
}

static enum err image_is_in(struct judge *j, struct bytes lists, bool *found, struct error *e)
{
    struct signature_list_cursor cursor = signature_list_begin(lists);
    struct signature_entry entry;
    struct bytes digest;

    *found = false;
    while (!*found && signature_list_next(&cursor, &entry)) {
        if (entry.kind != SIGNATURE_IMAGE_DIGEST)
            continue;
        TRY(image_digest(j, entry.digest, &digest, e));
        *found = memcmp(digest.at, entry.data.at, digest.len) == 0;
    }
    j->unreadable = j->unreadable || cursor.is_damaged;
    return OK;
}

/* Whether dbx has the hash of a certificate of the chain, or of the one in db that it leads to. */
static bool hash_is_revoked(const struct judge *j, struct signer *signer,
                            const struct bytes *anchor)
{
    struct signature_list_cursor cursor = signature_list_begin(j->databases->dbx);
    struct signature_entry entry;

    while (signature_list_next(&cursor, &entry)) {
        if (entry.kind != SIGNATURE_CERTIFICATE_HASH)
            continue;
        if (anchor ? signer_hash_is(*anchor, entry.digest, entry.data)
                   : signer_has_hash(signer, entry.digest, entry.data))
            return true;
    }
    return false;
}

/* The certificate in these lists that the chain leads to. */
static bool leads_into(struct judge *j, struct signer *signer, struct bytes lists,
                       struct bytes *anchor)
{
    struct signature_list_cursor cursor = signature_list_begin(lists);
    struct signature_entry entry;
    bool readable = true;

    while (signature_list_next(&cursor, &entry)) {
        *anchor = entry.data;
        if (entry.kind == SIGNATURE_CERTIFICATE && signer_leads_to(signer, entry.data, &readable))
            return true;
    }
    j->unreadable = j->unreadable || !readable || cursor.is_damaged;
    return false;
}

static enum boot_reason judge_signer(struct judge *j, struct signer *signer)
{
    struct bytes anchor;

    if (leads_into(j, signer, j->databases->dbx, &anchor) || hash_is_revoked(j, signer, NULL))
        return BOOT_REVOKED_SIGNER;
    if (!leads_into(j, signer, j->databases->db, &anchor))
        return BOOT_UNKNOWN;
    return hash_is_revoked(j, signer, &anchor) ? BOOT_REVOKED_SIGNER : BOOT_SIGNED;
}

/* One signature: what it says is of this image, by its signer, whom db knows and dbx does not. */
static enum err judge_signature(struct judge *j, struct bytes pkcs7, enum boot_reason *out,
                                struct error *e)
{
    struct authenticode signature;
    struct signer signer;
    struct bytes digest;
    struct error why;

    *out = BOOT_BROKEN;
    enum err code = authenticode_parse(pkcs7, &signature, &why);
    if (code == ERR_UNSUPPORTED)
        *out = BOOT_UNCERTAIN;
    if (code != OK)
        return OK;
    TRY(image_digest(j, signature.image_kind, &digest, e));
    if (memcmp(digest.at, signature.image_digest.at, digest.len) != 0)
        return OK;
    if (signer_open(&signer, &signature, &why) != OK || signature.is_pss) {
        *out = BOOT_UNCERTAIN;
    } else {
        signer_name(&signer, j->name, sizeof(j->name));
        if (signer_signed(&signer, &signature))
            *out = judge_signer(j, &signer);
    }
    signer_close(&signer);
    return OK;
}

/* How much a reason counts when an image has several signatures: a revoked one spoils the others,
 * then one that db knows is enough. */
static int weight(enum boot_reason reason)
{
    switch (reason) {
    case BOOT_REVOKED_IMAGE:
    case BOOT_REVOKED_SIGNER:
        return 5;
    case BOOT_SIGNED:
    case BOOT_LISTED:
        return 4;
    case BOOT_UNCERTAIN:
        return 3;
    case BOOT_UNKNOWN:
        return 2;
    case BOOT_BROKEN:
        return 1;
    case BOOT_UNSIGNED:
        return 0;
    }
    return 0;
}

static enum err judge_signatures(struct judge *j, enum boot_reason *out, struct error *e)
{
    char name[SIGNER_TEXT] = "";
    struct pe_signature signature;
    enum boot_reason reason;
    struct bytes rest;
    struct error why;
    bool found;

    *out = BOOT_UNSIGNED;
    TRY(authenticode_table(j->file, &j->pe, &j->scratch, &rest, e));
    if (rest.len)
        *out = BOOT_BROKEN;
    while (pe_next_signature(&rest, &signature, &found, &why) == OK && found) {
        if (signature.kind != PE_SIGNATURE_PKCS7)
            continue;
        TRY(judge_signature(j, signature.data, &reason, e));
        if (weight(reason) < weight(*out))
            continue;
        *out = reason;
        memcpy(name, j->name, sizeof(name));
    }
    memcpy(j->name, name, sizeof(name));
    return OK;
}

/* Digests in dbx come before all else, digests in db make up for a missing signature. */
static enum err judge_image(struct judge *j, enum boot_reason *out, struct error *e)
{
    bool found;

    TRY(judge_signatures(j, out, e));
    if (*out == BOOT_REVOKED_SIGNER)
        return OK;
    TRY(image_is_in(j, j->databases->dbx, &found, e));
    if (found) {
        *out = BOOT_REVOKED_IMAGE;
        return OK;
    }
    if (*out == BOOT_SIGNED)
        return OK;
    TRY(image_is_in(j, j->databases->db, &found, e));
    if (found)
        *out = BOOT_LISTED;
    else if (j->unreadable && *out == BOOT_UNKNOWN)
        *out = BOOT_UNCERTAIN;
    return OK;
}

static void put_text(const struct judge *j, struct boot_verdict *v)
{
    static const struct {
        const char *text, *more; /* around the signer's name */
        bool starts;
    } reasons[] = {
        [BOOT_SIGNED] = {"is signed by ", ", which db trusts", true},
        [BOOT_LISTED] = {"is listed by its digest in db", NULL, true},
        [BOOT_UNSIGNED] = {"is not signed, and db does not list its digest", NULL, false},
        [BOOT_UNKNOWN] = {"is signed by ", ", which db does not know", false},
        [BOOT_BROKEN] = {"has a signature that is damaged or not of this file", NULL, false},
        [BOOT_REVOKED_IMAGE] = {"is revoked: dbx lists its digest", NULL, false},
        [BOOT_REVOKED_SIGNER] = {"is signed by ", ", which dbx revokes", false},
        [BOOT_UNCERTAIN] = {"has a signature that only the firmware can judge", NULL, false},
    };
    const char *more = reasons[v->reason].more;

    v->starts = reasons[v->reason].starts;
    text_format(v->text, sizeof(v->text), "%s%s%s%s", reasons[v->reason].text, more ? j->name : "",
                more ? more : "",
                v->starts && v->is_shim ? "; it is shim, which decides itself what it starts" : "");
}

/* shim keeps the certificates of its own in .vendor_cert; no other loader has such a section.  The
 * name is too long for the section table. */
static bool is_shim(struct judge *j)
{
    static const char wanted[] = ".vendor_cert";
    char name[sizeof(wanted)];
    struct pe_section section;
    struct error ignored;
    uint64_t at;

    for (uint32_t i = 0; i < j->pe.section_count && j->pe.strings; i++) {
        pe_section(&j->pe, i, &section);
        if (section.name[0] == '/' &&
            text_to_u64(section.name + 1, strlen(section.name + 1), &at) &&
            source_read(j->file, j->pe.strings + at, name, sizeof(name), &ignored) == OK &&
            memcmp(name, wanted, sizeof(wanted)) == 0)
            return true;
    }
    return false;
}

enum err boot_judge(struct source *file, const struct boot_databases *databases,
                    struct arena scratch, struct boot_verdict *out, struct error *e)
{
    struct judge *j;

    *out = (struct boot_verdict){.reason = BOOT_UNCERTAIN};
    TRY(TAKE(&scratch, 1, &j, e));
    *j = (struct judge){.file = file, .databases = databases};
    TRY(authenticode_open(file, &scratch, &j->pe, e));
    j->scratch = scratch;
    TRY(judge_image(j, &out->reason, e));
    out->is_shim = is_shim(j);
    put_text(j, out);
    return OK;
}
