# SPDX-License-Identifier: Apache-2.0
"""What is said of the machine."""
import unittest
from unittest import mock

from . import machine
from .commands import Failed
from .machine import choose_core, is_zen4


class the_machine(unittest.TestCase):
    def test_knows_a_zen_4(self):
        amd = {"vendor_id": "AuthenticAMD", "cpu family": "25"}
        self.assertTrue(is_zen4(dict(amd, model="17")))    # Genoa
        self.assertTrue(is_zen4(dict(amd, model="97")))    # Raphael
        self.assertFalse(is_zen4(dict(amd, model="1")))    # Milan, Zen 3
        self.assertFalse(is_zen4({"vendor_id": "AuthenticAMD", "cpu family": "26", "model": "2"}))
        self.assertFalse(is_zen4({"vendor_id": "GenuineIntel", "cpu family": "25", "model": "17"}))
        self.assertFalse(is_zen4({}))

    def test_a_core_that_was_asked_for_is_used_or_it_fails(self):
        for core in (9999, 10**30):
            with self.assertRaisesRegex(Failed, f"core {core} cannot be used"):
                choose_core(core)
        refused = PermissionError(1, "not permitted")
        with mock.patch.object(machine.os, "sched_setaffinity", side_effect=refused):
            self.assertEqual(choose_core(None)[0], None)
            with self.assertRaisesRegex(Failed, "not permitted"):
                choose_core(0)
        with mock.patch.object(machine, "os", object()):
            self.assertEqual(choose_core(None), (None, "this system cannot pin a process"))
            with self.assertRaisesRegex(Failed, "cannot pin"):
                choose_core(0)
