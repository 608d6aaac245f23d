/* What needs no openssl at hand; tests/tools/test_signature.py has the rest. */
#include "crypto/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform.h>

#include "tests/build/signed.h"
#include "tests/test.h"

static uint8_t memory[1 << 20];
static char file[8192];
static struct error error;
static struct verdict verdict;
static size_t allowed; /* allocations that mbedTLS gets before they fail */

static void *limited_calloc(size_t count, size_t size)
{
    if (allowed == 0)
        return NULL;
    allowed--;
    return calloc(count, size);
}

/* Everything from anchors to verdict, with so many bytes of arena. */
static enum err verify(size_t room, bool revoked)
{
    struct signature_question q;
    struct trust trust = {0};
    struct arena a;

    arena_init(&a, memory, room, "a test");
    error = (struct error){0};
    verdict = (struct verdict){0};
    TRY(trust_add(&trust, "root", signed_bytes(signed_root), &a, &error));
    if (revoked)
        TRY(trust_add(&trust, "list", signed_bytes(signed_crl), &a, &error));
    q = signed_question(&trust, signed_bytes(file));
    return signature_verify(&q, &a, &verdict, &error);
}

static void make_file(const char *one, const char *two, const char *three)
{
    snprintf(file, sizeof(file), "%s%s%s", one, two, three);
}

TEST(signature_of_every_form_is_trusted)
{
    make_file(signed_line, signed_leaf, "");
    CHECK(verify(sizeof(memory), false) == OK);
    CHECK(verdict.state == VERDICT_TRUSTED && verdict.by_line && !verdict.by_cms);
    CHECK_TEXT(verdict.algorithm, "ECDSA P-256 with SHA-256");
    NEED(verdict.chain_count == 2);
    CHECK_TEXT(verdict.chain[0].subject, "CN=vector signer");
    CHECK_TEXT(verdict.chain[1].subject, "CN=vector root");
    CHECK(verdict.anchor == ANCHOR_CA && verdict.note_count == 0);
    CHECK_TEXT(verdict.anchor_file, "root");

    make_file(signed_cms, "", "");
    CHECK(verify(sizeof(memory), false) == OK && verdict.by_cms && !verdict.by_line);
    make_file(signed_line, signed_leaf, signed_cms);
    CHECK(verify(sizeof(memory), false) == OK && verdict.by_cms && verdict.by_line);
}

TEST(signature_of_one_revoked_is_refused)
{
    make_file(signed_line, signed_leaf, "");
    CHECK(verify(sizeof(memory), true) == ERR_UNTRUSTED);
    CHECK_TEXT(error.text, "list: the certificate of CN=vector signer was revoked by "
                           "CN=vector root");
    CHECK(verdict.state == VERDICT_HOLDS);
}

TEST(signature_is_never_trusted_for_lack_of_arena)
{
    size_t room = 0, failures = 0;

    make_file(signed_line, signed_leaf, signed_cms);
    for (enum err err = ERR_NO_MEMORY; err != OK; room += 97) {
        NEED(room < sizeof(memory));
        err = verify(room, false);
        CHECK(err == OK || err == ERR_NO_MEMORY);
        CHECK((err == OK) == (verdict.state == VERDICT_TRUSTED));
        failures += err != OK;
    }
    CHECK(failures > 10);
}

/* AddressSanitizer sees what is not given back. */
TEST(signature_is_never_trusted_for_lack_of_heap)
{
    size_t failures = 0;
    bool done = false;

    make_file(signed_line, signed_leaf, signed_cms);
    if (mbedtls_platform_set_calloc_free(limited_calloc, free) != 0)
        return;
    for (size_t n = 0; !done && n < 20000; n += n < 300 ? 1 : 61) {
        allowed = n;
        enum err err = verify(sizeof(memory), true);
        /* Inside of a signature check mbedTLS's want of memory is a check that failed. */
        CHECK(err == ERR_NO_MEMORY || err == ERR_UNTRUSTED || err == ERR_SETTING ||
              err == ERR_DAMAGED);
        CHECK(verdict.state != VERDICT_TRUSTED);
        done = allowed > 0;
        failures += !done;
    }
    CHECK(done && failures > 100);
    CHECK_HOLDS(error.text, "was revoked");
    mbedtls_platform_set_calloc_free(calloc, free);
}
