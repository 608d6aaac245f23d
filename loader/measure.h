/* loader/measure.h - a record in the TPM of what is started: package, signer, disks.
 *
 * One event each, in this order, into PCR 9, as EV_IPL:
 *
 *     ovfboot: manifest          SHA-256 of the manifest
 *     ovfboot: signer            SHA-256 of the signer's certificate; only when one was proved
 *     ovfboot: descriptor NAME   SHA-256 of the descriptor
 *     ovfboot: disk NAME         the digest that the manifest proves it by, else its SHA-256
 *     ovfboot: installed         instead of disks, when nothing was deployed because the package is
 *                                there: the digest "package" of its record (loader/record.h)
 *     ovfboot: file PATH         SHA-256 of a file below ovffiles/ that the guest gets
 *     ovfboot: environment       SHA-256 of ovf-env.xml; only when the guest is told something
 *
 * A blank disk has none.  What is extended is the digest of those bytes.  NAME is a file's name in the package, never one of
 * a device, so that the same package gives the same values on every machine; all but the last do,
 * which holds the machine's addresses and what was set for it.
 *
 * Why PCR 9: 0 to 7 are the firmware's, 8 is GRUB's commands, 10 IMA's, 11 to 13 and 15 systemd's, 14
 * shim's.  9 is where GRUB and the kernel's EFI stub record files that they load; ovfboot's events
 * come before theirs, so the value stays predictable.  docs/decisions.md has more.
 *
 * Spec: TCG PC Client Platform Firmware Profile, "Event Logging".
 */
#ifndef LOADER_MEASURE_H
#define LOADER_MEASURE_H

#include "loader/config.h"
#include "loader/deploy.h"
#include "loader/plan.h"

#define MEASURE_PCR      9
#define MEASURE_TEXT_MAX 300 /* bytes of an event's text */

/* Before anything is written: ERR_UNSUPPORTED when the policy requires a TPM and there is none. */
enum err measure_check(enum measure_policy policy, struct error *e) MUST_CHECK;

/* Record what was proved (disks NULL: of them nothing, they were there), and what the guest is told
 * (NULL: nothing).  Nothing happens without a TPM. */
enum err measure_record(const struct plan *plan, const struct proved *disks,
                        const struct provision *provision, enum measure_policy policy,
                        struct error *e) MUST_CHECK;

#endif
