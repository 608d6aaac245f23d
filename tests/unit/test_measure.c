#include <string.h>

#include "loader/measure.h"
#include "tests/fake_port.h"
#include "tests/test.h"

static struct error error;

TEST(a_machine_without_a_tpm_is_told_once_and_goes_on)
{
    fake_port_reset();
    CHECK(measure_check(MEASURE_AUTO, &error) == OK);
    CHECK_HOLDS(fake_port.said, "Measured   nothing: this machine has no TPM 2.0\n");
}

TEST(a_tpm_that_is_required_and_missing_is_refused)
{
    fake_port_reset();
    CHECK(measure_check(MEASURE_REQUIRED, &error) == ERR_UNSUPPORTED);
    CHECK_HOLDS(error.text, "measure = required, but this machine has no TPM 2.0");
    fake_port.has_tpm = true;
    CHECK(measure_check(MEASURE_REQUIRED, &error) == OK);
    fake_port.has_tpm = false;
    CHECK(measure_check(MEASURE_NONE, &error) == OK);
}

TEST(what_was_proved_is_measured_in_order)
{
    struct package package = {.descriptor = "box.ovf"};
    struct plan_disk disks[3] = {
        {.name = "boot.vmdk"}, {.name = "empty", .is_blank = true}, {.name = "data.vmdk"}};
    struct plan plan = {.package = &package, .disks = disks, .count = 3};
    struct proved proved[3] = {
        {.kind = DIGEST_SHA256}, {.kind = DIGEST_SHA256}, {.kind = DIGEST_SHA1}};
    struct certificate_facts signer = {.subject = "CN=Signer"};

    fake_port_reset();
    fake_port.has_tpm = true;
    plan.proof.has_manifest = true;
    plan.proof.verdict = (struct verdict){.state = VERDICT_TRUSTED, .chain = &signer};
    CHECK(measure_record(&plan, proved, NULL, MEASURE_NONE, &error) == OK);
    CHECK_TEXT(fake_port.measured, "");
    CHECK(measure_record(&plan, proved, NULL, MEASURE_AUTO, &error) == OK);
    CHECK_TEXT(fake_port.measured, "ovfboot: manifest (32 bytes)\n"
                                   "ovfboot: signer (32 bytes)\n"
                                   "ovfboot: descriptor box.ovf (32 bytes)\n"
                                   "ovfboot: disk boot.vmdk (32 bytes)\n"
                                   "ovfboot: disk data.vmdk (20 bytes)\n");
}
