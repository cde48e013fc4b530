# SPDX-License-Identifier: Apache-2.0
"""Progress: one line, rewritten on a terminal. A full run takes long, and each step of it is quiet by itself."""
import shutil
import sys


class Progress:
    def __init__(self):
        self.terminal_ = sys.stdout.isatty()
        self.prefix_ = ""

    def at(self, prefix):
        self.prefix_ = prefix

    def say(self, text):
        line = f"bench: {self.prefix_}{text}"
        if self.terminal_:
            width = shutil.get_terminal_size().columns - 1
            print("\r\033[K" + line[:width], end="", flush=True)
        else:
            print(line, flush=True)

    def note(self, text):
        """A line that stays."""
        print(("\r\033[K" if self.terminal_ else "") + "bench: " + text, flush=True)

    def end(self):
        if self.terminal_:
            print("\r\033[K", end="", flush=True)
