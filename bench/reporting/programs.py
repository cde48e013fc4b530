# SPDX-License-Identifier: Apache-2.0
"""The benchmark programs: what Google Benchmark is asked, and what its answers mean."""
import json
import math
import os
import re
import statistics
import subprocess

from .bars import contender_of
from .commands import Failed

# Google Benchmark appends these to a name for settings that the source makes.
SETTING = re.compile(r"^(iterations|repeats|min_time|min_warmup_time|threads):|^(real_time|process_time|manual_time)$")

# Keys of its JSON that look like a counter of ours.
NOT_COUNTERS = {"family_index", "per_family_instance_index", "repetition_index", "repetitions", "threads",
                "iterations", "real_time", "cpu_time"}


def plain_name(name):
    parts = name.split("/")
    while len(parts) > 1 and SETTING.search(parts[-1]):
        parts.pop()
    return "/".join(parts)


def exactly(names):
    """A filter for these benchmarks alone, in what POSIX and ECMAScript expressions have in common."""
    quoted = [re.sub(r"([.\[\]{}()*+?^$|\\])", r"\\\1", name) for name in names]
    return "^(" + "|".join(quoted) + ")$"


def read_runs(document):
    """The samples of a run of Google Benchmark by name, in the order of the repetitions, and what failed."""
    samples = {}
    failures = {}
    runs = [run for run in document["benchmarks"] if run.get("run_type") != "aggregate"]
    for run in sorted(runs, key=lambda r: r.get("repetition_index", 0)):
        name = plain_name(run.get("run_name", run["name"]))
        if run.get("error_occurred") or run.get("skipped"):
            failures[name] = run.get("error_message") or run.get("skip_message") or "failed"
            continue
        counters = {key: value for key, value in run.items()
                    if isinstance(value, (int, float)) and not isinstance(value, bool) and key not in NOT_COUNTERS}
        per = [key for key in counters if key.startswith("per_")]
        if len(per) != 1:
            failures[name] = "has no counter per_..., or several"
            continue
        if not math.isfinite(counters[per[0]]):
            failures[name] = f"{per[0]} is no number"
            continue
        sample = samples.setdefault(name, {"unit": per[0].removeprefix("per_"), "ns": [], "counters": {}})
        sample["ns"].append(round(counters.pop(per[0]) * 1e9, 6))
        for key, value in counters.items():
            sample["counters"].setdefault(key, []).append(value)
    for name in failures:
        samples.pop(name, None)
    return samples, failures


def repetitions_of(sample, slices):
    """The sample with one value for each repetition: the median of its slices, which follow each other."""
    def medians(values):
        return [statistics.median(values[at:at + slices]) for at in range(0, len(values), slices)]
    return {**sample, "ns": medians(sample["ns"]),
            "counters": {key: medians(values) for key, values in sample["counters"].items()}}


class Programs:
    """The benchmark programs of one build, run on one core with one kernel."""

    def __init__(self, folder, core, kernel, settings):
        self.folder_ = folder
        self.core_ = core
        self.settings_ = settings
        self.names_ = {}
        self.context = {}
        # A kernel that the caller's environment forces would not be the one that wspc chooses.
        self.environment_ = {k: v for k, v in os.environ.items() if k != "WSPC_KERNEL"}
        if kernel:
            self.environment_["WSPC_KERNEL"] = kernel

    def run_(self, program, *arguments):
        pin = (lambda: os.sched_setaffinity(0, {self.core_})) if self.core_ is not None else None
        command = [str(self.folder_ / program), *arguments]
        try:
            return subprocess.run(command, env=self.environment_, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, check=False, preexec_fn=pin)
        except OSError as e:
            raise Failed(f"{program}: {e.strerror}") from e

    def names(self, program):
        """What the program can measure: plain names to those of Google Benchmark. Empty where it was not built."""
        if program not in self.names_:
            self.names_[program] = {}
            if (self.folder_ / program).exists():
                listed = self.run_(program, "--benchmark_list_tests=true")
                if listed.returncode != 0:
                    raise Failed(f"{program}: {listed.stderr.strip()}")
                self.names_[program] = {plain_name(line): line for line in listed.stdout.splitlines() if "/" in line}
        return self.names_[program]

    def measure(self, program, names, slices=None, repetitions=None, min_time=None):
        """Samples of one value for each repetition, and what failed.

        The contenders take turns slice by slice, so that what disturbs the machine for a moment hits one slice
        of each at most and not the time of a whole repetition.
        """
        known = self.names(program)
        slices = slices or self.settings_["slices"]
        rounds = slices * (repetitions or self.settings_["repetitions"])
        done = self.run_(program, "--benchmark_filter=" + exactly([known[name] for name in names]),
                         # In rounds: what is paired has run beside each other, in an order by chance.
                         f"--rounds={rounds}",
                         "--benchmark_enable_random_interleaving=true",
                         f"--benchmark_min_time={(min_time or self.settings_['min_time']) / slices:.6f}", "--benchmark_format=json")
        try:
            document = json.loads(done.stdout)
        except ValueError:
            message = done.stderr.strip().splitlines()[-1:] or [f"ended with {done.returncode} and without a result"]
            return {}, {name: message[0] for name in names}
        self.context = document.get("context", {})
        samples, failures = read_runs(document)
        for name in names:
            if name not in samples and name not in failures:
                failures[name] = "gave no result"
            elif name in samples and len(samples[name]["ns"]) != rounds:
                failures[name] = f"gave {len(samples.pop(name)['ns'])} results of {rounds}"
        # In the order in which they are registered: Google Benchmark gives them as chance has it.
        return {name: repetitions_of(samples[name], slices) for name in names if name in samples}, failures

    def active_kernel(self):
        """Asks the program that reads streams: the names of the groups depend on the answer."""
        program = "wspc_bench_receive"
        names = list(self.names(program))
        if not names:
            raise Failed(f"{program} was not built")
        blob = [name for name in names if contender_of(name) == "blob"]
        self.measure(program, (blob or names)[:1], slices=1, repetitions=1, min_time=0.001)
        kernel = self.context.get("wspc kernel")
        if not kernel:
            raise Failed(f"{program} does not say which kernel is active")
        return kernel
