# SPDX-License-Identifier: Apache-2.0
"""Builds wspc as it is shipped, and its peers for the architecture that is asked for."""
import os
import re
import shutil

from .commands import ROOT, Failed, run_logged
from .judge import AT_O2
from .words import peers_words


def set_up(out, progress):
    progress.say("looking for the packages that the benchmarks need")
    run_logged(["tools/setup", "bench"], out / "setup.log", "tools/setup bench")


def c_compiler(compiler):
    return compiler.replace("clang++", "clang").replace("g++", "gcc")


def peer_flags(arch):
    """What CMake puts behind -O3: there, another -O wins."""
    return "-O2" if arch == AT_O2 else f"-march={arch}"


def build_folder(compiler, arch):
    return ROOT / "build" / f"bench-{compiler}-{arch}"


def cmake_build(folder, name, settings, out, progress, target="all"):
    """Configures and compiles; `name` is what to call that."""
    configure = ["cmake", "-S", ".", "-B", str(folder), "-DCMAKE_BUILD_TYPE=Release", "-DWSPC_BUILD_BENCH=ON",
                 "-DWSPC_BUILD_TESTS=OFF", "-DWSPC_BUILD_TOOLS=OFF", *settings]
    # The generator of a folder that was configured before stays as it is.
    if shutil.which("ninja") and not (folder / "CMakeCache.txt").exists():
        configure += ["-G", "Ninja"]
    progress.say("configuring: " + name)
    run_logged(configure, out / "configure.log", f"configuring ({name})")
    progress.say("compiling: " + name)
    run_logged(["cmake", "--build", str(folder), "--target", target, "--parallel", str(os.cpu_count() or 1)],
               out / "build.log", f"compiling ({name})")


def build(compiler, arch, out, progress):
    """Configures and builds; gives the folder of the programs and the flags."""
    folder = build_folder(compiler, arch)
    name = f"{compiler}, {peers_words({'arch': arch})}"
    if not shutil.which(compiler):
        raise Failed(f"no compiler is called {compiler}; tools/setup ci installs clang++-19")
    settings = [f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_C_COMPILER={c_compiler(compiler)}",
                f"-DWSPC_BENCH_PEER_ARCH={peer_flags(arch)}"]
    cmake_build(folder, name, settings, out, progress)
    return folder / "bench", {"wspc": own_flags(folder),
                              "peers": peer_flags(arch) if arch == AT_O2 else "-O3 " + peer_flags(arch)}


def own_flags(folder):
    """The flags that wspc is shipped with, as CMake has them."""
    cache = (folder / "CMakeCache.txt").read_text()
    found = [re.search(rf"^{key}:\w+=(.*)$", cache, re.M) for key in ("CMAKE_CXX_FLAGS", "CMAKE_CXX_FLAGS_RELEASE")]
    return " ".join(match.group(1) for match in found if match and match.group(1))
