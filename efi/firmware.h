/* efi/firmware.h - the firmware's tables, and the protocols that gnu-efi does not declare.
 *
 * The tables are the one mutable global of the project: UEFI hands them to efi_main and nothing
 * can be said or done without them.
 *
 * Spec: UEFI 2.10, "EFI System Table", "RAM Disk Protocol", "NVM Express Pass Through Protocol";
 * PI 1.7 volume 5, "Disk Info Protocol"; PI 1.7 volume 2, "MP Services Protocol".
 */
#ifndef EFI_FIRMWARE_H
#define EFI_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <efi.h>
#include <efipciio.h>

#include "base/arena.h"

struct firmware {
    EFI_HANDLE image; /* ours */
    EFI_SYSTEM_TABLE *system;
    EFI_BOOT_SERVICES *boot;
    EFI_RUNTIME_SERVICES *runtime;
    EFI_LOADED_IMAGE *self; /* how we were started */
};
extern struct firmware firmware;

/* First of all: from what efi_main() was given. */
void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* The interface of that protocol on a handle, or NULL. */
void *firmware_protocol(EFI_HANDLE handle, const EFI_GUID *guid);

/* The only, or first, interface of that protocol in the system, or NULL. */
void *firmware_service(const EFI_GUID *guid);

/* The handles that have that protocol (NULL: all handles), in the arena; none is no error. */
enum err firmware_handles(const EFI_GUID *guid, struct arena *a, EFI_HANDLE **out, size_t *count,
                          struct error *e) MUST_CHECK;

extern const EFI_GUID guid_block_io, guid_device_path, guid_file_system, guid_loaded_image;

/* RAM disks. */
#define RAM_DISK_PROTOCOL_GUID                                                                     \
    {                                                                                              \
        0xab38a0df, 0x6873, 0x44a9,                                                                \
        {                                                                                          \
            0x87, 0xe6, 0xd4, 0xeb, 0x56, 0x14, 0x84, 0x49                                         \
        }                                                                                          \
    }
#define RAM_DISK_VIRTUAL_DISK_GUID                                                                 \
    {                                                                                              \
        0x77ab535a, 0x45fc, 0x624b,                                                                \
        {                                                                                          \
            0x55, 0x60, 0xf7, 0xb2, 0x81, 0xd1, 0xf9, 0x6e                                         \
        }                                                                                          \
    }

struct ram_disk_protocol {
    EFI_STATUS(EFIAPI *register_disk)
    (UINT64 base, UINT64 size, EFI_GUID *type, EFI_DEVICE_PATH *parent, EFI_DEVICE_PATH **path);
    EFI_STATUS(EFIAPI *unregister_disk)(EFI_DEVICE_PATH *path);
};

/* What a disk says of itself. */
#define DISK_INFO_PROTOCOL_GUID                                                                    \
    {                                                                                              \
        0xd432a67f, 0x14dc, 0x484b,                                                                \
        {                                                                                          \
            0xb3, 0xbb, 0x3f, 0x02, 0x91, 0x84, 0x93, 0x27                                         \
        }                                                                                          \
    }

struct disk_info_protocol {
    EFI_GUID interface;
    EFI_STATUS(EFIAPI *inquiry)(struct disk_info_protocol *self, void *data, UINT32 *size);
    EFI_STATUS(EFIAPI *identify)(struct disk_info_protocol *self, void *data, UINT32 *size);
};

/* The processors.  Only who() may be called on another than the first. */
#define MP_SERVICES_GUID                                                                           \
    {                                                                                              \
        0x3fdda605, 0xa76e, 0x4f46,                                                                \
        {                                                                                          \
            0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08                                         \
        }                                                                                          \
    }

#define MP_FIRST   0x1 /* status: this is the one that the firmware itself runs on, ... */
#define MP_ENABLED 0x2 /* ... that may be started, ... */
#define MP_HEALTHY 0x4 /* ... that passed its self-test */

struct mp_processor {
    UINT64 id;
    UINT32 status;
    UINT32 package, core, thread;
    UINT32 extended[6]; /* only where they were asked for */
};

typedef void(EFIAPI *mp_procedure)(void *argument);

struct mp_services {
    EFI_STATUS(EFIAPI *count)(struct mp_services *self, UINTN *all, UINTN *enabled);
    EFI_STATUS(EFIAPI *info)(struct mp_services *self, UINTN number, struct mp_processor *out);
    EFI_STATUS(EFIAPI *start_all)
    (struct mp_services *self, mp_procedure procedure, BOOLEAN one_by_one, EFI_EVENT over,
     UINTN limit_us, void *argument, UINTN **failed);
    EFI_STATUS(EFIAPI *start_one)
    (struct mp_services *self, mp_procedure procedure, UINTN number, EFI_EVENT over, UINTN limit_us,
     void *argument, BOOLEAN *finished);
    EFI_STATUS(EFIAPI *make_first)(struct mp_services *self, UINTN number, BOOLEAN enable_old);
    EFI_STATUS(EFIAPI *enable)
    (struct mp_services *self, UINTN number, BOOLEAN enable, UINT32 *health);
    EFI_STATUS(EFIAPI *who)(struct mp_services *self, UINTN *number);
};

/* Commands to an NVMe controller. */
#define NVME_PASS_THROUGH_GUID                                                                     \
    {                                                                                              \
        0x52c78312, 0x8edc, 0x4233,                                                                \
        {                                                                                          \
            0x98, 0xf2, 0x1a, 0x1a, 0xa5, 0xe3, 0x88, 0xa5                                         \
        }                                                                                          \
    }

struct nvme_command {
    UINT32 opcode; /* bits 0 to 7 */
    UINT8 valid;   /* which of the words below count: NVME_CDW10 and so on */
    UINT32 namespace;
    UINT32 cdw2, cdw3, cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};

#define NVME_CDW10 0x04
#define NVME_CDW11 0x08
#define NVME_CDW12 0x10

struct nvme_packet {
    UINT64 timeout; /* 100 ns */
    void *buffer;
    UINT32 buffer_size; /* bytes */
    void *metadata;
    UINT32 metadata_size;
    UINT8 queue;
    struct nvme_command *command;
    UINT32 *completion; /* four words */
};

struct nvme_pass_through {
    void *mode;
    EFI_STATUS(EFIAPI *pass)
    (struct nvme_pass_through *self, UINT32 namespace, struct nvme_packet *packet, EFI_EVENT event);
};

#endif
