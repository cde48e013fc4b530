# SPDX-License-Identifier: Apache-2.0
"""Commands that are run in the root of the project, and the failure that ends all of it."""
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Failed(Exception):
    """Ends the program with status 2."""


def make_folder(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise Failed(f"{path}: no folder can be made there: {e.strerror}") from e


def output_of(*command):
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def run_logged(command, log, what):
    with open(log, "w") as out:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                              check=False)
    if done.returncode != 0:
        tail = "\n".join(Path(log).read_text(errors="replace").splitlines()[-30:])
        raise Failed(f"{what} failed:\n{tail}")
