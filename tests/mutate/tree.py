# SPDX-License-Identifier: Apache-2.0
"""A copy of the sources, built beside them: what is changed there is changed nowhere else."""
import contextlib
import os
import resource
import shutil
import subprocess

from programs import ROOT

# Nothing is optimised but the kernels, which are so always; libstdc++ ends what leaves its bounds.
CONFIGURE = ("-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -D_GLIBCXX_ASSERTIONS",
             "-DWSPC_BUILD_TOOLS=OFF", "-DWSPC_TEST_EVERY_KERNEL=OFF", "-DCMAKE_C_COMPILER=gcc",
             "-DCMAKE_CXX_COMPILER=g++")
# The reference kernel is the one that is changed.
ENVIRONMENT = {**os.environ, "WSPC_KERNEL": "scalar", "WSPC_TEST_SCALE": "emulated", "GTEST_BREAK_ON_FAILURE": "0",
               "GTEST_FAIL_FAST": "1"}


class Failed(Exception):
    """Ends the program with status 2."""


class Tree:
    """The copy lies in `work`/source, and its build in `work`/build."""

    def __init__(self, work, options, jobs):
        self.source = work / "source"
        self.build = work / "build"
        self.options = options
        self.jobs = jobs

    def prepare(self, programs):
        """Copies what git knows, as it lies here, and builds it."""
        listed = subprocess.run(("git", "ls-files", "-z", "--", ":!bench/results"), cwd=ROOT, check=True,
                                capture_output=True)
        for name in filter(None, listed.stdout.decode().split("\0")):
            here, there = ROOT / name, self.source / name
            # What has not changed keeps its time, so that nothing is built anew for it.
            if here.exists() and not (there.exists() and there.read_bytes() == here.read_bytes()):
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(here, there)
        self._must(("cmake", "-S", self.source, "-B", self.build, *CONFIGURE, *self.options),
                   "the configuration")
        self._must(self._ninja(programs), "the build without a change")

    @contextlib.contextmanager
    def changed(self, file, text, new):
        """`file` holds `new` for as long as this is entered, and then `text` again."""
        path = self.source / file
        path.write_text(new)
        try:
            yield
        finally:
            path.write_text(text)

    def compiles(self, program):
        return self._run(self._ninja([program])) == 0

    def seconds(self, program, test="*"):
        """Of processor time, that it takes to pass."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        if not self.passes(program, 600, test):
            raise Failed(f"{program} fails without any change" + (f": {test}" if test != "*" else ""))
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def passes(self, program, seconds, test="*"):
        """Ended by the processor time that it takes, which another load of the machine does not change."""
        limit = int(seconds) + 1

        def limits():
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))

        folder = program.split("_")[0]
        command = (self.build / "tests" / folder / f"test_{program}", f"--gtest_filter={test}")
        try:
            return self._run(command, 20 * limit, limits) == 0
        except subprocess.TimeoutExpired:
            return False

    def _ninja(self, programs):
        return ("ninja", "-C", self.build, f"-j{self.jobs}", *(f"test_{program}" for program in programs))

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
