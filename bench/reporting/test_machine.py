# SPDX-License-Identifier: Apache-2.0
"""What is said of the machine."""
import unittest

from .machine import is_zen4


class the_machine(unittest.TestCase):
    def test_knows_a_zen_4(self):
        amd = {"vendor_id": "AuthenticAMD", "cpu family": "25"}
        self.assertTrue(is_zen4(dict(amd, model="17")))    # Genoa
        self.assertTrue(is_zen4(dict(amd, model="97")))    # Raphael
        self.assertFalse(is_zen4(dict(amd, model="1")))    # Milan, Zen 3
        self.assertFalse(is_zen4({"vendor_id": "AuthenticAMD", "cpu family": "26", "model": "2"}))
        self.assertFalse(is_zen4({"vendor_id": "GenuineIntel", "cpu family": "25", "model": "17"}))
        self.assertFalse(is_zen4({}))
