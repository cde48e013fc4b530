# SPDX-License-Identifier: Apache-2.0
"""The judge: a pure function of report.json's data and bars.json's, so that anybody can recompute its verdicts."""
import math
import statistics
import sys

from .bars import bar_for_compiler, expand_bars, group_of, is_emulated, names_of

LEAST_PAIRS = 9
LARGEST_SPREAD = 0.10  # of the interquartile range, relative to the median
LARGEST = sys.float_info.max
RATIO_KINDS = ("times_faster", "at_most_times", "not_slower")
NOT_MET = ("short", "unstable", "missing")
STATUSES = ("pass", *NOT_MET, "not here")
AT_O2 = "O2"  # stands for an architecture: peers whose masking loops are not vectorised


def why_not_here(bar, configuration):
    """Why the bar holds for another machine or compiler, or None where it holds here."""
    if "when_active" in bar and configuration["kernel"] not in bar["when_active"]:
        return "the active kernel is " + configuration["kernel"]
    if "kernel" in bar and bar["kernel"] not in configuration["kernels"]:
        return "this machine has no " + bar["kernel"]
    if bar_for_compiler(bar, configuration["compiler"]) is None:
        return "no bar for " + configuration["compiler"]
    return None


def relative_spread(values):
    """The interquartile range relative to the median; quartiles are interpolated between samples."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    if high == low:
        return 0.0
    middle = abs(statistics.median(values))
    return (high - low) / middle if middle else 1.0


def median_interval(values):
    """The order statistics between which the median lies with at least 95 %: the interval of the sign test.

    Of nine samples, the second and the second to last. Nothing is drawn at random, so that a verdict that is
    recomputed is the same.
    """
    ordered = sorted(values)
    count = len(ordered)
    left_out = 0
    tail = 1 / 2**count  # chance that the median is below the first sample
    while left_out + 1 < count / 2:
        further = tail + math.comb(count, left_out + 1) / 2**count
        if 2 * further > 0.05:
            break
        tail = further
        left_out += 1
    return ordered[left_out], ordered[count - 1 - left_out]


def column(samples, name, bar):
    counter = bar.get("counter")
    return samples[name]["counters"].get(counter) if counter else samples[name]["ns"]


def fastest(columns):
    return min(columns, key=statistics.median)


def less(values, subtracted):
    return [a - b for a, b in zip(values, subtracted, strict=True)]


def first_wrong(bar, columns):
    """The first sample that is no measurement, in words, or None. Python's JSON knows NaN and Infinity."""
    counter = bar.get("counter")
    # A count may be nothing where nothing is divided by it; no time is.
    zero_counts = counter and bar["kind"] not in RATIO_KINDS
    for name, values in columns.items():
        for value in values:
            if not (0 < value <= LARGEST or zero_counts and value == 0):
                return f"{name}: {str(value)[:12]} is no {counter or 'time'}"
    return None


def judge_samples(bar, limit, samples):
    """Judges one bar by the samples of one run: status, figure, spread and, where it counts, the interval."""
    lacking = [name for name in names_of(bar) if name not in samples or column(samples, name, bar) is None]
    if lacking:
        return {"status": "missing", "reason": "not measured: " + ", ".join(lacking)}
    columns = {name: column(samples, name, bar) for name in names_of(bar)}
    pairs = len(columns[bar["subject"]])
    if any(len(values) != pairs for values in columns.values()):
        return {"status": "missing", "reason": "the samples do not pair"}
    least = 1 if bar.get("exact") else LEAST_PAIRS
    if pairs < least:
        return {"status": "missing", "reason": f"{pairs} pairs, {least} are needed"}
    wrong = first_wrong(bar, columns)
    if wrong:
        return {"status": "missing", "reason": wrong}

    kind = bar["kind"]
    columns = {name: list(map(float, values)) for name, values in columns.items()}
    subject = columns[bar["subject"]]
    references = [columns[name] for name in bar["references"]]
    if bar.get("fastest_of"):
        reference = fastest(references)
    else:
        reference = [sum(values) for values in zip(*references, strict=True)]
    if "shared" in bar:
        # What is part of two references, and of the subject once.
        reference = less(reference, columns[bar["shared"]])
    if "subtract" in bar:
        base = columns[bar["subtract"]]
        subject, reference = less(subject, base), less(reference, base)
    # After a subtraction, what is left may be noise: a ratio of it says nothing.
    if kind in RATIO_KINDS and min(*subject, *reference) <= 0:
        return {"status": "unstable", "reason": "nothing is left to compare"}

    interval = None
    if kind == "times_faster":
        paired = [r / s for s, r in zip(subject, reference)]
        figure = statistics.median(paired)
        met = figure >= limit
    elif kind in ("at_most_times", "not_slower"):
        paired = [s / r for s, r in zip(subject, reference)]
        figure = statistics.median(paired)
        met = figure <= limit
        if kind == "not_slower":
            interval = median_interval(paired)
            met = interval[0] <= 1
    elif kind == "at_most_more":
        # The spread is that of subject / (references + bar), since a difference may well be about zero.
        paired = [s / (r + limit) for s, r in zip(subject, reference)]
        figure = statistics.median(less(subject, reference))
        met = statistics.median(paired) <= 1
    elif kind == "at_most":
        paired = subject
        figure = statistics.median(paired)
        met = figure <= limit
    else:
        raise ValueError(f"{bar['id']}: no kind of bar is called {kind}")

    spread = relative_spread(paired)
    if not all(map(math.isfinite, (*reference, *paired, figure, spread))):  # the sum of two may be none
        return {"status": "missing", "reason": "beyond all numbers"}
    status = "unstable" if not spread < LARGEST_SPREAD else "pass" if met else "short"
    verdict = {"status": status, "figure": figure, "spread": spread}
    if interval:
        verdict["interval"] = list(interval)
    return verdict


def judge_attempts(bar, configuration, attempts):
    """What each attempt says by itself."""
    limit = bar_for_compiler(bar, configuration["compiler"])
    return [judge_samples(bar, limit, attempt["samples"]) for attempt in attempts]


def judge_bar(bar, configuration, attempts):
    """The first attempt that passes decides, else the last one."""
    verdict = {"status": "missing", "reason": "not measured: " + bar["subject"]}
    judged = judge_attempts(bar, configuration, attempts)
    for number, (attempt, verdict) in enumerate(zip(attempts, judged, strict=True), 1):
        verdict["attempt"] = number
        if verdict["status"] == "pass":
            break
        failed = [attempt["failures"][name] for name in names_of(bar) if name in attempt["failures"]]
        if failed:
            verdict["reason"] = failed[0]
    return verdict


def in_scope(group, spec, report):
    """False for rows that were not asked for and for workloads that --quick leaves out."""
    row, _, workload = group.partition("/")
    if row not in report["rows"]:
        return False
    quick = spec["rows"][row].get("quick_workloads")
    return not (report["quick"] and quick) or workload in quick


def judge_configuration(configuration, spec, report):
    attempts = {group["group"]: group["attempts"] for group in configuration["groups"]}
    verdicts = []
    for bar in expand_bars(spec, configuration["kernel"]):
        if is_emulated(spec, bar["row"]) != configuration.get("emulated", False):
            continue
        group = group_of(bar["subject"])
        if not in_scope(group, spec, report):
            continue
        reason = why_not_here(bar, configuration)
        if "absent" in configuration:
            judged = {"status": "missing", "reason": configuration["absent"]}
        elif reason:
            judged = {"status": "not here", "reason": reason}
        else:
            judged = judge_bar(bar, configuration, attempts.get(group, []))
        verdicts.append({"configuration": configuration["name"], "id": bar["id"], "row": bar["row"],
                         "workload": bar["workload"], "subject": bar["subject"], "kind": bar["kind"],
                         "binding": not bar.get("target", False), **judged})
    return verdicts


def judged_samples(configuration, spec, report):
    """The samples of each group that the first of its verdicts goes by; without one, those of the last."""
    numbers = {}
    for verdict in judge_configuration(configuration, spec, report):
        if "attempt" in verdict:
            numbers.setdefault(group_of(verdict["subject"]), verdict["attempt"])
    return {group["group"]: group["attempts"][numbers.get(group["group"], 0) - 1]["samples"]
            for group in configuration["groups"]}


def is_judged(configuration):
    """Bars hold for the active kernel and for peers at -O3: the others are figures without verdicts."""
    return not configuration["forced"] and configuration["arch"] != AT_O2


def judge(report, spec):
    """Every verdict, from the data of report.json and bars.json."""
    verdicts = []
    for configuration in report["configurations"]:
        if is_judged(configuration):
            verdicts += judge_configuration(configuration, spec, report)
    return verdicts


def is_miss(verdict):
    return verdict["binding"] and verdict["status"] in NOT_MET


def unjudged_rows(report, verdicts):
    """The rows that were asked for and have no verdict in any configuration, and why.

    What is missing where it binds is not told twice.
    """
    found = {}
    for row in report["rows"]:
        own = [v for v in verdicts if v["row"] == row]
        told = [v for v in own if v["status"] in ("pass", "short", "unstable") or is_miss(v)]
        if not told:
            found[row] = own[0]["reason"] if own else "nothing that is judged was measured"
    return found


def failures_of(report):
    """What benchmarks said when they failed, in whichever attempt."""
    found = []
    for configuration in report["configurations"]:
        for group in configuration["groups"]:
            for attempt in group["attempts"]:
                found += [f"{configuration['name']}: {name}: {said}" for name, said in attempt["failures"].items()]
    return list(dict.fromkeys(found))


def exit_status(report, verdicts):
    if failures_of(report):
        return 2
    lacking = not report["rows"] or unjudged_rows(report, verdicts)
    return 1 if lacking or any(map(is_miss, verdicts)) else 0
