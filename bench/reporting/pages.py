# SPDX-License-Identifier: Apache-2.0
"""report.md: what was measured on which machine, which bars are not met, and the tables and charts of each configuration."""
from .bars import bars_by_verdict, group_of, is_emulated, row_of
from .judge import LARGEST_SPREAD, failures_of, is_miss, judge_attempts, judged_samples
from .tables import SECTIONS, counts_table, kernel_table, limit_of, scale_table, section_table, verdict_counts
from .words import bar_words, figure_words, missing_words, peers_words, percent, summary_words, verdict_words


def machine_lines(report):
    machine = report["machine"]
    kernels = sorted({c["kernel"] for c in report["configurations"] if not c["forced"] and not c.get("emulated")})
    pinned = f"pinned to core {machine['core']}" if machine["core"] is not None else f"not pinned: {machine['pinning']}"
    kind = ("This is a Zen 4 core: the bars hold here." if machine["cpu"]["zen4"] else
            "This is no Zen 4 core: the bars were set on one, and the verdicts are a report here.")
    cpu_name = f"{machine['cpu']['model']} (family {machine['cpu']['family']}, model {machine['cpu']['number']})"
    return [f"* CPU: {cpu_name}, {pinned}. {kind}",
            f"* Kernel: {', '.join(kernels) or 'unknown'}. {machine['system']}."]


def forced_words(report):
    """Where kernels were forced, what their columns may be compared with."""
    if not any(c["forced"] for c in report["configurations"]):
        return []
    return ["* What stands under a forced kernel (\"wspc, avx2\") comes from a run of its own, after all others and once: "
            "it says about how fast that kernel is, and is not paired with what stands beside it."]


def row_lines(report, spec):
    """What the rows measure, and the unit of their times."""
    units = {}
    for configuration in report["configurations"]:
        for measured in configuration["groups"]:
            for name, sample in measured["attempts"][-1]["samples"].items():
                units.setdefault(row_of(name), sample["unit"])
    lines = []
    for row in report["rows"]:
        what = "instructions" if is_emulated(spec, row) else "ns"
        unit = f"; {what} per {units[row]}" if row in units else ""
        limit = limit_of(spec, row)
        lines.append(f"* **{row}**: {spec['rows'][row]['title']}{unit}{f'; limit: {limit}' if limit else ''}.")
    return lines


def configuration_lines(report, spec, configuration, charts):
    core = report["machine"]["core"]
    flags = configuration["flags"]
    lines = [f"## {configuration['compiler']}, {peers_words(configuration)}", "",
             f"Kernel {configuration['kernel']}, {'not pinned' if core is None else f'core {core}'}. "
             f"wspc: `{flags['wspc']}`; peers: `{flags['peers']}`, but wslay as Debian compiled it.", ""]
    measured = judged_samples(configuration, spec, report)
    for letter in SECTIONS:
        lines += section_table(report, spec, configuration, measured, letter)
    lines += kernel_table(configuration, measured) + scale_table(measured)
    drawn = [f"![{title}]({path})" for name, path, title in charts if name == configuration["name"]]
    about = "Sizes that vary stand at their mean, those of 0 nowhere. The throughput of frames is that of payloads and headers."
    return lines + (["### Charts", "", about, "", *drawn, ""] if drawn else [])


def emulated_lines(report, spec, configuration):
    if "absent" in configuration:
        why = configuration["absent"]
        return ["## Under emulation", "", f"Nothing was counted, and K8 is not judged: {why}.", ""]
    return [f"## {configuration['compiler']}, under emulation", "",
            f"Instructions, not times: {configuration['emulator']}; {configuration['compiler_said']}. "
            f"wspc: `{configuration['flags']['wspc']}`; scalar here: the same with `-fno-tree-vectorize`.", "",
            *counts_table(report, spec, configuration)]


def miss_line(report, spec, verdict):
    configuration = next(c for c in report["configurations"] if c["name"] == verdict["configuration"])
    bar = bars_by_verdict(spec, configuration)[verdict["id"], verdict["workload"]]
    return (f"* {configuration['name']}: {verdict['id']} {verdict['subject']}: {figure_words(bar, verdict)} where "
            f"{bar_words(bar, configuration['compiler'])} is wanted: {verdict_words(verdict)}")


def doubtful_lines(report, spec, verdicts):
    """Bars that an attempt meets after one that fell short steadily: a reader may doubt them."""
    lines = []
    for verdict in verdicts:
        if not verdict["binding"] or verdict["status"] != "pass" or verdict["attempt"] == 1:
            continue
        configuration = next(c for c in report["configurations"] if c["name"] == verdict["configuration"])
        bar = bars_by_verdict(spec, configuration)[verdict["id"], verdict["workload"]]
        group = next(g for g in configuration["groups"] if g["group"] == group_of(bar["subject"]))
        said = judge_attempts(bar, configuration, group["attempts"][:verdict["attempt"]])
        if any(each["status"] == "short" for each in said):
            told = "; ".join(f"{figure_words(bar, each)}, {each['status']}" for each in said)
            lines.append(f"* {configuration['name']}: {verdict['id']} {verdict['subject']}, "
                         f"{bar_words(bar, configuration['compiler'])}: {told}")
    return lines


def markdown(report, spec, charts):
    """`charts`: (configuration, path, title) each."""
    verdicts = report["verdicts"]
    settings = report["settings"]
    attempts = settings["attempts"]
    slices = settings.get("slices", 1)  # those of older reports were whole
    turns = f", each the median of {slices} slices between which the contenders take turns" if slices > 1 else ""
    again = f"; what does not pass is measured again, {attempts} times in all" if attempts > 1 else ""
    lines = ["# What was measured", "",
             f"`bench/report{' --quick' if report['quick'] else ''}`, {report['date']}. "
             f"Bars: {summary_words(report, verdicts)}.", "",
             *verdict_counts(report), *machine_lines(report),
             "* " + ", ".join(f"{name} {version}" for name, version in report["versions"].items()) + ".",
             f"* {settings['repetitions']} repetitions of at least {settings['min_time']} s, in random order{turns}{again}. "
             "A bar is met if the median of the paired ratios meets it. An interquartile range (IQR) of "
             f"{percent(LARGEST_SPREAD)} and more is unstable, which is no pass. \"Not slower\" goes by the 95 % interval of "
             "the sign test, in brackets behind the ratio.",
             "* Times are medians in ns, of [what each row measures](#the-rows). The limit is what the same bytes cost in one "
             "piece: copied and masked (blob), or copied (memcpy, copy). The time of anything else that a bar refers to stands "
             "in brackets behind its name.",
             *forced_words(report), ""]
    failures = failures_of(report)
    if failures:
        lines += ["## What failed", "", *(f"* {failure}" for failure in failures), ""]
    absent = {c["name"] for c in report["configurations"] if "absent" in c}  # one line for all of their bars
    misses = [miss_line(report, spec, v) for v in verdicts
              if is_miss(v) and v["configuration"] not in absent]
    misses += ["* " + line for line in missing_words(report, verdicts)]
    if misses:
        lines += ["## Bars that are not met", "", *misses, ""]
    doubtful = doubtful_lines(report, spec, verdicts)
    if doubtful:
        lines += ["## Bars that are met after an attempt that fell short steadily", "",
                  "The machine's other work slows contenders by different parts: what the attempts said, one by one.", "",
                  *doubtful, ""]
    for configuration in report["configurations"]:
        if configuration.get("emulated"):
            lines += emulated_lines(report, spec, configuration)
        elif not configuration["forced"]:
            lines += configuration_lines(report, spec, configuration, charts)
    lines += ["## The rows", "", *row_lines(report, spec), ""]
    unjudged = [entry for entry in spec["not_judged"] if entry["row"] in report["rows"]]
    if unjudged:
        lines += ["## Not judged here", "", *(f"* {e['row']}: {e['source']}: {e['why']}." for e in unjudged), ""]
    return "\n".join(lines)
