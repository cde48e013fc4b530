# SPDX-License-Identifier: Apache-2.0
"""Builds a source tree of its own, and says which test program notices a mutation."""
import hashlib
import os
import resource
import shutil
import subprocess
from pathlib import Path

from programs import PROGRAMS, all_programs

ROOT = Path(__file__).resolve().parents[2]
# Nothing is optimised but the kernels, which are so always; libstdc++ ends what leaves its bounds.
CONFIGURE = ("-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -D_GLIBCXX_ASSERTIONS",
             "-DWSPC_BUILD_TOOLS=OFF", "-DWSPC_BUILD_CAPI=OFF", "-DWSPC_TEST_EVERY_KERNEL=OFF",
             "-DCMAKE_C_COMPILER_LAUNCHER=", "-DCMAKE_CXX_COMPILER_LAUNCHER=", "-DCMAKE_C_COMPILER=gcc",
             "-DCMAKE_CXX_COMPILER=g++")
# The reference kernel is the one that is changed.
ENVIRONMENT = {**os.environ, "WSPC_KERNEL": "scalar", "WSPC_TEST_SCALE": "emulated", "GTEST_BREAK_ON_FAILURE": "0",
               "GTEST_FAIL_FAST": "1"}


class Failed(Exception):
    """Ends the program with status 2."""


class Judge:
    def __init__(self, work, jobs):
        self.source = work / "source"
        self.build = work / "build"
        self.jobs = jobs
        self.seconds = {}  # of processor time, that each program takes

    def prepare(self):
        """Copies what git knows, as it lies here, builds it, and sees every program pass."""
        listed = subprocess.run(("git", "ls-files", "-z", "--", ":!bench/results"), cwd=ROOT, check=True,
                                capture_output=True)
        for name in filter(None, listed.stdout.decode().split("\0")):
            here, there = ROOT / name, self.source / name
            # What has not changed keeps its time, so that nothing is built anew for it.
            if here.exists() and not (there.exists() and there.read_bytes() == here.read_bytes()):
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(here, there)
        self._must(("cmake", "-S", self.source, "-B", self.build, *CONFIGURE), "the configuration")
        self._must(self._ninja(all_programs()), "the build without a mutation")
        self.libraries = self._hash_of_libraries()
        for program in all_programs():
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            if not self._passes(program, 600):
                raise Failed(f"{program} fails without any mutation")
            self.seconds[program] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def verdict(self, mutation, text):
        """'invalid' (does not compile, or changes no code), 'survived', or the program that notices."""
        path = self.source / mutation.file
        path.write_text(mutation.applied(text))
        try:
            for program in PROGRAMS[mutation.file]:
                if self._run(self._ninja([program])) != 0:
                    return "invalid"
                if program == PROGRAMS[mutation.file][0] and self._hash_of_libraries() == self.libraries:
                    return "invalid"
                if not self._passes(program, 5 + 10 * self.seconds[program]):
                    return program
            return "survived"
        finally:
            path.write_text(text)

    def _ninja(self, programs):
        return ("ninja", "-C", self.build, f"-j{self.jobs}", *(f"test_{program}" for program in programs))

    def _hash_of_libraries(self):
        made = hashlib.sha256()
        objects = sorted(self.build.glob("codec/**/*.o")) + sorted(self.build.glob("engine/CMakeFiles/**/*.o"))
        if len(objects) < 10:
            raise Failed(f"only {len(objects)} objects in {self.build}")
        for each in objects:
            made.update(each.read_bytes())
        return made.digest()

    def _passes(self, program, seconds):
        """Ended by the processor time that it takes, which another load of the machine does not change."""
        folder = {"codec": "codec", "engine": "engine", "http": "http", "kernels": "kernels"}[program.split("_")[0]]
        limit = int(seconds) + 1

        def limits():
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))

        try:
            return self._run((self.build / "tests" / folder / f"test_{program}",), 20 * limit, limits) == 0
        except subprocess.TimeoutExpired:
            return False

    def _run(self, command, timeout=None, before=None):
        # In a group of its own: what a test has forked ends with it.
        with subprocess.Popen(command, cwd=self.build, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=ENVIRONMENT, preexec_fn=before,
                              start_new_session=True) as running:
            try:
                return running.wait(timeout)
            except BaseException:
                os.killpg(running.pid, 9)
                raise

    def _must(self, command, what):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{what} failed:\n{(done.stdout + done.stderr)[-3000:]}")
