/* What crypto/secure_boot.h and parsers/pe.h make of a file, for tests/tools/test_authenticode.py.
 *
 *   pe_tool digest FILE sha1|sha256|sha384|sha512    prints the Authenticode digest in hex
 *   pe_tool judge FILE DB DBX                        prints "starts: ..." or "refused: ..."; DB and
 *                                                    DBX are signature lists, - is an empty one
 *   pe_tool append FILE NAME DATA OUT                OUT is FILE with one more section
 *   pe_tool checksum FILE                            prints the field, and what it should be
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/authenticode.h"
#include "crypto/secure_boot.h"
#include "parsers/pe.h"

#define MEMORY (64u << 20)

static struct arena memory;

static struct bytes slurp(const char *path, size_t more)
{
    struct bytes none = {(const uint8_t *)"", 0};
    struct error error;
    void *at;

    if (strcmp(path, "-") == 0)
        return none;
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    size_t size = (size_t)ftell(file);
    rewind(file);
    if (arena_take(&memory, size + more, 1, 16, &at, &error) != OK ||
        fread(at, 1, size, file) != size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    fclose(file);
    return (struct bytes){at, size};
}

static enum err digest(struct source *file, const char *name, struct error *e)
{
    static const char *const names[] = {"sha1", "sha256", "sha384", "sha512"};
    char hex[2 * DIGEST_MAX + 1];
    uint8_t made[DIGEST_MAX];
    struct pe pe;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        enum digest_kind kind = (enum digest_kind)i;
        TRY(authenticode_open(file, &memory, &pe, e));
        TRY(authenticode_digest(file, &pe, kind, memory, made, e));
        puts(digest_hex(kind, made, hex));
        return OK;
    }
    return fail(e, ERR_SETTING, "%s: no such digest", name);
}

static enum err judge(struct source *file, const char *db, const char *dbx, struct error *e)
{
    struct boot_databases databases = {slurp(db, 0), slurp(dbx, 0)};
    struct boot_verdict verdict;

    TRY(boot_judge(file, &databases, memory, &verdict, e));
    printf("%s: %s\n", verdict.starts ? "starts" : "refused", verdict.text);
    return OK;
}

static enum err append(const char *path, const char *name, const char *data_path, const char *out,
                       struct error *e)
{
    struct bytes data = slurp(data_path, 0);
    size_t more = data.len + (1u << 20);
    struct bytes file = slurp(path, more);
    uint8_t *at = (uint8_t *)(uintptr_t)file.at;
    size_t size = file.len;
    struct pe pe;

    TRY(pe_parse(file, &pe, e));
    TRY(pe_append(at, &size, size + more, name, data, &pe, e));
    FILE *to = fopen(out, "wb");
    if (!to || fwrite(at, 1, size, to) != size || fclose(to) != 0)
        return fail(e, ERR_IO, "%s: cannot be written", out);
    return OK;
}

static enum err checksum(struct bytes file, struct error *e)
{
    struct pe pe;

    TRY(pe_parse(file, &pe, e));
    printf("%08x %08x\n", get_le32(file.at + pe.checksum), pe_checksum(file, &pe));
    return OK;
}

int main(int argc, char **argv)
{
    struct memory_source source;
    struct error error;
    enum err err;
    void *at = malloc(MEMORY);

    if (!at || argc < 3)
        return 2;
    arena_init(&memory, at, MEMORY, "the tool");
    struct bytes file = slurp(argv[2], 0);
    memory_source_init(&source, argv[2], file);
    if (argc == 4 && strcmp(argv[1], "digest") == 0)
        err = digest(&source.source, argv[3], &error);
    else if (argc == 5 && strcmp(argv[1], "judge") == 0)
        err = judge(&source.source, argv[3], argv[4], &error);
    else if (argc == 6 && strcmp(argv[1], "append") == 0)
        err = append(argv[2], argv[3], argv[4], argv[5], &error);
    else if (argc == 3 && strcmp(argv[1], "checksum") == 0)
        err = checksum(file, &error);
    else
        return 2;
    free(at);
    if (err != OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    return 0;
}
