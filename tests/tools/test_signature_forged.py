#!/usr/bin/env python3
"""PKCS #1 v1.5 signatures put together by numbers, with no key; see signature_bench.py."""

import subprocess
import sys

sys.dont_write_bytecode = True

from signature_bench import (  # noqa: E402
    Bench, DAMAGED, TOO_BIG, UNTRUSTED, check, openssl, run_tests, same)


DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def numbers_of(key):
    """n, e, d of an RSA key."""
    der = subprocess.run(["openssl", "rsa", "-in", key, "-outform", "DER", "-traditional"],
                         capture_output=True, check=True).stdout
    numbers, at = [], 4
    while at < len(der) and len(numbers) < 4:
        check(der[at] == 2, "not an INTEGER")
        size, at = der[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7f
            size, at = int.from_bytes(der[at:at + count], "big"), at + count
        numbers.append(int.from_bytes(der[at:at + size], "big"))
        at += size
    return numbers[1:]


def sha256_of_manifest(bench):
    return bytes.fromhex(openssl("dgst", "-sha256", "-r", bench.manifest).split()[0])


def cube_root_up(value):
    low, high = 0, 1 << (value.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle ** 3 < value else (low, middle)
    return low


def test_forgeries_by_cube_root(bench):
    """Without the private key: what a verifier believes that does not look at the whole block."""
    n, e, _ = numbers_of(bench.shop.key("e3"))
    same(e, 3)
    info = DIGEST_INFO + sha256_of_manifest(bench)
    for pad in (8, 1, 0):
        front = b"\x00\x01" + b"\xff" * pad + b"\x00" + info
        root = cube_root_up(int.from_bytes(front + bytes(256 - len(front)), "big"))
        made = (root ** 3).to_bytes(256, "big")
        check(root ** 3 < n and made.startswith(front), "the forgery is not one")
        line = f"SHA256(a.mf)= {root.to_bytes(256, 'big').hex()}\n".encode()
        bench.refused(bench.write(line, bench.shop.leaf("e3")), bench.shop.root().cert,
                      why="the signature is not by the key of O=Test, CN=signer e3")


def test_padding_is_strict(bench):
    """With the private key: blocks that are nearly right."""
    n, _, d = numbers_of(bench.shop.key("e3"))
    digest = sha256_of_manifest(bench)
    info = DIGEST_INFO + digest
    no_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest
    long_form = bytes.fromhex("308131300d060960864801650304020105000420") + digest
    junk_null = bytes.fromhex("3034301006096086480165030402010503616263") + b"\x04\x20" + digest

    def block(middle, first=b"\x00\x01", fill=b"\xff", behind=b"", zero=b"\x00"):
        size = 256 - len(first) - len(zero) - len(middle) - len(behind)
        return first + (fill * size)[:size] + zero + middle + behind

    wrong = {
        "garbage behind": b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + bytes(256 - 11 - len(info)),
        "one byte behind": block(info, behind=b"\x00"),
        "short padding": bytes(256 - 11 - len(info)) + b"\x00\x01" + b"\xff" * 8 + b"\x00" + info,
        "no padding": bytes(256 - len(info)) + info,
        "type 2": block(info, first=b"\x00\x02"),
        "type 0": block(info, first=b"\x00\x00", fill=b"\x00"),
        "other fill": block(info, fill=b"\xfe"),
        "hole in fill": block(info).replace(b"\xff" * 9, b"\xff" * 8 + b"\x00", 1),
        "no zero": block(info, zero=b"\xff"),
        "no NULL": block(no_null),
        "long form": block(long_form),
        "junk in NULL": block(junk_null),
        "bare digest": block(digest),
        "SHA-1 said": block(bytes.fromhex("3021300906052b0e03021a05000414") + digest[:20]),
    }
    for name, data in [("right", block(info))] + list(wrong.items()):
        same(len(data), 256, name)
        signature = pow(int.from_bytes(data, "big"), d, n).to_bytes(256, "big")
        cert = bench.write(f"SHA256(a.mf)= {signature.hex()}\n".encode(), bench.shop.leaf("e3"))
        if name == "right":
            bench.trusted(cert, bench.shop.root().cert)
        else:
            done = bench.verify(cert, bench.shop.root().cert)
            check(done.returncode == UNTRUSTED and "the signature is not by" in done.stderr,
                  f"{name}: {done.returncode} {done.stderr}")


def test_length_of_the_signature(bench):
    for kind in ("rsa2048", "p256"):
        hexed = bench.line(bench.shop.key(kind)).decode().split("= ")[1].strip()
        for wrong in (hexed + "00", "00" + hexed, hexed[2:], hexed[:-2], "00", "00" * 256, "ff" * 256):
            cert = bench.write(f"SHA256(a.mf)= {wrong}\n".encode(), bench.shop.leaf(kind))
            bench.refused(cert, bench.shop.root().cert, why="the signature is not by the key")
        for wrong, code, why in ((hexed[:-1], DAMAGED, "an odd number"),
                                 (hexed + "zz", DAMAGED, "line 1: the signature is not hexadecimal"),
                                 ("00" * 1025, TOO_BIG, "the signature is longer than 1024 bytes"),
                                 ("", DAMAGED, "line 1: the signature is empty")):
            cert = bench.write(f"SHA256(a.mf)= {wrong}\n".encode(), bench.shop.leaf(kind))
            bench.refused(cert, bench.shop.root().cert, code=code, why=why)


if __name__ == "__main__":
    sys.exit(run_tests(dict(globals()), Bench))
