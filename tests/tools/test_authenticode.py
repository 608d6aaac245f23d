#!/usr/bin/env python3
"""Compares crypto/secure_boot.h and parsers/pe.h with other people's tools: sbsign, sbverify,
sbsiglist, openssl, objdump and objcopy, over real EFI programs.

    test_authenticode.py [word ...]

Runs build/cli/pe_tool; OVFBOOT_BUILD names another build directory.
"""

import glob
import os
import re
import struct
import subprocess
import sys
import uuid

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "host")]

from checks import BUILD, Skip, check, holds, need, read, run, run_tests, same, write  # noqa: E402
from finish_pe import checksum  # noqa: E402

TOOL = os.path.join(BUILD, "cli", "pe_tool")
OVFBOOT = os.path.join(BUILD, "ovfboot.efi")
SYSTEMD = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"
STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
OVMF = "/usr/share/OVMF/OVMF_VARS_4M.{}.fd"
OWNER = "11111111-2222-3333-4444-123456789abc"
DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le


class Bench:
    """A scratch folder with certificates and signed programs in it."""

    def __init__(self, folder):
        need("sbsign", "sbverify", "sbattach", "sbsiglist", "openssl", "objdump", "objcopy")
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def certificate(self, name, issuer=None, ca=True, key=("rsa:2048",)):
        """PATH.key, PATH.pem and PATH.der; self-signed without an issuer."""
        path = self.path(name)
        words = ["openssl", "req", "-newkey", *key, "-nodes", "-keyout", path + ".key", "-subj",
                 f"/CN={name}"]
        usage = f"basicConstraints=critical,CA:{'TRUE' if ca else 'FALSE'}"
        if issuer:
            run(*words, "-out", path + ".csr")
            write(path + ".ext", usage.encode())
            run("openssl", "x509", "-req", "-in", path + ".csr", "-CA", issuer + ".pem", "-CAkey",
                issuer + ".key", "-CAcreateserial", "-extfile", path + ".ext", "-days", "99",
                "-out", path + ".pem")
        else:
            run(*words, "-x509", "-addext", usage, "-days", "99", "-out", path + ".pem")
        run("openssl", "x509", "-in", path + ".pem", "-outform", "DER", "-out", path + ".der")
        return path

    def sign(self, image, signer, *more, out="signed.efi"):
        run("sbsign", "--key", signer + ".key", "--cert", signer + ".pem", *more, "--output",
            self.path(out), image)
        return self.path(out)

    def database(self, *entries):
        """A signature list for each (kind, bytes or path of a DER certificate)."""
        lists = b""
        for kind, data in entries:
            if isinstance(data, bytes):
                data = write(self.path("entry"), data)
            run("sbsiglist", "--owner", OWNER, "--type", kind, "--output", self.path("list"), data)
            lists += read(self.path("list"))
        return write(self.path(f"lists{len(os.listdir(self.folder))}"), lists)

    def trusted(self, *certificates):
        return self.database(*(("x509", path + ".der") for path in certificates))


def judge(image, db="-", dbx="-"):
    return run(TOOL, "judge", image, db, dbx).strip()


def digest(image, kind="sha256"):
    return run(TOOL, "digest", image, kind).strip()


def digest_in_signature(bench, signed):
    """What sbsign put into SpcIndirectDataContent, by openssl."""
    run("sbattach", "--detach", bench.path("pkcs7"), signed)
    text = run("openssl", "asn1parse", "-inform", "DER", "-in", bench.path("pkcs7"))
    return re.search(r"OCTET STRING +\[HEX DUMP\]:([0-9A-F]+)", text).group(1).lower()


def agrees_with_sbverify(bench, signed, certificate, wanted):
    """sbverify and we say the same, and what is wanted."""
    theirs = subprocess.run(["sbverify", "--cert", certificate + ".pem", signed], check=False,
                            capture_output=True).returncode == 0
    ours = judge(signed, bench.trusted(certificate)).startswith("starts: ")
    same((ours, theirs), (wanted, wanted), os.path.basename(certificate))


def programs():
    """Real EFI programs that are at hand."""
    found = [path for path in (OVFBOOT, SYSTEMD, STUB) if os.path.exists(path)]
    for pattern in ("shimx64.efi*", "grubx64.efi*", "vmlinuz-*", "BOOTX64.EFI"):
        found += glob.glob(os.path.join(BUILD, "appliance", "**", pattern), recursive=True)[:1]
    if len(found) < 2:
        raise Skip("no EFI programs are at hand")
    return found


def variable(firmware, wanted):
    """db or dbx out of a file of OVMF's variables (EDK2, VariableFormat.h)."""
    path = OVMF.format(firmware)
    if not os.path.exists(path):
        raise Skip(f"{path} is missing")
    data = read(path)
    at = struct.unpack_from("<H", data, 0x30)[0] + 28
    while struct.unpack_from("<H", data, at)[0] == 0x55AA:
        state, name_size, size = data[at + 2], *struct.unpack_from("<II", data, at + 36)
        body = at + 60
        name = data[body:body + name_size].decode("utf-16-le").rstrip("\0")
        if state == 0x3F and name == wanted and data[at + 44:body] == DATABASE:
            return data[body + name_size:body + name_size + size]
        at = (body + name_size + size + 3) & ~3
    raise AssertionError(f"{path} has no {wanted}")


def test_digest_is_what_sbsign_signs(bench):
    signer = bench.certificate("signer")
    for program in programs():
        # A program that has signatures gets one more; the first one is removed to see it alone.
        bare = write(bench.path("bare.efi"), read(program))
        while subprocess.run(["sbattach", "--remove", bare], check=False,
                             capture_output=True).returncode == 0:
            pass
        signed = bench.sign(bare, signer)
        same(digest(signed), digest_in_signature(bench, signed), program)


def test_digests_are_what_osslsigncode_calculates(bench):
    need("osslsigncode")
    signer = bench.certificate("signer")
    for kind in ("sha1", "sha256", "sha384", "sha512"):
        signed = bench.path(kind + ".efi")
        run("osslsigncode", "sign", "-h", kind, "-certs", signer + ".pem", "-key", signer + ".key",
            "-in", OVFBOOT, "-out", signed)
        said = subprocess.run(["osslsigncode", "verify", signed], check=False, text=True,
                              capture_output=True).stdout
        theirs = re.search(r"Calculated message digest : (\w+)", said).group(1).lower()
        same(digest(signed, kind), theirs, kind)
        holds(judge(signed, bench.trusted(signer)), "starts: is signed by signer, which db trusts")


def test_verdicts_are_those_of_sbverify(bench):
    root = bench.certificate("root")
    leaf = bench.certificate("leaf", root, ca=False)
    other = bench.certificate("other")
    for program in (OVFBOOT, SYSTEMD):
        signed = bench.sign(program, leaf)
        agrees_with_sbverify(bench, signed, root, True)
        agrees_with_sbverify(bench, signed, leaf, True)
        agrees_with_sbverify(bench, signed, other, False)
        same(judge(signed, bench.trusted(other)),
             "refused: is signed by leaf, which db does not know")
    same(judge(OVFBOOT, bench.trusted(root)),
         "refused: is not signed, and db does not list its digest")


def test_chains_of_certificates_are_followed(bench):
    root = bench.certificate("root")
    middle = bench.certificate("middle", root)
    lower = bench.certificate("lower", middle)
    leaf = bench.certificate("leaf", lower, ca=False)
    whole = bench.path("chain.pem")
    for order in ((middle, lower), (lower, middle)):
        write(whole, b"".join(read(path + ".pem") for path in order))
        signed = bench.sign(OVFBOOT, leaf, "--addcert", whole)
        for certificate in (root, middle, lower, leaf):
            agrees_with_sbverify(bench, signed, certificate, True)
    alone = bench.sign(OVFBOOT, leaf)
    agrees_with_sbverify(bench, alone, root, False)
    agrees_with_sbverify(bench, alone, lower, True)


def test_keys_of_all_kinds_are_verified(bench):
    kinds = {"rsa3072": ("rsa:3072",), "rsa4096": ("rsa:4096",),
             "e3": ("rsa:2048", "-pkeyopt", "rsa_keygen_pubexp:3")}
    for name, key in kinds.items():
        signer = bench.certificate(name, key=key)
        agrees_with_sbverify(bench, bench.sign(OVFBOOT, signer), signer, True)


def test_dbx_revokes(bench):
    root, other = bench.certificate("root"), bench.certificate("other")
    leaf = bench.certificate("leaf", root, ca=False)
    signed, db = bench.sign(OVFBOOT, leaf), bench.trusted(root)
    image = bytes.fromhex(digest_in_signature(bench, signed))
    same(judge(signed, db, bench.database(("sha256", image))),
         "refused: is revoked: dbx lists its digest")
    revoked = "refused: is signed by leaf, which dbx revokes"
    same(judge(signed, db, bench.trusted(root)), revoked)
    same(judge(signed, db, bench.trusted(other, leaf)), revoked)
    run("openssl", "asn1parse", "-in", leaf + ".pem", "-strparse", "4", "-noout", "-out",
        bench.path("tbs"))
    tbs = bytes.fromhex(run("sha256sum", bench.path("tbs"))[:64])
    # EFI_CERT_X509_SHA256 with no time of revocation, which sbsiglist does not make.
    by_hash = uuid.UUID("3bd2a492-96c0-4079-b420-fcf98ef103ed").bytes_le
    dbx = by_hash + struct.pack("<III", 28 + 64, 0, 64) + bytes(16) + tbs + bytes(16)
    same(judge(signed, db, write(bench.path("dbx"), dbx)), revoked)
    same(judge(signed, db, bench.trusted(other)), "starts: is signed by leaf, which db trusts")


def test_unsigned_programs_start_by_their_digest(bench):
    for program in (OVFBOOT, STUB):
        other = bench.database(("sha256", bytes(32)))
        holds(judge(program, other), "refused: is not signed")
        listed = bench.database(("sha256", bytes(32)), ("sha256", bytes.fromhex(digest(program))))
        same(judge(program, listed), "starts: is listed by its digest in db")


def test_shim_is_recognised_by_microsofts_db(bench):
    found = [path for path in programs() if "shimx64" in os.path.basename(path)]
    if not found:
        raise Skip("shim is not at hand")
    db, dbx = (write(bench.path(name), variable("ms", name)) for name in ("db", "dbx"))
    same(judge(found[0], db, dbx), "starts: is signed by Microsoft Windows UEFI Driver Publisher, "
         "which db trusts; it is shim, which decides itself what it starts")
    snakeoil = write(bench.path("snakeoil"), variable("snakeoil", "db"))
    holds(judge(found[0], snakeoil), "refused: is signed by Microsoft", "does not know")


def test_grub_of_debian_is_shims_business(bench):
    found = [path for path in programs() if "grubx64" in os.path.basename(path)]
    if not found:
        raise Skip("GRUB is not at hand")
    db = write(bench.path("db"), variable("ms", "db"))
    holds(judge(found[0], db), "refused: is signed by Debian Secure Boot Signer",
          "which db does not know")


def sections(image):
    """{name: (characteristics, bytes)}, read here from the headers."""
    data = read(image)
    coff = struct.unpack_from("<I", data, 60)[0] + 4
    count, size = struct.unpack_from("<H", data, coff + 2)[0], \
        struct.unpack_from("<H", data, coff + 16)[0]
    found = {}
    for at in range(coff + 20 + size, coff + 20 + size + 40 * count, 40):
        length, _, _, raw = struct.unpack_from("<IIII", data, at + 8)
        found[data[at:at + 8].rstrip(b"\0").decode()] = (
            struct.unpack_from("<I", data, at + 36)[0], data[raw:raw + length])
    return found


def test_loader_is_built_for_secure_boot(bench):
    text = run("objdump", "-p", OVFBOOT)
    holds(text, "NX_COMPAT", "DYNAMIC_BASE")
    same(re.search(r"SectionAlignment\s+(\w+)", text).group(1), "00001000")
    found = sections(OVFBOOT)
    for name, (flags, _) in found.items():
        check(not (flags & 0x80000000 and flags & 0x20000000), f"{name} may be written and run")
        same(bool(flags & 0x80000000), name == ".data", f"{name} may be written")
        same(bool(flags & 0x20000000), name == ".text", f"{name} may be run")
    lines = found[".sbat"][1].decode("ascii").splitlines()
    same(lines[0], "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md")
    holds(lines[1], "ovfboot,1,")
    same([len(line.split(",")) for line in lines], [6, 6], "fields")
    warnings = run("sbsign", "--key", bench.certificate("signer") + ".key", "--cert",
                   bench.path("signer.pem"), "--output", bench.path("x.efi"), OVFBOOT)
    check("warning" not in warnings, warnings)


def test_checksum_is_right(bench):
    for program in programs():
        data = bytearray(read(program))
        field = struct.unpack_from("<I", data, 60)[0] + 24 + 64
        same(run(TOOL, "checksum", program).split()[1], f"{checksum(data, field):08x}", program)
    same(*run(TOOL, "checksum", OVFBOOT).split(), "the loader's own")
    if subprocess.run(["which", "osslsigncode"], check=False, capture_output=True).returncode == 0:
        said = subprocess.run(["osslsigncode", "verify", OVFBOOT], check=False, text=True,
                              capture_output=True).stdout
        theirs = re.search(r"Calculated PE checksum: (\w+)", said)
        current = re.search(r"Current PE checksum +: (\w+)", said)
        if theirs and current:
            same(current.group(1), theirs.group(1), "osslsigncode")


def test_an_appended_section_is_in_the_signed_image(bench):
    policy = b"verify = signature\n" * 50
    grown = bench.path("grown.efi")
    run(TOOL, "append", OVFBOOT, ".policy", write(bench.path("policy"), policy), grown)
    same(*run(TOOL, "checksum", grown).split(), "checksum")
    same(sections(grown)[".policy"], (0x40000040, policy))
    run("objcopy", "-O", "binary", "--only-section=.policy", "--set-section-flags",
        ".policy=alloc,load,contents", grown, bench.path("out"))
    same(read(bench.path("out")), policy, "objcopy")
    signer = bench.certificate("signer")
    signed = bench.sign(grown, signer)
    agrees_with_sbverify(bench, signed, signer, True)
    data = bytearray(read(signed))
    at = data.index(policy)
    data[at:at + 18] = b"verify = none     "
    changed = write(bench.path("changed.efi"), data)
    agrees_with_sbverify(bench, changed, signer, False)
    holds(judge(changed, bench.trusted(signer)), "refused: has a signature that is damaged")


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
