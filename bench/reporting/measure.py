# SPDX-License-Identifier: Apache-2.0
"""What is measured, in which order, and when once more: one run of a program for all that is compared with each other."""
from .bars import contender_of, expand_bars, group_of, is_emulated, names_of, own_contenders, row_of
from .build import build, build_folder
from .commands import ROOT, Failed
from .emulated import counted_configuration
from .judge import in_scope, is_judged, judge_bar, why_not_here
from .programs import Programs
from .report_json import write_json


def groups_to_measure(spec, configuration, programs, report):
    """(program, group, names) of all that is compared with each other: one run of a program each."""
    references = {}
    for bar in expand_bars(spec, configuration["kernel"]):
        references.setdefault(group_of(bar["subject"]), set()).update(names_of(bar))
    planned = []
    for row in report["rows"]:
        about = spec["rows"][row]
        known = programs.names(about["program"])
        groups = list(dict.fromkeys(group_of(name) for name in known if row_of(name) == row))
        for group in groups:
            if not in_scope(group, spec, report):
                continue
            members = [name for name in known if group_of(name) == group]
            others = sorted(name for name in references.get(group, ()) if name in known and name not in members)
            names = members + others
            if configuration["forced"]:
                own = own_contenders(about)
                names = [name for name in members if contender_of(name) in own]
            elif report["quick"]:
                names = without_idle_kernels(names, spec, configuration)
            if names:
                planned.append((about["program"], group, names))
    return planned


def without_idle_kernels(names, spec, configuration):
    """Drops kernels that are neither active nor named by a bar."""
    named = {bar["kernel"] for bar in spec["bars"] if "kernel" in bar} | {configuration["kernel"]}
    return [name for name in names if contender_of(name) not in spec["kernels"] or contender_of(name) in named]


def settled(bars, configuration, attempts):
    """Whether no bar of a group asks for another run."""
    return all(why_not_here(bar, configuration) or bar.get("target") or
               judge_bar(bar, configuration, attempts)["status"] in ("pass", "missing") for bar in bars)


def measure_configuration(configuration, spec, programs, report, progress):
    """What does not pass is measured again: other work on the machine may have disturbed it."""
    bars = expand_bars(spec, configuration["kernel"])
    planned = groups_to_measure(spec, configuration, programs, report)
    for number, (program, group, names) in enumerate(planned, 1):
        progress.at(f"{configuration['name']} [{number}/{len(planned)}] ")
        judged = [bar for bar in bars if group_of(bar["subject"]) == group]
        attempts = []
        while True:
            progress.say(group + (f", attempt {len(attempts) + 1}" if attempts else ""))
            samples, failures = programs.measure(program, names, spec["rows"][row_of(group)].get("slices"))
            attempts.append({"samples": samples, "failures": failures})
            check_kernel(configuration, programs)
            if not is_judged(configuration) or len(attempts) >= report["settings"]["attempts"]:
                break
            if settled(judged, configuration, attempts):
                break
        configuration["groups"].append({"group": group, "program": program, "attempts": attempts})
    progress.at("")


def check_kernel(configuration, programs):
    """A forced kernel counts once it is seen to be the one that ran."""
    ran = programs.context.get("wspc kernel", configuration["kernel"])
    if ran != configuration["kernel"]:
        raise Failed(f"{configuration['name']}: kernel {ran} ran instead of {configuration['kernel']}")


def supported_kernels(spec, programs, active):
    listed = {contender_of(name) for name in programs.names("wspc_bench_kernels")}
    return [kernel for kernel in spec["kernels"] if kernel in listed or kernel == active]


def measure_all(options, spec, report, progress):
    core = report["machine"]["core"]
    timed = [row for row in report["rows"] if not is_emulated(spec, row)]
    for compiler in options.compilers if timed else ():
        for arch in options.arch:
            folder, flags = build(compiler, arch, options.out, progress)
            programs = Programs(folder, core, None, report["settings"])
            kernel = programs.active_kernel()
            configuration = {"name": f"{compiler}-{arch}", "compiler": compiler, "arch": arch, "flags": flags,
                             "forced": False, "kernel": kernel, "kernels": supported_kernels(spec, programs, kernel),
                             "compiler_said": programs.context.get("compiler", ""), "groups": []}
            report["configurations"].append(configuration)
            measure_configuration(configuration, spec, programs, report, progress)
            write_json(report, options.out / "report.json")  # what was measured so far survives an interruption
    measure_forced(options, spec, report, progress)
    if timed != report["rows"]:
        report["configurations"].append(counted_configuration(ROOT / "build" / "neon", options.out, progress))


def may_be_forced(row):
    """Rows for which other kernels are of interest: what is received, and the frames that are sent."""
    return row.startswith("R") or row in ("S1", "S2", "S3")


def measure_forced(options, spec, report, progress):
    """wspc's own figures with other kernels than the active one, for each compiler's first architecture."""
    rows = list(filter(may_be_forced, report["rows"]))
    chosen = [c for c in report["configurations"] if c["arch"] == options.arch[0]] if rows else []
    for beside in chosen:
        for kernel in options.kernels:
            if kernel not in beside["kernels"]:
                progress.note(f"this machine cannot run the kernel {kernel}: left out")
                continue
            folder = build_folder(beside["compiler"], beside["arch"]) / "bench"
            programs = Programs(folder, report["machine"]["core"], kernel, report["settings"])
            name = f"{beside['name']}-{kernel}"
            configuration = dict(beside, name=name, forced=True, kernel=kernel, groups=[])
            report["configurations"].append(configuration)
            measure_configuration(configuration, spec, programs, dict(report, rows=rows), progress)
