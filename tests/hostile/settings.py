"""Settings, files of them, URLs."""

from hostile.case import Case

WORDS = ("hardware", "environment", "cd-images", "redeploy", "on-change", "erase", "boot-entry", "mode", "unattended",
         "verify", "measure", "on-success", "on-failure", "report-policy", "report-stages", "log", "accept-eula")
NUMBERS = {"retries": ("-1", "101", "x"), "stall": ("0", "3601", "1.5"), "timeout": ("0", "2592001", "1h"),
           "network-vlan": ("0", "4095", "0x10"), "workers": ("0", "17", "many")}
FILES = {
    "no-equals-sign": (b"verify none\n", ("line 1", "no '='")), "nothing-before": (b"= x\n", ("line 1", "before '='")),
    "unknown": (b"colour = blue\n", ("line 1", "no setting colour")),
    "twice": (b"log = no\nlog = no\n", ("line 2", "log", "second time")),
    "utf-16": ("log = no\n".encode("utf-16"), ("UTF-16",)), "control": (b"source = a\x01b\n",
                                                                        ("line 1", "control character")),
    "not-utf-8": (b"source = \xc3\x28\n", ("line 1", "source", "UTF-8")),
    "no-value": (b"\nsource =\n", ("line 2", "source", "no value")),
    "name-with-blank": (b"lo g = no\n", ("line 1", "lo g")), "quoted-name": (b'"log" = no\n', ("line 1",)),
    "too-many": (b"".join(b"property.p%d = 1\n" % n for n in range(1025)), ("1025 settings", "1024")),
    "too-many-properties": (b"".join(b"property.p%d = 1\n" % n for n in range(257)), ("256", "property.NAME")),
    "too-large": (b"# " + b"x" * (64 << 10), ("65538 bytes", "65536")), "nuls": (bytes(100), ("line 1",)),
    "contradiction": (b"mode = interactive\nunattended = yes\n", ("mode", "unattended")),
}
URLS = {
    "no-host": ("http://", "no host"), "no-host-but-a-path": ("http:///a.ova", "no host"),
    "port-0": ("http://a:0/x.ova", "port"), "port-65536": ("http://a:65536/x.ova", "port"),
    "port-word": ("http://a:b/x.ova", "port"), "port-negative": ("http://a:-1/x.ova", "port"),
    "two-ats": ("http://u@v@a/x.ova", "two @"), "percent-alone": ("http://a/%", "%"),
    "percent-g": ("http://a/%gg.ova", "%"),
    "blank": ("http://a/x y.ova", "percent-encoded"), "control": ("http://a/\x01.ova", "percent-encoded"),
    "bracket-open": ("http://[::1/x.ova", "IPv6"), "bracket-no-address": ("http://[zz]/x.ova", "IPv6"),
    "bracket-more": ("http://[::1]x/x.ova", "IPv6"), "host-of-blanks": ("http://a_b!/x.ova", "host"),
    "too-long": ("http://a/" + "x" * 9000, "limit"), "nobody-listens": ("http://127.0.0.1:1/x.ova", "127.0.0.1"),
    "https-nobody-listens": ("https://127.0.0.1:1/x.ova", "127.0.0.1"),
}


def cases(package):
    for key in WORDS:
        yield Case(f"setting-{key}", package, (key, "perhaps", "must be one of"), ["--set", f"{key}=perhaps"], status=2)
    for key, values in NUMBERS.items():
        for value in values:
            yield Case(f"setting-{key}-{value}", package, (key, value, "number from"), ["--set", f"{key}={value}"],
                       status=2)
    for name, (text, says) in FILES.items():
        yield Case(f"settings-{name}", package, says, ["--conf", "{folder}/my.conf"], files={"my.conf": text})
    yield Case("settings-missing", package, ("none.conf",), ["--conf", "{folder}/none.conf"])
    yield Case("system-unknown", package, ("system = db9", "small"), ["--set", "system=db9"])
    yield Case("option-unknown", package, ("option = big",), ["--set", "option=big"])
    yield Case("property-unknown", package, ("property.colour",), ["--set", "property.colour=blue"], verifies=False)
    for name, (url, says) in URLS.items():
        yield Case(f"url-{name}", url.encode(), (says,), ending="url")
