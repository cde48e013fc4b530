# SPDX-License-Identifier: Apache-2.0
"""The instructions of the NEON kernels, where no machine with NEON is at hand: qemu runs a cross build one instruction
at a time and logs each of them with the name of its function."""
import shutil
import subprocess

from .build import cmake_build, own_flags
from .commands import ROOT, Failed, output_of

COMPILER = "aarch64-linux-gnu-g++"
EMULATOR = "qemu-aarch64-static"
PROGRAM = "wspc_bench_neon"
TOOLCHAIN = ROOT / "tools" / "cmake" / "toolchains" / "aarch64-linux-gnu.cmake"

# What the log of one counted call stands between, and how long calls are of which that is known: two instructions
# each round, and the return.
BEGIN = b" wspc_bench_begin\n"
END = b" wspc_bench_end\n"
KNOWN = {"loop/1": 3, "loop/1000": 2001}


def why_absent():
    lacking = [name for name in (COMPILER, EMULATOR) if not shutil.which(name)]
    return f"no {' and no '.join(lacking)}: tools/setup ci installs both" if lacking else None


def build(folder, out, progress):
    """The program, with nothing of wspc but the codec: that needs no library of the other machine."""
    settings = [f"-DCMAKE_TOOLCHAIN_FILE={TOOLCHAIN}", "-DWSPC_BUILD_ENGINE=OFF"]
    cmake_build(folder, COMPILER, settings, out, progress, PROGRAM)
    return folder / "bench" / PROGRAM


def count_calls(log):
    """How many lines stand between each BEGIN and its END: one for each instruction. Gives the other lines, too."""
    calls = []
    strange = []
    count = None
    for line in log:
        if not line.startswith(b"Trace "):
            strange.append(line.decode(errors="replace"))
        elif line.endswith(BEGIN):
            count = 0
        elif count is not None and line.endswith(END):
            calls.append(count)
            count = None
        elif count is not None:
            count += 1
    return calls, "".join(strange)


def named_counts(names, calls):
    """The calls by their names, once those of known length have been found to be so long."""
    if len(names) != len(calls):
        raise Failed(f"{len(names)} calls have a name, and {len(calls)} were counted")
    counts = dict(zip(names, calls))
    for name, length in KNOWN.items():
        if counts.get(name) != length:
            raise Failed(f"{name} takes {length} instructions, and {counts.get(name)} were counted")
    return {name: count for name, count in counts.items() if name not in KNOWN}


def count(program):
    """Instructions by workload and kernel."""
    # One line for each instruction: blocks of one instruction, each of them logged, none chained to the next.
    command = [EMULATOR, "-singlestep", "-d", "exec,nochain", str(program)]
    try:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            calls, strange = count_calls(running.stderr)
            names = running.stdout.read().decode().splitlines()
    except OSError as e:
        raise Failed(f"{EMULATOR}: {e.strerror}") from e
    if running.returncode != 0 or strange:
        raise Failed(f"{program} ended with {running.returncode} under {EMULATOR}:\n{strange.strip()}")
    return named_counts(names, calls)


def groups_of(counts):
    """In the form of report.json. A count is the same each time, so that one of each is enough."""
    groups = {}
    for name, instructions in counts.items():
        workload = name.rpartition("/")[0]
        samples = groups.setdefault(f"K8/{workload}", {})
        samples[f"K8/{name}"] = {"unit": "call", "ns": [], "counters": {"instructions": [instructions]}}
    return [{"group": group, "program": PROGRAM, "attempts": [{"samples": samples, "failures": {}}]}
            for group, samples in groups.items()]


def configuration_of(counts, flags):
    return {"name": "aarch64", "emulated": True, "compiler": COMPILER, "arch": "aarch64", "flags": {"wspc": flags},
            "forced": False, "kernel": "neon", "kernels": ["scalar", "neon"],
            "compiler_said": output_of(COMPILER, "--version").partition("\n")[0],
            "emulator": output_of(EMULATOR, "--version").partition("\n")[0], "groups": groups_of(counts)}


def counted_configuration(folder, out, progress):
    """What is counted here, as a configuration of report.json; where it cannot be, that says why."""
    absent = why_absent()
    if absent:
        return dict(configuration_of({}, ""), absent=absent)
    program = build(folder, out, progress)
    progress.say("counting instructions under emulation")
    return configuration_of(count(program), own_flags(folder))
