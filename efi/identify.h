/* efi/identify.h - what a disk is: its bus, model and serial number, as the disk itself says. */
#ifndef EFI_IDENTIFY_H
#define EFI_IDENTIFY_H

#include "efi/firmware.h"

struct identity {
    const char *bus; /* "nvme", "sata", "usb", "virtio", "scsi", "sd", "ram" or "disk" */
    char model[48];  /* "" when the firmware does not tell */
    char serial[48];
    char wwn[64]; /* world wide names: 16 or 32 lower case hexadecimal digits, blanks between */
};

void identify_disk(EFI_HANDLE handle, struct identity *out);

#endif
