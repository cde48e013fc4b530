# SPDX-License-Identifier: Apache-2.0
"""The machine and the versions of what runs on it: figures mean nothing without them."""
import json
import os
import platform
from pathlib import Path

from .commands import ROOT, Failed, output_of

PEER_PACKAGES = ("libboost1.81-dev", "libwslay-dev", "libwebsocketpp-dev", "libbenchmark-dev")
NPM_PEERS = Path("bench/peers/npm/node_modules")


def cpu():
    """Model of the CPU as the kernel names it, and whether its core is a Zen 4."""
    fields = {}
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    model = fields.get("model name") or platform.processor() or platform.machine()
    return {"model": model, "family": fields.get("cpu family", ""), "number": fields.get("model", ""),
            "zen4": is_zen4(fields)}


def is_zen4(fields):
    # AMD's family 19h, models 10h-1Fh and A0h-AFh (servers), 60h-7Fh (desktops, laptops).
    if fields.get("vendor_id") != "AuthenticAMD" or fields.get("cpu family") != "25":
        return False
    number = int(fields.get("model", "0"))
    return 0x10 <= number <= 0x1F or 0x60 <= number <= 0x7F or 0xA0 <= number <= 0xAF


def choose_core(asked):
    """The core to pin to, or None and the reason. One that was asked for is used, or the program ends."""
    core, why = usable_core(asked)
    if core is None and asked is not None:
        raise Failed(why)
    return core, why


def usable_core(asked):
    if not hasattr(os, "sched_setaffinity"):
        return None, "this system cannot pin a process"
    allowed = os.sched_getaffinity(0)
    core = max(allowed) if asked is None else asked
    try:
        os.sched_setaffinity(0, {core})
    except OSError as e:
        return None, f"core {core} cannot be used: {e.strerror}"
    except (OverflowError, ValueError) as e:
        return None, f"core {core} cannot be used: {e}"
    os.sched_setaffinity(0, allowed)  # the builds use all of them
    return core, ""


def npm_versions():
    found = {}
    for description in sorted((ROOT / NPM_PEERS).glob("**/package.json")):
        # Packages only, <name> or @<scope>/<name>: no fixtures inside them.
        inside = description.parent.relative_to(ROOT / NPM_PEERS)
        if len(inside.parts) != (2 if inside.parts and inside.parts[0].startswith("@") else 1):
            continue
        fields = json.loads(description.read_text())
        found[str(inside)] = fields.get("version", "")
    return found


def versions(compilers):
    found = {"commit": output_of("git", "describe", "--always", "--dirty", "--abbrev=12")}
    for compiler in compilers:
        found[compiler] = output_of(compiler, "--version").partition("\n")[0]
    for package in PEER_PACKAGES:
        found[package] = output_of("dpkg-query", "-W", "-f", "${Version}", package) or "not installed"
    return {**found, **npm_versions()}
