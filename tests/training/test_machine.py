"""The name of the processor, also where the system does not tell it."""

import platform

from brainside.training.machine import machine


def test_a_processor_is_named_by_its_maker_family_and_model(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text("vendor_id\t: Maker\ncpu family\t: 6\nmodel\t\t: 85\n\nvendor_id\t: Other\n")
    assert machine(told).startswith(f"{platform.machine()} Maker 6 85 ")


def test_where_the_system_does_not_tell_it_the_name_says_so(tmp_path):
    assert machine(tmp_path / "nothing").startswith(f"{platform.machine()} ? ? ? ")
