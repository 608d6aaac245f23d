/* A file of trust anchors and revocation lists of any bytes, beside the root's certificate. */
#include <assert.h>
#include <string.h>

#include "base/utf.h"
#include "tests/build/signed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[4 << 20];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char cert[2048];
    struct signature_question q;
    struct trust trust = {0};
    struct verdict v;
    struct error error;
    struct arena a;

    strcpy(cert, signed_line);
    strcat(cert, signed_leaf);
    arena_init(&a, memory, sizeof(memory), "fuzzing");
    error.code = trust_add(&trust, "root", signed_bytes(signed_root), &a, &error);
    assert(trust.anchor_count == 1);
    if (trust_add(&trust, "input", (struct bytes){data, size}, &a, &error) != OK) {
        assert(utf8_valid(error.text, strlen(error.text)) &&
               strncmp(error.text, "input: ", 7) == 0);
        assert(trust.anchor_count == 1 && trust.crl_count == 0);
    }
    assert(trust.anchor_count <= TRUST_ANCHORS_MAX && trust.crl_count <= TRUST_CRLS_MAX);

    if (trust.anchor_count == 1 && trust.crl_count == 0)
        return 0; /* the seals of the same certificates again would take most of the time */

    /* More anchors take no trust away; a list can. */
    q = signed_question(&trust, signed_bytes(cert));
    if (signature_verify(&q, &a, &v, &error) != OK) {
        assert(v.state == VERDICT_HOLDS && trust.crl_count > 0);
        assert(utf8_valid(error.text, strlen(error.text)));
    }
    return 0;
}
