# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/report. Each imports only those above it:

bars         bars.json, and the names of benchmarks
judge        verdicts from report.json and bars.json
words        figures and verdicts in words
commands     running a command; the failure that ends the program
progress     the line on the terminal
machine      CPU, core and versions
build        configuring and compiling
emulated     the instructions of the NEON kernels, by qemu
programs     the benchmark programs, and how the results of Google Benchmark are read
shape        what is wrong with a report that was read
report_json  the file that keeps every sample
measure      what is measured, in which order, and when once more
tables       the tables of report.md
pages        report.md
charts       SVG, drawn by gnuplot
"""
