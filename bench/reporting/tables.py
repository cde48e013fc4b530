# SPDX-License-Identifier: Apache-2.0
"""The tables of report.md."""
import statistics

from .bars import bars_by_verdict, contender_of, group_of, own_contenders, row_of
from .judge import STATUSES, is_judged, is_miss, judge_configuration
from .words import bar_words, count_statuses, figure_words, short_number, verdict_words

SECTIONS = {"R": "Receive", "K": "Kernels", "S": "Send, handshake and session"}
NOT_MEASURED = "–"


def table(head, rows, numbers=()):
    """`numbers`: the places of the columns that are aligned to the right."""
    lines = ["| " + " | ".join(head) + " |",
             "|" + "".join("---:|" if place in numbers else "---|" for place in range(len(head)))]
    # A | of its own would end the cell.
    return lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows] + [""]


def median_words(values):
    return short_number(statistics.median(values)) if values else NOT_MEASURED


def time_of(samples, name):
    return median_words(samples[name]["ns"]) if name in samples else ""


def last_samples(configuration, group, attempt=None):
    for measured in configuration["groups"]:
        if measured["group"] == group:
            return measured["attempts"][attempt - 1 if attempt else -1]["samples"]
    return {}


def limit_of(spec, group):
    return spec["rows"][row_of(group)].get("limit", "")


def peers_of(spec, samples, group):
    """Contenders of the group that are neither wspc's own nor its limit."""
    others = {limit_of(spec, group), *own_contenders(spec["rows"][row_of(group)]), *spec["kernels"]}
    return [contender_of(name) for name in samples if group_of(name) == group and contender_of(name) not in others]


def forced_beside(report, configuration):
    """The configurations with forced kernels whose figures go beside this one's."""
    return [c for c in report["configurations"]
            if c["forced"] and (c["compiler"], c["arch"]) == (configuration["compiler"], configuration["arch"])]


def table_entries(report, spec, configuration, letter):
    """(bar, verdict) of a section in the order of the rows; what was measured and has no bar comes with None."""
    bars = bars_by_verdict(spec, configuration)
    # Recomputed, because configurations that are not judged have figures, too.
    entries = [(bars[v["id"], v["workload"]], v) for v in judge_configuration(configuration, spec, report)]
    judged = {group_of(bar["subject"]) for bar, _ in entries}
    for measured in configuration["groups"]:
        group = measured["group"]
        row = row_of(group)
        if group not in judged:
            own = configuration["kernel"] if row.startswith("K") else own_contenders(spec["rows"][row])[0]
            entries.append(({"id": row, "row": row, "subject": f"{group}/{own}"}, None))
    entries = [entry for entry in entries if entry[0]["row"].startswith(letter)]
    rows = list(spec["rows"])
    subjects = list(dict.fromkeys(bar["subject"] for bar, _ in entries))
    return sorted(entries, key=lambda e: (rows.index(e[0]["row"]), subjects.index(e[0]["subject"])))


def times_of_entry(spec, configuration, bar, verdict, peers, forced):
    """The cells from the workload to the limit."""
    group = group_of(bar["subject"])
    samples = last_samples(configuration, group, verdict.get("attempt") if verdict else None)
    time = lambda name: time_of(samples, name) or NOT_MEASURED
    who = contender_of(bar["subject"])
    workload = group.partition("/")[2] + ("" if who in ("wspc", configuration["kernel"]) else f", {who}")
    limit = limit_of(spec, group)
    return [workload, time(bar["subject"]),
            *(time_of(last_samples(c, group), bar["subject"]) or NOT_MEASURED for c in forced),
            *(time(f"{group}/{peer}") for peer in peers),
            f"{limit} {time_of(samples, f'{group}/{limit}')}" if f"{group}/{limit}" in samples else NOT_MEASURED]


def verdict_cells(spec, configuration, bar, verdict, peers):
    """The cells from the ratio to the verdict."""
    if verdict is None:
        return ["", "none", ""]
    group = group_of(bar["subject"])
    samples = last_samples(configuration, group, verdict.get("attempt"))

    def time_beside(name):
        has_column = group_of(name) == group and contender_of(name) in (limit_of(spec, group), *peers)
        return "" if has_column or name not in samples else f" ({time_of(samples, name)})"

    words = verdict_words(verdict) if is_judged(configuration) else "not judged"
    if is_judged(configuration) and is_miss(verdict):
        words = f"**{words}**"
    return [figure_words(bar, verdict), bar_words(bar, configuration["compiler"], time_beside), words]


def section_table(report, spec, configuration, measured, letter):
    entries = table_entries(report, spec, configuration, letter)
    forced = [c for c in forced_beside(report, configuration)
              if any(group["group"].startswith(letter) for group in c["groups"])]
    peers = list(dict.fromkeys(peer for group, samples in measured.items() if group.startswith(letter)
                               for peer in peers_of(spec, samples, group)))
    rows = []
    before = None
    for bar, verdict in entries:
        times = times_of_entry(spec, configuration, bar, verdict, peers, forced)
        # The second bar of a workload goes without the times that stand above it.
        same = before == (bar["subject"], times)
        before = (bar["subject"], times)
        rows.append([bar["id"], *([""] * len(times) if same else times),
                     *verdict_cells(spec, configuration, bar, verdict, peers)])
    head = ["row", "workload", "wspc (ns)", *(f"wspc, {c['kernel']} (ns)" for c in forced),
            *(f"{peer} (ns)" for peer in peers), "limit (ns)", "ratio", "bar", "verdict"]
    return [f"### {SECTIONS[letter]}", "", *table(head, rows, range(2, len(head) - 2))] if rows else []


def kernel_table(configuration, measured):
    """Every kernel as a column. `measured`: samples by group."""
    groups = [(group, samples) for group, samples in measured.items() if group.startswith("K")]
    kernels = [k for k in configuration["kernels"] if any(f"{group}/{k}" in samples for group, samples in groups)]
    if len(kernels) < 2:
        return []
    rows = [[group, *(time_of(samples, f"{group}/{k}") or NOT_MEASURED for k in kernels)] for group, samples in groups]
    return ["### Every kernel", "", *table(["workload", *(f"{k} (ns)" for k in kernels)], rows, range(1, len(kernels) + 1))]


def counts_table(report, spec, configuration):
    """Instructions under emulation: a count for each kernel, and how they compare."""
    rows = []
    for bar, verdict in table_entries(report, spec, configuration, "K"):
        group = group_of(bar["subject"])
        samples = last_samples(configuration, group)
        counts = [samples.get(f"{group}/{kernel}", {}).get("counters", {}).get("instructions")
                  for kernel in configuration["kernels"]]
        rows.append([bar["id"], group.partition("/")[2], *(f"{count[0]:,}" if count else NOT_MEASURED for count in counts),
                     *verdict_cells(spec, configuration, bar, verdict, configuration["kernels"])])
    head = ["row", "workload", *(f"{kernel} (instructions)" for kernel in configuration["kernels"]), "ratio", "bar", "verdict"]
    return table(head, rows, range(2, len(head) - 2)) if rows else []


def scale_table(measured):
    rows = []
    for samples in measured.values():
        for name, sample in samples.items():
            if row_of(name) != "S8":
                continue
            median_of = lambda key: median_words(sample["counters"].get(key))
            count = group_of(name).rpartition("/")[2]
            rows.append([f"{int(count):,}" if count.isdecimal() else count, median_of("sizeof"),
                         median_of("retained"), median_of("rss"), median_words(sample["ns"])])
    head = ["connections", "sizeof (bytes)", "retained, each (bytes)", "RSS, each (bytes)", "per message (ns)"]
    return ["### Idle connections", "", *table(head, rows, range(len(head)))] if rows else []


def verdict_counts(report):
    """A line for each configuration."""
    rows = []
    for configuration in filter(is_judged, report["configurations"]):
        counts = count_statuses(v for v in report["verdicts"] if v["configuration"] == configuration["name"])
        rows.append([configuration["compiler"], configuration["arch"], configuration["kernel"],
                     *(counts.get(status, 0) for status in STATUSES)])
    head = ["wspc and peers built with", "peers for", "kernel", *STATUSES]
    return table(head, rows, range(3, len(head))) if rows else []
