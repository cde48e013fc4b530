# SPDX-License-Identifier: Apache-2.0
"""Says which test program notices a mutation."""
import hashlib

from programs import PROGRAMS, all_programs
from tree import Failed, Tree

# Objects of a mutation are wanted once.
OPTIONS = ("-DWSPC_BUILD_CAPI=ON", "-DCMAKE_C_COMPILER_LAUNCHER=", "-DCMAKE_CXX_COMPILER_LAUNCHER=")


class Judge:
    def __init__(self, work, jobs):
        self.tree = Tree(work, OPTIONS, jobs)

    def prepare(self):
        """Builds without a mutation, and sees every program pass."""
        self.tree.prepare(all_programs())
        self.objects = {program: self._hash_of_objects(program) for program in all_programs()}
        self.seconds = {program: self.tree.seconds(program) for program in all_programs()}

    def verdict(self, mutation, text):
        """'invalid' (does not compile, or changes no code), 'survived', or the program that notices."""
        with self.tree.changed(mutation.file, text, mutation.applied(text)):
            for program in PROGRAMS[mutation.file]:
                if not self.tree.compiles(program):
                    return "invalid"
                if program == PROGRAMS[mutation.file][0] and self._hash_of_objects(program) == self.objects[program]:
                    return "invalid"
                if not self.tree.passes(program, 5 + 10 * self.seconds[program]):
                    return program
            return "survived"

    def _hash_of_objects(self, program):
        """Of the libraries and of the program, which has what stands in public headers."""
        made = hashlib.sha256()
        build = self.tree.build
        objects = [each for where in ("codec", "engine", f"tests/*/CMakeFiles/test_{program}.dir")
                   for each in sorted(build.glob(where + "/**/*.o"))]
        if len(objects) < 10:
            raise Failed(f"only {len(objects)} objects in {build}")
        for each in objects:
            made.update(each.read_bytes())
        return made.digest()
