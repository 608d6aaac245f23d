#!/usr/bin/env python3
"""Firmware that fails, lies or lacks something: ovfboot copes, or ends with its own sentence, and the disk is
then as it was or cannot be booted from.  Four boots; in each, one run after the other."""

from hostile_lib import case, run_cases
from lib import check, same

UNREADABLE = r"^small\.ova: (small\.vmdk: )?cannot read at byte \d+ "
NVME = r"^small\.ova: QEMU NVMe Ctrl: "

# ---- The package's medium ----


@case("media", "file short 1")
def test_short_reads_are_gone_on_with(run):
    run.broken("file short 1", 20)
    run.deployed()


@case("media", "file poisoned 1024")
def test_no_read_is_larger_than_1_mib(run):
    reads = run.broken("file poisoned 1024", 0)
    same(reads[0], 0, "reads over 1 MiB")
    check(reads[1] > 20, "it was hardly read")
    run.deployed()


@case("media", "file poisoned 256")
def test_a_file_whose_handle_is_spoilt_by_a_read(run):
    run.broken("file poisoned 256", 2)
    run.fails(UNREADABLE + r"\(Device Error\)")


@case("media", "file falters 3")
def test_a_read_that_fails_now_and_then_is_tried_again(run):
    run.broken("file falters 3", 3)
    run.deployed()


@case("media", "file capped 64")
def test_a_stick_that_gives_64_kib_at_once(run):
    failed, reads = run.broken("file capped 64", 1)
    check(reads > 60 * failed, f"{failed} of {reads} reads were too large")
    run.deployed()


@case("media", "file fails 12")
def test_a_stick_that_cannot_be_read(run):
    run.broken("file fails 12")
    run.fails(UNREADABLE + r"\(Device Error\)")
    run.untouched()


@case("media", "file gone 38")
def test_a_stick_that_is_pulled_out(run):
    same(run.broken("file gone 38")[0], 1, "tries")
    run.fails(UNREADABLE + r"\(No Media\)")
    run.unbootable()


@case("media", "file ends 38")
def test_a_file_that_ends_too_early(run):
    run.broken("file ends 38")
    run.fails(UNREADABLE + r"\(Volume Corrupt\)")
    run.unbootable()


@case("media", "file lies 38")
def test_a_stick_that_changes_a_bit(run):
    run.broken("file lies 38")
    run.fails(r"^small\.ova: small\.vmdk: ")
    run.unbootable()


# ---- The disk ----


@case("disk", "hide blockio2")
def test_a_disk_without_a_queue(run):
    run.broken("hide blockio2")
    run.deployed()


@case("disk", "hide nvme")
def test_a_disk_that_does_not_tell_its_serial_number(run):
    run.broken("hide nvme")
    run.fails(r"^target = serial:case\d+ fits no disk; there are: NVMe disk, ")
    run.untouched()


@case("disk", "read falters 3")
def test_a_disk_whose_reads_fail_now_and_then(run):
    run.broken("read falters 3", 3)
    run.deployed()


@case("disk", "read fails 1")
def test_a_disk_that_cannot_be_read(run):
    run.broken("read fails 1", 4)
    run.fails(r"^QEMU NVMe Ctrl: cannot read sectors 0 to 0 \(Device Error\)$")
    run.untouched()


@case("writes", "write fails 1")
def test_a_disk_that_cannot_be_written(run):
    run.fails(NVME + r"cannot write sectors 0 to \d+ \(Device Error\)")
    run.untouched()


@case("writes", "write fails 9")
def test_a_disk_that_fails_on_the_way(run):
    run.fails(NVME + r"cannot write sectors \d+ to \d+ \(Device Error\)")
    run.unbootable()


@case("writes", "write locked 9")
def test_a_disk_that_is_locked_on_the_way(run):
    run.fails(NVME + r"cannot write sectors \d+ to \d+ \(Write Protected\)")
    run.unbootable()


@case("writes", "blockio2 fails 5")
def test_a_write_in_the_queue_that_fails(run):
    run.broken("blockio2 fails 5")
    run.fails(NVME + r"cannot write sectors \d+ to \d+ \(Device Error\)")
    run.unbootable()


@case("writes", "disk changes 9")
def test_a_medium_that_is_changed_on_the_way(run):
    run.broken("disk changes 9")
    run.fails(NVME + r"cannot write sectors \d+ to \d+, another medium is in it now \(Media Changed\)")
    run.unbootable()


@case("writes", "disk gone 9")
def test_a_disk_that_is_pulled_out(run):
    run.broken("disk gone 9")
    run.fails(NVME + r"cannot write sectors \d+ to \d+, its medium is gone \(No Media\)")
    run.unbootable()


@case("writes", "flush fails 2")
def test_a_disk_that_cannot_be_flushed(run):
    run.broken("flush fails 2")
    run.fails(NVME + r"cannot flush \(Device Error\)")
    run.unbootable()


@case("writes", "write dropped 1", "zeros lie 1")
def test_a_disk_that_keeps_nothing(run):
    run.broken("write dropped 1", 10)
    run.fails("^QEMU NVMe Ctrl: no partition table, so no EFI system partition$")
    run.untouched()


@case("disk", "size claimed 8")
def test_a_disk_that_is_smaller_than_it_says(run):
    run.broken("size claimed 8")
    run.fails(NVME + r"cannot write sectors \d+ to \d+ ")
    run.unbootable()


@case("disk", "read-only claimed 1")
def test_a_disk_that_is_read_only(run):
    run.fails("is read-only")
    run.untouched()


@case("disk", "align claimed 3")
def test_an_alignment_that_is_none(run):
    run.broken("align claimed 3")
    run.deployed()


@case("disk", "align claimed 65536")
def test_an_alignment_over_a_page(run):
    run.broken("align claimed 65536")
    run.fails(r"cannot read sectors 0 to 0 \(Invalid Parameter\)$")  # EDK2's own driver then takes no page
    run.untouched()


@case("disk", "align wanted 4")
def test_an_alignment_that_is_not_told(run):
    run.broken("align wanted 4", 0)
    run.deployed()


# ---- Services of the firmware ----


@case("services", "hide mp", "hide tcg2", "clock broken 1", "pool refused 1")
def test_without_processors_tpm_clock_and_small_memory(run):
    run.broken("hide mp")
    run.broken("hide tcg2")
    run.broken("clock broken 1")
    run.broken("pool refused 1")
    run.deployed()


@case("services", "hide ramdisk", options="target=ram")
def test_without_ram_disks(run):
    run.broken("hide ramdisk")
    run.fails("^target = ram: this firmware offers no RAM disks$")


@case("services", "hide tcg2", options="measure=required")
def test_without_the_tpm_that_is_required(run):
    run.broken("hide tcg2")
    run.fails("^measure = required, but this machine has no TPM 2.0 that its firmware shows$")
    run.untouched()


@case("services", "memory left 32")
def test_with_little_memory(run):
    run.broken("memory left 32", 100)
    run.fails(r"^ovfboot needs 65\.0 MB of memory in one piece, and the largest free piece has \d+\.\d MB$")
    run.untouched()
    run.log.says("^Press a key to go back to the firmware")


@case("services", "memory pieces 80", options="target=ram source=large.ova")
def test_with_memory_in_pieces(run):
    run.broken("memory pieces 80", 4)
    run.fails(r"the RAM disk needs [\d.]+ MB of memory in one piece, and the largest free piece has [\d.]+ MB$")


@case("services", "handles refused 1")
def test_when_devices_cannot_be_listed(run):
    run.broken("handles refused 1")
    run.fails(r"^cannot list the firmware's devices \(Out of Resources\)$")
    run.untouched()


@case("services", "variables full 1", options="boot-entry=add")
def test_a_store_of_variables_that_is_full(run):
    run.broken("variables full 1")
    run.log.says(r"^Warning +the guest has no boot entry of its own: .* no room .*\(Out of Resources\)")
    run.deployed()


@case("services", "variables unreadable 1", options="boot-entry=add")
def test_variables_that_cannot_be_read(run):
    run.broken("variables unreadable 1")
    run.log.says(r"^Warning +the guest has no boot entry of its own: .*cannot read .* \(Device Error\)")
    run.deployed()


@case("services", "variables garbage 1", "variables full 1", options="boot-entry=first")
def test_boot_entries_that_are_garbage(run):
    run.broken("variables garbage 1", 3)
    run.log.says("^Warning +the guest has no boot entry of its own: ")
    run.deployed()


@case("services", "volumes hidden 2", options="on-success=boot")
def test_a_guest_whose_volume_is_not_shown(run):
    run.broken("volumes hidden 2")
    run.fails("^QEMU NVMe Ctrl: was written, but the firmware does not show its EFI system partition$")


@case("services", "load fails 1", options="on-success=boot")
def test_a_loader_that_cannot_be_loaded(run):
    run.broken("load fails 1")
    run.fails(r"BOOTX64\.EFI: the firmware cannot load it \(Load Error\)$")


@case("services", "start returns 1", options="on-success=boot")
def test_a_guest_that_comes_back(run):
    run.broken("start returns 1")
    run.fails(r"BOOTX64\.EFI: came back without starting anything")


if __name__ == "__main__":
    run_cases(dict(globals()))
