#include "host/sign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/checked.h"
#include "base/text.h"
#include "crypto/sign.h"
#include "host/file.h"
#include "host/system.h"
#include "host/tar_write.h"
#include "loader/progress.h"
#include "loader/verify.h"
#include "parsers/cert.h"

#define KEY_MAX (64u << 10) /* bytes; RSA with 16384 bits has 13 KiB as PEM */

struct piece {
    const struct member *member;
    uint8_t digest[DIGEST_MAX]; /* SHA-256 */
};

struct work {
    const struct sign_command *command;
    struct arena *a;
    struct package package;
    struct proof old;
    struct piece *pieces; /* the descriptor, then the others in the archive's order */
    size_t count;
    const char *names[2];  /* of the new manifest and the new certificate */
    struct bytes texts[2]; /* theirs */
    uint64_t mtime;        /* seconds since 1970 */
    struct tar_write out;
    struct progress progress;
    uint64_t done; /* bytes of all pieces */
};

/* "appliance.ovf" and ".mf": "appliance.mf".  What else has that name but for its case would be
 * taken for it. */
static enum err name_sibling(struct work *w, const char *ending, const char **out, struct error *e)
{
    const char *descriptor = w->package.descriptor;
    size_t stem = strlen(descriptor) - strlen(".ovf");
    char *name;

    TRY(TAKE(w->a, stem + strlen(ending) + 1, &name, e));
    memcpy(name, descriptor, stem);
    memcpy(name + stem, ending, strlen(ending));
    for (size_t i = 0; i < w->count; i++)
        if (text_same(w->pieces[i].member->name, name))
            return fail(e, ERR_DAMAGED, "holds a second %s file, %s", ending,
                        w->pieces[i].member->name);
    *out = name;
    return OK;
}

/* What will be in the new archive, and under names that it can hold. */
static enum err arrange(struct work *w, struct error *e)
{
    const struct archive *archive = &w->package.archive;
    uint8_t block[TAR_BLOCK];

    TRY(TAKE(w->a, archive->count, &w->pieces, e));
    w->pieces[w->count++].member = archive_find(archive, w->package.descriptor);
    for (size_t i = 0; i < archive->count; i++) {
        const char *name = archive->members[i].name;
        if (name != w->package.descriptor && name != w->package.manifest &&
            name != w->package.certificate)
            w->pieces[w->count++].member = &archive->members[i];
    }
    if (w->count > ARCHIVE_MEMBERS_MAX - 2)
        return fail(e, ERR_TOO_BIG, "with manifest and certificate more than %d files",
                    ARCHIVE_MEMBERS_MAX);
    TRY(name_sibling(w, ".mf", &w->names[0], e));
    TRY(name_sibling(w, ".cert", &w->names[1], e));
    TRY(tar_write_block(block, w->names[1], 0, w->mtime, e)); /* the longer one of the two */
    for (size_t i = 0; i < w->count; i++)
        TRY(tar_write_block(block, w->pieces[i].member->name, 0, w->mtime, e));
    return OK;
}

/* As the manifest beside the descriptor calls a file. */
static const char *listed_name(const struct package *p, const char *name)
{
    size_t directory = strlen(p->directory);

    return strncmp(name, p->directory, directory) == 0 ? name + directory : name;
}

static bool is_there(const struct package *p, const char *listed)
{
    if (text_starts(listed, "./"))
        listed += 2;
    for (size_t i = 0; i < p->archive.count; i++) {
        const char *name = p->archive.members[i].name;
        if (strcmp(name, listed) == 0 || strcmp(listed_name(p, name), listed) == 0)
            return true;
    }
    return false;
}

static enum err read_old_manifest(struct work *w, struct error *e)
{
    struct package *p = &w->package;
    struct manifest *manifest = &w->old.manifest;
    struct bytes text;

    w->old.has_manifest = p->manifest != NULL;
    if (!p->manifest)
        return OK;
    TRY(package_read(p, p->manifest, MANIFEST_MAX, w->a, &text, e));
    if (manifest_parse(text, w->a, manifest, e) != OK)
        return within(e, "%s: %s", p->name, p->manifest);
    for (size_t i = 0; i < manifest->count; i++)
        if (!is_there(p, manifest->entries[i].name))
            return fail(e, ERR_DAMAGED, "%s: %s: line %u is for %s, which is not in the archive",
                        p->name, p->manifest, manifest->entries[i].line, manifest->entries[i].name);
    return OK;
}

/* Bytes of all that is in the archive. */
static uint64_t total(const struct work *w)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < w->count; i++)
        sum += w->pieces[i].member->size;
    return sum;
}

/* To its end: what goes by is hashed. */
static enum err read_all(struct work *w, struct stream *s, struct error *e)
{
    struct bytes seen;

    for (;;) {
        TRY(stream_peek_upto(s, READ_MAX, &seen, e));
        if (!seen.len)
            return OK;
        size_t len = (size_t)min_u64(seen.len, READ_MAX);
        stream_step(s, len);
        w->done += len;
        TRY(progress_show(&w->progress, w->done, e));
    }
}

/* One reading gives all digests that the old manifest asks for, and SHA-256. */
static enum err prove_piece(struct work *w, struct piece *piece, struct arena scratch,
                            struct error *e)
{
    struct expected expected;
    enum digest_kind kinds[HASH_STREAM_MAX];
    struct source_stream stream;
    struct hash_stream hashed;
    struct slice_source slice;
    const struct member *m = piece->member;
    size_t at = 0; /* of SHA-256 in kinds */

    TRY(verify_expect(&w->package, &w->old, m->name, &expected, e));
    memcpy(kinds, expected.kinds, sizeof(kinds));
    while (at < expected.count && kinds[at] != DIGEST_SHA256)
        at++;
    if (at == expected.count)
        kinds[at] = DIGEST_SHA256;
    TRY(slice_source_init(&slice, m->name, w->package.archive.file, m->offset, m->size, e));
    TRY(source_stream_init(&stream, &slice.source, STREAM_PEEK_MAX, &scratch, e));
    hash_stream_init(&hashed, &stream.stream, kinds,
                     at == expected.count ? at + 1 : expected.count);
    TRY(read_all(w, &hashed.stream, e));
    if (verify_hashed(&expected, &hashed, e) != OK)
        return within(e, "%s", w->package.name);
    if (at < expected.count)
        memcpy(piece->digest, expected.entries[at]->digest, DIGEST_MAX);
    else
        digest_finish(&hashed.digest[at], piece->digest);
    return OK;
}

/* The new manifest read back as a loader will: each file has its digest and no other.  A name with
 * a line's end in it has not. */
static enum err check_manifest(struct work *w, struct arena scratch, struct error *e)
{
    struct package package = w->package;
    struct proof proof = {.has_manifest = true};
    struct expected expected;

    package.manifest = w->names[0];
    if (manifest_parse(w->texts[0], &scratch, &proof.manifest, e) != OK)
        return within(e, "%s: the new manifest", package.name);
    for (size_t i = 0; i < w->count; i++) {
        const struct piece *piece = &w->pieces[i];
        if (verify_expect(&package, &proof, piece->member->name, &expected, e) != OK ||
            expected.count != 1 || expected.kinds[0] != DIGEST_SHA256 ||
            memcmp(expected.entries[0]->digest, piece->digest, digest_size(DIGEST_SHA256)) != 0)
            return fail(e, ERR_UNSUPPORTED, "%s: %s: a manifest cannot hold a file of that name",
                        package.name, piece->member->name);
    }
    return OK;
}

static enum err make_manifest(struct work *w, struct error *e)
{
    static const char form[] = "SHA256()= \n";
    char hex[2 * DIGEST_MAX + 1];
    size_t size = 1; /* a NUL */
    size_t n = 0;
    char *text;

    for (size_t i = 0; i < w->count; i++)
        size +=
            sizeof(form) - 1 + strlen(w->pieces[i].member->name) + 2 * digest_size(DIGEST_SHA256);
    if (size > MANIFEST_MAX)
        return fail(e, ERR_TOO_BIG, "%s: the new manifest has %zu bytes; the limit is %u",
                    w->package.name, size - 1, MANIFEST_MAX);
    TRY(TAKE(w->a, size, &text, e));
    for (size_t i = 0; i < w->count; i++)
        n += text_format(text + n, size - n, "SHA256(%s)= %s\n",
                         listed_name(&w->package, w->pieces[i].member->name),
                         digest_hex(DIGEST_SHA256, w->pieces[i].digest, hex));
    w->texts[0] = (struct bytes){(const uint8_t *)text, n};
    return check_manifest(w, *w->a, e);
}

static enum err read_file(const char *path, size_t most, struct arena *a, uint8_t **at, size_t *len,
                          struct error *e)
{
    struct file_source file;
    enum err err = file_source_open(&file, path, e);

    if (err == OK && file.source.size > most)
        err = fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %zu", path,
                   (unsigned long long)file.source.size, most);
    if (err == OK)
        err = arena_take(a, (size_t)file.source.size, 1, 1, (void **)at, e);
    if (err == OK)
        err = source_read(&file.source, 0, *at, (size_t)file.source.size, e);
    *len = (size_t)file.source.size;
    file_source_close(&file);
    return err;
}

static enum err read_certificates(const char *path, struct arena *a, struct bytes *out,
                                  struct error *e)
{
    uint8_t *at = NULL;

    *out = (struct bytes){0};
    if (!path)
        return OK;
    TRY(read_file(path, CERT_FILE_MAX, a, &at, &out->len, e));
    out->at = at;
    return OK;
}

static bool fill_random(void *context, uint8_t *to, size_t len)
{
    (void)context;
    while (len) {
        ssize_t n = getrandom(to, len, 0);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            to += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static enum err make_certificate(struct work *w, struct error *e)
{
    const struct sign_command *c = w->command;
    struct sign_request request = {.manifest = w->texts[0],
                                   .manifest_name = package_base_name(w->names[0]),
                                   .kind = DIGEST_SHA256,
                                   .random = {.fill = fill_random}};
    uint8_t *key = NULL;

    if (c->passphrase_env)
        request.passphrase = getenv(c->passphrase_env);
    if (c->passphrase_env && !request.passphrase)
        return fail(e, ERR_SETTING, "the environment has no %s", c->passphrase_env);
    TRY(read_certificates(c->cert, w->a, &request.certificate, e));
    TRY(read_certificates(c->chain, w->a, &request.chain, e));
    enum err err = read_file(c->key, KEY_MAX, w->a, &key, &request.key.len, e);
    request.key.at = key;
    if (err == OK && sign_manifest(&request, w->a, &w->texts[1], e) != OK)
        err = within(e, "signing with %s, %s%s%s", c->key, c->cert, c->chain ? ", " : "",
                     c->chain ? c->chain : "");
    if (key)
        explicit_bzero(key, request.key.len);
    if (err == OK && w->texts[1].len > CERT_FILE_MAX)
        err = fail(e, ERR_TOO_BIG, "the certificate file has %zu bytes; the limit is %u",
                   w->texts[1].len, CERT_FILE_MAX);
    return err;
}

/* Hashed once more: what goes out must be what was signed, even if somebody writes to the file. */
static enum err copy_piece(struct work *w, const struct piece *piece, uint8_t *buffer,
                           struct error *e)
{
    const struct member *m = piece->member;
    uint8_t digest[DIGEST_MAX];
    struct digest hash;

    digest_start(&hash, DIGEST_SHA256);
    TRY(tar_write_header(&w->out, m->name, m->size, e));
    for (uint64_t at = 0; at < m->size;) {
        struct bytes chunk = {buffer, (size_t)min_u64(READ_MAX, m->size - at)};
        TRY(source_read(w->package.archive.file, m->offset + at, buffer, chunk.len, e));
        digest_add(&hash, chunk);
        TRY(tar_write_bytes(&w->out, chunk, e));
        at += chunk.len;
        w->done += chunk.len;
        TRY(progress_show(&w->progress, w->done, e));
    }
    digest_finish(&hash, digest);
    if (memcmp(digest, piece->digest, digest_size(DIGEST_SHA256)) != 0)
        return fail(e, ERR_IO, "%s: %s changed while it was read", w->package.name, m->name);
    return OK;
}

static enum err write_archive(struct work *w, struct error *e)
{
    uint8_t *buffer;

    TRY(TAKE(w->a, READ_MAX, &buffer, e));
    TRY(copy_piece(w, &w->pieces[0], buffer, e));
    for (size_t i = 0; i < COUNT_OF(w->names); i++) {
        TRY(tar_write_header(&w->out, w->names[i], w->texts[i].len, e));
        TRY(tar_write_bytes(&w->out, w->texts[i], e));
    }
    for (size_t i = 1; i < w->count; i++)
        TRY(copy_piece(w, &w->pieces[i], buffer, e));
    return OK;
}

static enum err prove_all(struct work *w, struct error *e)
{
    for (size_t i = 0; i < w->count; i++)
        TRY(prove_piece(w, &w->pieces[i], *w->a, e));
    return OK;
}

/* All of the archive is read, or written. */
static enum err stage(struct work *w, enum err (*run)(struct work *w, struct error *e),
                      struct error *e)
{
    w->done = 0;
    progress_start(&w->progress, w->package.name, total(w));
    enum err err = run(w, e);
    progress_end(&w->progress);
    return err;
}

/* The new file is made early: where it cannot be, hours of hashing would be in vain. */
static enum err make(struct work *w, struct source *file, struct error *e)
{
    TRY(tar_write_mtime(&w->mtime, e));
    TRY(package_open_archive(&w->package, file, w->a, e));
    if (arrange(w, e) != OK)
        return within(e, "%s", w->package.name);
    TRY(read_old_manifest(w, e));
    TRY(tar_write_open(&w->out, w->command->out, w->mtime, w->a, e));
    progress_stages(2);
    TRY(stage(w, prove_all, e));
    TRY(make_manifest(w, e));
    TRY(make_certificate(w, e));
    return stage(w, write_archive, e);
}

enum err sign_package(const struct sign_command *c, struct arena scratch, struct error *e)
{
    const char *const inputs[] = {c->file, c->key, c->cert, c->chain};
    struct work w = {.command = c, .a = &scratch, .out.fd = -1};
    struct file_source file;
    struct error closing;

    if (text_ends(c->file, ".ovf"))
        return fail(e, ERR_UNSUPPORTED, "%s: is a descriptor; only an archive (.ova) can be signed",
                    c->file);
    TRY(tar_write_check(c->out, inputs, COUNT_OF(inputs), e));
    enum err err = file_source_open(&file, c->file, e);
    if (err == OK)
        err = make(&w, &file.source, e);
    file_source_close(&file);
    if (tar_write_close(&w.out, err == OK, &closing) != OK) {
        *e = closing;
        err = closing.code;
    }
    return err;
}
