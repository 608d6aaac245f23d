/* A CMS block of any bytes, beside the signer's certificate: only the one signer is ever believed,
 * and only when the block is over this manifest. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/pem.h"
#include "tests/build/signed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[4 << 20];

static struct bytes file_of(struct bytes der, struct arena *a)
{
    struct error error;
    struct bytes pem;
    size_t leaf = strlen(signed_leaf);
    uint8_t *text;

    if (pem_write("CMS", der, a, &pem, &error) != OK ||
        TAKE(a, leaf + pem.len, &text, &error) != OK)
        return (struct bytes){0};
    memcpy(text, signed_leaf, leaf);
    memcpy(text + leaf, pem.at, pem.len);
    return (struct bytes){text, leaf + pem.len};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct signature_question q;
    struct trust trust = {0};
    struct verdict v;
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    error.code = trust_add(&trust, "root", signed_bytes(signed_root), &a, &error);
    assert(trust.anchor_count == 1);
    q = signed_question(&trust, file_of((struct bytes){data, size}, &a));
    if (signature_verify(&q, &a, &v, &error) != OK) {
        assert(error.text[0] && utf8_valid(error.text, strlen(error.text)));
        return 0;
    }
    assert(v.by_cms && !v.by_line && strcmp(v.chain[0].subject, "CN=vector signer") == 0);

    /* Nothing in the block can make it a signature of another manifest. */
    q.manifest.len--;
    assert(signature_verify(&q, &a, &v, &error) != OK);
    return 0;
}
