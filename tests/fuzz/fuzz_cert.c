/* A .cert file of any bytes, parsed and verified: only the one signer can ever be believed. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/cert.h"
#include "tests/build/signed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[4 << 20];

static void parse(struct bytes text)
{
    struct cert cert;
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    if (cert_parse(text, &a, &cert, &error) != OK) {
        assert(error.text[0] && utf8_valid(error.text, strlen(error.text)));
        return;
    }
    assert(cert.signature_count <= CERT_SIGNATURES_MAX);
    assert(cert.certificate_count <= CERT_CERTIFICATES_MAX);
    assert(cert.signature_count || cert.cms.at);
    assert(cert.certificate_count || cert.cms.at);
    for (size_t i = 0; i < cert.signature_count; i++) {
        const struct cert_signature *s = &cert.signatures[i];
        assert(s->value.len && s->value.len <= CERT_SIGNATURE_MAX && 2 * s->value.len < text.len);
        assert(utf8_valid(s->name, strlen(s->name)));
    }
    for (size_t i = 0; i < cert.certificate_count; i++)
        assert(cert.certificates[i].len && cert.certificates[i].len < text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char signer[] = "CN=vector signer";
    struct signature_question q;
    struct trust trust = {0};
    struct verdict v;
    struct error error;
    struct arena a;

    parse((struct bytes){data, size});
    arena_init(&a, memory, sizeof(memory), "fuzzing");
    error.code = trust_add(&trust, "root", signed_bytes(signed_root), &a, &error);
    assert(trust.anchor_count == 1);
    q = signed_question(&trust, (struct bytes){data, size});
    if (signature_verify(&q, &a, &v, &error) != OK) {
        assert(error.text[0] && utf8_valid(error.text, strlen(error.text)));
        assert(v.state != VERDICT_TRUSTED);
        return 0;
    }
    assert(v.state == VERDICT_TRUSTED && v.chain_count == 2 && (v.by_line || v.by_cms));
    assert(strcmp(v.chain[0].subject, signer) == 0);
    assert(v.anchor == ANCHOR_CA && v.note_count == 0);
    return 0;
}
