# SPDX-License-Identifier: Apache-2.0
"""Charts, drawn by gnuplot from report.json alone."""
import math
import os
import re
import shutil
import statistics
import subprocess

from .bars import contender_of, group_of
from .commands import Failed
from .judge import judged_samples
from .words import peers_words

# File, title, what the x axis says, and the groups: throughput against size.
FRAMES = "payload of each frame (bytes; logarithmic)"
CALLS = "bytes per call (logarithmic)"
CHARTS = (
    ("receive-binary", "Receiving binary frames", FRAMES, ("R1/binary", "R3/binary", "R4/binary", "R7/binary")),
    ("receive-ascii", "Receiving ASCII text", FRAMES, ("R2/ascii", "R5/ascii")),
    ("mask", "Masking in place", CALLS, ("K2/mask", "K5/mask", "K1/mask")),
    ("mask-copy", "Copying and masking", CALLS, ("K7/mask_copy",)),
    ("mask-utf8-ascii", "Unmasking and validating ASCII", CALLS, ("K5/mask_utf8/ascii", "K3/mask_utf8/ascii")),
    ("mask-utf8-chinese", "Unmasking and validating Chinese text", CALLS, ("K4/mask_utf8/chinese",)),
    ("utf8-ascii", "Validating ASCII", CALLS, ("K6/utf8/ascii",)),
    ("utf8-latin", "Validating Latin text", CALLS, ("K6/utf8/latin",)),
    ("utf8-chinese", "Validating Chinese text", CALLS, ("K6/utf8/chinese",)),
    ("utf8-emoji", "Validating emoji", CALLS, ("K6/utf8/emoji",)),
)

# Colour, shape of the points and dashes of each contender, the same in every chart and in this order in the
# legend. The colours are Okabe and Ito's, which the colour-blind can tell apart; the shapes do it without them.
STYLES = {
    "wspc": ("#0072B2", 7, 1),
    "wspc_copy": ("#0072B2", 5, 1),
    "wspc_direct": ("#56B4E9", 9, 1),
    "avx512_vbmi": ("#CC79A7", 15, 1),
    "avx512": ("#0072B2", 7, 1),
    "avx2": ("#009E73", 5, 1),
    "sse4_2": ("#56B4E9", 9, 1),
    "neon": ("#0072B2", 7, 1),
    "scalar": ("#999999", 4, 1),
    "beast": ("#D55E00", 13, 1),
    "beast_is_utf8": ("#D55E00", 13, 1),
    "beast_is_utf8_avx2": ("#E69F00", 11, 1),
    "is_utf8": ("#D55E00", 13, 1),
    "wslay": ("#E69F00", 11, 1),
    "bufferutil": ("#E69F00", 11, 1),
    "bufferutil_is_utf8": ("#E69F00", 11, 1),
    "websocketpp": ("#CC79A7", 15, 1),
    "blob": ("#000000", 6, 2),
    "memcpy": ("#000000", 6, 2),
}
UNKNOWN_STYLE = ("#666666", 2, 3)


def payload_size(label):
    """Bytes of 64, 1KiB or 0..125, for which it is the mean; None for what is no size."""
    if match := re.fullmatch(r"(\d+)\.\.(\d+)", label):
        return (int(match.group(1)) + int(match.group(2))) / 2
    if match := re.fullmatch(r"(\d+)(KiB|MiB)?", label):
        return int(match.group(1)) * {None: 1, "KiB": 1 << 10, "MiB": 1 << 20}[match.group(2)]
    return None


def chart_series(groups, prefixes):
    """Sizes by label, and by contender (size, GB/s) in the order of the sizes. `groups`: samples by group."""
    labels = {}
    series = {}
    for group, samples in groups.items():
        prefix, _, label = group.rpartition("/")
        size = payload_size(label)
        if prefix not in prefixes or not size:  # nothing has no place on a logarithmic axis
            continue
        for name, sample in samples.items():
            if group_of(name) == group and sample["counters"].get("bytes"):
                speed = statistics.median(sample["counters"]["bytes"]) / 1e9
                if 0 < speed < math.inf:
                    labels[label] = size
                    series.setdefault(contender_of(name), []).append((size, speed))
    order = [*STYLES, *sorted(set(series) - set(STYLES))]
    return (dict(sorted(labels.items(), key=lambda item: item[1])),
            {name: sorted(series[name]) for name in order if name in series})


def ticks(low, high):
    """1, 2, 5, 10 and so on, from the last one not above `low` to the first one not below `high`."""
    first = math.floor(math.log10(low))
    last = math.ceil(math.log10(high)) + 1
    steps = [float(f"{digit}e{exponent}") for exponent in range(first, last + 1) for digit in (1, 2, 5)]
    below = [step for step in steps if step <= low][-1]
    above = [step for step in steps if step >= high and step > below][0]
    return [step for step in steps if below <= step <= above]


def quoted(text):
    """A string of gnuplot's in which nothing is special."""
    return "'" + re.sub(r"[\x00-\x1f]", " ", text).replace("'", "''") + "'"


def chart_script(title, sizes_of, labels, series, active):
    """What gnuplot draws the chart from: its data and its settings. `active`: the kernel whose line is thick."""
    speeds = [speed for points in series.values() for _, speed in points]
    marks = ticks(min(speeds), max(speeds))
    x = list(labels.values())
    lines = ["set encoding utf8",
             "set terminal svg size 880,480 dynamic enhanced font 'sans-serif,13' background '#ffffff' name 'wspc'"]
    for number, points in enumerate(series.values()):
        lines += [f"$series{number} << END", *(f"{size:g} {speed:.6g}" for size, speed in points), "END"]
    lines += [f"set title {quoted(title)} noenhanced font ',15'",
              f"set xlabel {quoted(sizes_of)} noenhanced",
              "set ylabel 'throughput (GB/s; logarithmic)' noenhanced",
              "set logscale x 2",
              "set logscale y 10",
              f"set xrange [{x[0] / 1.4:g}:{x[-1] * 1.4:g}]",
              f"set yrange [{marks[0]:g}:{marks[-1]:g}]",
              "set xtics nomirror (" + ", ".join(f"{quoted(label)} {size:g}" for label, size in labels.items()) + ")",
              "set ytics nomirror (" + ", ".join(f"'{mark:g}' {mark:g}" for mark in marks) + ")",
              "set grid xtics ytics linetype 1 linecolor rgb '#dddddd' linewidth 1",
              "set border 3",
              "set key outside right center Left reverse noenhanced samplen 3 spacing 1.3"]
    plots = []
    for number, name in enumerate(series):
        colour, shape, dashes = STYLES.get(name, UNKNOWN_STYLE)
        width = 3 if name.startswith("wspc") or name == active else 1.5
        plots.append(f"$series{number} using 1:2 with linespoints linecolor rgb '{colour}' linewidth {width} "
                     f"dashtype {dashes} pointtype {shape} pointsize 0.8 title {quoted(name)}")
    return "\n".join(lines) + "\nplot " + ", \\\n     ".join(plots) + "\n"


def charts_of(report, spec):
    """(configuration, name of the file, title, script) of every chart that the report has points for."""
    made = []
    for configuration in report["configurations"]:
        if configuration["forced"]:
            continue
        groups = judged_samples(configuration, spec, report)
        for name, title, sizes_of, prefixes in CHARTS:
            labels, series = chart_series(groups, prefixes)
            if len(labels) < 2:  # a single size makes no line
                continue
            title = f"{title} ({configuration['compiler']}, {peers_words(configuration)})"
            made.append((configuration["name"], f"{name}.svg", title,
                         chart_script(title, sizes_of, labels, series, configuration["kernel"])))
    return made


def need_gnuplot():
    if not shutil.which("gnuplot"):
        raise Failed("the charts need gnuplot: install the package gnuplot-nox, which tools/setup bench does, too, "
                     "or say --no-charts")


def draw(script):
    """The SVG. Neither settings of the user nor the locale change it."""
    done = subprocess.run(["gnuplot", "--default-settings", "-"], input=script, capture_output=True, text=True,
                          encoding="utf-8", env={**os.environ, "LC_ALL": "C"}, check=False)
    if done.returncode != 0 or "</svg>" not in done.stdout:
        raise Failed("gnuplot drew no chart:\n" + done.stderr.strip())
    return done.stdout


def draw_charts(report, spec, out, progress):
    """(configuration, path relative to the report, title) of the charts."""
    drawn = []
    for configuration, name, title, script in charts_of(report, spec):
        progress.say(f"drawing {name} of {configuration}")
        path = out / "charts" / configuration / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draw(script), encoding="utf-8")
        drawn.append((configuration, path.relative_to(out).as_posix(), title))
    return drawn
