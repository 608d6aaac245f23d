#include "loader/bare.h"

#include <string.h>

#include "base/writing.h"
#include "disks/gunzip.h"
#include "loader/descriptor_write.h"
#include "parsers/tar.h"

#define MAGIC    "ustar" /* of POSIX and of GNU tar, ... */
#define MAGIC_AT 257     /* ... at this byte */

enum err bare_is_tar(struct source *file, bool *yes, struct error *e)
{
    char magic[sizeof(MAGIC) - 1];

    *yes = false;
    if (file->size < MAGIC_AT + sizeof(magic))
        return OK;
    TRY(source_read(file, MAGIC_AT, magic, sizeof(magic), e));
    *yes = memcmp(magic, MAGIC, sizeof(magic)) == 0;
    return OK;
}

/* The image by its href and by nothing else: a file that has the href for a name is another one. */
static enum err open_file(struct folder *f, const char *name, struct arena *a, struct source **out,
                          struct error *e)
{
    struct bare *b = (struct bare *)f;
    struct memory_source *descriptor;

    if (strcmp(name, b->descriptor) != 0)
        return b->directory->ops->open(b->directory, strcmp(name, b->href) == 0 ? b->file : name, a,
                                       out, e);
    TRY(TAKE(a, 1, &descriptor, e));
    memory_source_init(descriptor, b->descriptor, b->text);
    *out = &descriptor->source;
    return OK;
}

static enum err write_descriptor(struct bare *b, struct arena *a, struct arena work,
                                 struct error *e)
{
    struct descriptor_disk disk = {.file = b->file, .capacity = OVF_UNKNOWN};
    struct descriptor d = {
        .name = xml_can_hold(b->file) ? b->file : b->href, .disks = &disk, .count = 1};
    struct source *image;

    TRY(b->directory->ops->open(b->directory, b->file, a, &image, e));
    disk.size = image->size;
    TRY(gunzip_knows(image, &disk.is_gzip, e));
    return descriptor_write(&d, a, work, &b->text, e);
}

enum err bare_open(struct bare *b, struct folder *directory, const char *file, struct arena *a,
                   struct arena work, struct package *out, struct error *e)
{
    static const struct folder_ops ops = {open_file};
    static const char ending[] = ".ovf";
    size_t len = strlen(file);
    char *name;

    *b = (struct bare){.folder = {&ops, file}, .directory = directory, .file = file};
    TRY(descriptor_href(file, a, &b->href, e));
    TRY(arena_take(a, len + sizeof(ending), 1, 1, (void **)&name, e));
    memcpy(name, file, len);
    memcpy(name + len, ending, sizeof(ending));
    b->descriptor = name;
    TRY(write_descriptor(b, a, work, e));
    *out = (struct package){
        .name = file, .folder = &b->folder, .descriptor = b->descriptor, .directory = ""};
    return OK;
}
