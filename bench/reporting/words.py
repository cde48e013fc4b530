# SPDX-License-Identifier: Apache-2.0
"""Figures, bars and verdicts in the words that the terminal and report.md share."""
from .bars import bar_for_compiler, bars_by_verdict, contender_of, group_of
from .judge import AT_O2, NOT_MET, STATUSES, failures_of, unjudged_rows


def short_number(value):
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def percent(part):
    return f"{100 * part:.0f} %"


def peers_words(configuration):
    return "peers at -O2" if configuration["arch"] == AT_O2 else f"peers for {configuration['arch']}"


def bar_words(bar, compiler, time_beside=lambda name: ""):
    """The bar for people. `time_beside` gives what to add to the name of a reference."""
    limit = bar_for_compiler(bar, compiler)
    if limit is None:
        return bar["source"]
    figure = f"{limit:g}"
    group = group_of(bar["subject"])
    # Contenders of the same group go by their name, others by that of their benchmark.
    name = lambda n: (contender_of(n) if group_of(n) == group else n) + time_beside(n)
    references = [name(n) for n in bar["references"]]
    against = "best of " + ", ".join(references) if bar.get("fastest_of") else " + ".join(references)
    against += f" − {name(bar['shared'])}" if "shared" in bar else ""
    without = f", both less {name(bar['subtract'])}" if "subtract" in bar else ""
    return {"times_faster": f"≥ {figure}× {against}{without}",
            "at_most_times": f"≤ {figure}× {against}{without}",
            "at_most_more": f"≤ {against} + {figure} ns",
            "at_most": f"{bar.get('counter', 'time')} ≤ {figure} {bar.get('unit', 'ns')}",
            "not_slower": f"not slower than {against}"}[bar["kind"]]


def figure_words(bar, verdict):
    if "figure" not in verdict:
        return verdict.get("reason", "")
    figure = short_number(verdict["figure"])
    words = {"at_most_more": f"{figure} ns more" if verdict["figure"] >= 0 else f"{figure} ns",
             "at_most": f"{figure} {bar.get('unit', 'ns')}"}.get(bar["kind"], f"{verdict['figure']:.3g}×")
    if "interval" in verdict:
        low, high = verdict["interval"]
        words += f" ({low:.3g} to {high:.3g})"
    return words


def verdict_words(verdict):
    words = verdict["status"]
    if verdict["status"] == "unstable" and "spread" in verdict:
        words += f" (IQR {percent(verdict['spread'])})"
    return words if verdict["binding"] or words == "not here" else "target: " + words


def count_statuses(verdicts):
    """How many of the binding verdicts have each status, in the order of STATUSES."""
    found = [verdict["status"] for verdict in verdicts if verdict["binding"]]
    return {status: found.count(status) for status in STATUSES if status in found}


def summary_words(report, verdicts):
    counts = [f"{count} {status}" for status, count in count_statuses(verdicts).items()]
    words = ", ".join(counts) or "no bar was judged"
    unjudged = unjudged_rows(report, verdicts)
    return words + (f"; rows without a verdict: {', '.join(unjudged)}" if unjudged else "")


def missing_words(report, verdicts):
    """What was asked for and not judged at all: whole configurations and whole rows, a line each."""
    lines = []
    for configuration in report["configurations"]:
        count = sum(v["configuration"] == configuration["name"] for v in verdicts)
        if "absent" in configuration and count:
            lines.append(f"{configuration['name']}: {count} bars are missing: {configuration['absent']}")
    return lines + [f"{row}: {reason}: missing" for row, reason in unjudged_rows(report, verdicts).items()]


def print_verdicts(report, spec, verdicts, only_misses):
    for configuration in report["configurations"]:
        if "absent" in configuration:
            continue
        bars = bars_by_verdict(spec, configuration)
        for v in verdicts:
            met = v["status"] not in NOT_MET
            if v["configuration"] != configuration["name"] or (only_misses and (met or not v["binding"])):
                continue
            bar = bars[v["id"], v["workload"]]
            print(f"{v['configuration']:24} {v['id']:6} {v['subject']:36} {figure_words(bar, v):24} "
                  f"{bar_words(bar, configuration['compiler']):40} {verdict_words(v)}")
    for failure in failures_of(report):
        print("failed: " + failure)
    for line in missing_words(report, verdicts):
        print(line)
    print("bars: " + summary_words(report, verdicts))
