# SPDX-License-Identifier: Apache-2.0
"""How the results of Google Benchmark are read."""
import re
import unittest

from .programs import exactly, plain_name, read_runs


class google_benchmark(unittest.TestCase):
    def run_of(self, name, repetition, **more):
        return {"name": name, "run_name": name, "run_type": "iteration", "repetition_index": repetition,
                "family_index": 0, "per_family_instance_index": 0, "iterations": 7, "real_time": 1.0, "cpu_time": 1.0,
                "time_unit": "ns", **more}

    def test_orders_samples_by_repetition_in_ns(self):
        runs = [self.run_of("R1/w/wspc", 1, per_frame=2e-9, bytes=5.0), self.run_of("R1/w/wspc", 0, per_frame=1e-9, bytes=4.0),
                {"name": "R1/w/wspc_mean", "run_name": "R1/w/wspc", "run_type": "aggregate", "per_frame": 9.0}]
        samples, failures = read_runs({"benchmarks": runs})
        self.assertEqual(samples, {"R1/w/wspc": {"unit": "frame", "ns": [1.0, 2.0], "counters": {"bytes": [4.0, 5.0]}}})
        self.assertEqual(failures, {})

    def test_an_error_leaves_no_samples(self):
        runs = [self.run_of("R1/w/wspc", 0, per_frame=1e-9),
                self.run_of("R1/w/wspc", 1, error_occurred=True, error_message="does not deliver")]
        self.assertEqual(read_runs({"benchmarks": runs}), ({}, {"R1/w/wspc": "does not deliver"}))

    def test_a_benchmark_without_its_counter_failed(self):
        samples, failures = read_runs({"benchmarks": [self.run_of("R1/w/wspc", 0)]})
        self.assertEqual((samples, list(failures)), ({}, ["R1/w/wspc"]))

    def test_settings_are_no_part_of_a_name(self):
        self.assertEqual(plain_name("S8/connections/1/connection/iterations:1/manual_time"), "S8/connections/1/connection")
        self.assertEqual(plain_name("R1/binary/0..125/wspc"), "R1/binary/0..125/wspc")

    def test_the_filter_matches_the_names_alone(self):
        wanted = exactly(["R1/binary/0..125/wspc", "S6/send/websocket.h"])
        self.assertTrue(re.search(wanted, "R1/binary/0..125/wspc"))
        for other in ("R1/binary/0..125/wspc_copy", "R1/binary/0xx125/wspc", "S6/send/websocket_h", "XR1/binary/0..125/wspc"):
            self.assertFalse(re.search(wanted, other), other)
