"""All trials by name, in the order of README's table."""

from __future__ import annotations

from tests.reliability import braving, damage, faults, importing, sharing, stops, together
from tests.reliability.rows import Trial

IN_ONE_PROCESS: dict[str, Trial] = {
    "resumed": stops.resumed,
    "stopped-by-signal": stops.stopped_at_the_command_line,
    "killed-saving": stops.killed_while_saving,
    "killed-finishing": stops.killed_while_finishing,
    "bit-flips": damage.bit_flips,
    "truncations": damage.truncations,
    "forgeries": damage.forgeries,
    "traps": damage.traps,
    "hostile-folders": braving.hostile_folders,
    "full-disk": faults.full_disk,
    "limited-files": faults.limited_files,
    "bad-numbers": faults.bad_numbers,
    "bad-data": faults.bad_data,
    "started-at-once": sharing.started_at_once,
    "watched-starts": sharing.watched_starts,
    "readings": sharing.readings,
    "killed-importing": importing.killed_importing,
}
IN_TWO_PROCESSES: dict[str, Trial] = {
    "same-as-one": together.same_as_one,
    "lost-process": together.lost_process,
    "bad-number-in-one": together.bad_number_in_one,
}
TRIALS = IN_ONE_PROCESS | IN_TWO_PROCESSES
