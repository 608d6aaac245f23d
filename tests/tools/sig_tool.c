/* tests/tools/sig_tool.c - crypto/signature.h and crypto/sign.h on the command line, for comparing
 * with openssl.
 *
 *     sig_tool verify MANIFEST CERT NOW BUILT [TRUST...]
 *     sig_tool sign MANIFEST NAME KEY CERTIFICATE CHAIN|- sha256|sha384|sha512 [PASSPHRASE]
 *
 * NOW is in Unix seconds, or "none" for a clock that cannot be read; so is BUILT, the loader's.
 * "verify" prints what the verdict holds, one "name: value" a line, and the exit code is the enum
 * err; "sign" prints the .cert file.  Messages go to stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/sign.h"
#include "crypto/signature.h"

#define MEMORY    (16u << 20)
#define FILES_MAX (32u << 20) /* bytes of all files together */

static struct bytes load(const char *path)
{
    static uint8_t files[FILES_MAX];
    static size_t used;
    FILE *file = fopen(path, "rb");
    struct bytes out = {files + used, 0};

    if (!file) {
        perror(path);
        exit(99);
    }
    out.len = fread(files + used, 1, FILES_MAX - used, file);
    used += out.len;
    fclose(file);
    return out;
}

static struct arena memory(void)
{
    static uint8_t at[MEMORY];
    struct arena a;

    arena_init(&a, at, MEMORY, "a test");
    return a;
}

static void print_hex(const char *name, const uint8_t digest[32])
{
    printf("%s: ", name);
    for (int i = 0; i < 32; i++)
        printf("%02x", digest[i]);
    printf("\n");
}

static void print_facts(const struct certificate_facts *c)
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    printf("subject: %s\nissuer: %s\nserial: %s\nkey: %s\n", c->subject, c->issuer, c->serial,
           c->key);
    printf("from: %s\nto: %s\n", moment_text(from, c->not_before), moment_text(to, c->not_after));
    print_hex("fingerprint", c->fingerprint);
    print_hex("spki", c->spki);
}

static void print_verdict(const struct verdict *v)
{
    static const char *const states[] = {"none", "read", "holds", "trusted"};
    static const char *const kinds[] = {"ca", "certificate", "key"};

    printf("state: %s\nforms:%s%s\n", states[v->state], v->by_line ? " line" : "",
           v->by_cms ? " cms" : "");
    if (v->state >= VERDICT_HOLDS)
        printf("algorithm: %s\n", v->algorithm);
    if (v->state == VERDICT_TRUSTED)
        printf("anchor: %s %s\n", kinds[v->anchor], v->anchor_file);
    for (size_t i = 0; i < v->chain_count; i++)
        print_facts(&v->chain[i]);
    for (size_t i = 0; i < v->note_count; i++)
        printf("note: %s\n", v->notes[i]);
}

static int verify(int count, char **words)
{
    struct arena a = memory();
    struct trust trust = {0};
    struct signature_question q = {.manifest = load(words[0]),
                                   .cert = load(words[1]),
                                   .trust = &trust,
                                   .clock.built = strtoull(words[3], NULL, 10)};
    struct verdict verdict;
    struct error e = {0};

    q.clock.now.known = strcmp(words[2], "none") != 0;
    if (q.clock.now.known)
        q.clock.now.unix_seconds = strtoull(words[2], NULL, 10);
    for (int i = 4; i < count; i++)
        if (trust_add(&trust, words[i], load(words[i]), &a, &e) != OK)
            break;
    if (e.code == OK) {
        (void)!signature_verify(&q, &a, &verdict, &e);
        print_verdict(&verdict);
    }
    if (e.code != OK)
        fprintf(stderr, "%s\n", e.text);
    return (int)e.code;
}

static bool fill(void *context, uint8_t *to, size_t len)
{
    (void)context;
    return getrandom(to, len, 0) == (ssize_t)len;
}

static int sign(int count, char **words)
{
    struct arena a = memory();
    struct error e = {0};
    struct bytes out;
    struct sign_request r = {.manifest = load(words[0]),
                             .manifest_name = words[1],
                             .key = load(words[2]),
                             .certificate = load(words[3]),
                             .passphrase = count > 6 ? words[6] : NULL,
                             .random.fill = fill};

    if (strcmp(words[4], "-") != 0)
        r.chain = load(words[4]);
    r.kind = strcmp(words[5], "sha512") == 0   ? DIGEST_SHA512
             : strcmp(words[5], "sha384") == 0 ? DIGEST_SHA384
             : strcmp(words[5], "sha1") == 0   ? DIGEST_SHA1
                                               : DIGEST_SHA256;
    if (sign_manifest(&r, &a, &out, &e) != OK)
        fprintf(stderr, "%s\n", e.text);
    else
        fwrite(out.at, 1, out.len, stdout);
    return (int)e.code;
}

int main(int argc, char **argv)
{
    if (argc >= 6 && strcmp(argv[1], "verify") == 0)
        return verify(argc - 2, argv + 2);
    if (argc >= 8 && strcmp(argv[1], "sign") == 0)
        return sign(argc - 2, argv + 2);
    fprintf(stderr, "usage: see the first lines of tests/tools/sig_tool.c\n");
    return 99;
}
