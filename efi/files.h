/* efi/files.h - files on the firmware's volumes, as folders and sources.
 *
 * Files stay open until the guest starts: the firmware closes them with its volumes.
 *
 * Spec: UEFI 2.10, "Simple File System Protocol", "File Protocol".
 */
#ifndef EFI_FILES_H
#define EFI_FILES_H

#include "efi/firmware.h"
#include "loader/folder.h"

/* The root directory of a volume. */
struct volume_folder {
    struct folder folder;
    EFI_FILE *root;
};
enum err volume_folder_open(struct volume_folder *v, EFI_HANDLE handle, const char *name,
                            struct error *e) MUST_CHECK;

struct file_source {
    struct source source;
    EFI_FILE *file;
    uint64_t position; /* bytes; where the next read begins without being told */
    size_t read_most;  /* bytes at once: less from the first read on that failed */
};

/* Write a whole file in place of what it held; folders in its name are made.  What could not be written
 * whole is gone. */
enum err volume_write(struct volume_folder *v, const char *name, struct bytes contents,
                      struct error *e) MUST_CHECK;

/* ERR_NOT_FOUND, ERR_IO. */
enum err volume_remove(struct volume_folder *v, const char *name, struct error *e) MUST_CHECK;

struct directory {
    EFI_FILE *file;
    const char *name;
};

struct directory_entry {
    char name[256]; /* UTF-8; "" at the end of the list */
    bool is_directory;
};

/* name: path from the root, '/' between and after its parts, "" for the root itself. */
enum err directory_open(struct directory *d, struct volume_folder *v, const char *name,
                        struct error *e) MUST_CHECK;
enum err directory_next(struct directory *d, struct directory_entry *out,
                        struct error *e) MUST_CHECK;
void directory_close(struct directory *d);

#endif
