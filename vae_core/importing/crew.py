"""Processes that decode pictures on all cores, in order and a bounded number at a time.

Threads would do it no faster: opening a picture of 64x64 is mostly Python, and two threads were half as fast as one.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from vae_core.children import command, environment
from vae_core.data.errors import UnusableFile
from vae_core.importing.decoder_process import Answer, Task, question, read_answer, treatment_told, work
from vae_core.importing.decoding import Treatment
from vae_core.importing.files import Files, Key

MOST_PROCESSES = 16
AHEAD = 2  # questions that each process has before it
ROWS, IMAGES_BYTES = 64, 2**22  # of one answer at most
QUESTION_BYTES = 6000  # of one question: AHEAD of them go into any pipe, so that nobody waits for one who waits for him
A_FILE, A_PIXEL, WORTH_IT = 1.2e-4, 1e-8, 0.5  # seconds: of a file, of a pixel, and of what is worth starting processes for


class Crew:
    """Does tasks to the files of a source, alone while there is little to do and else with one process for each core."""

    def __init__(self, files: Files) -> None:
        """Start nothing yet."""
        self.files, self.reader = files, files.reader()
        self._owed: list[int] = []  # answers that each process still owes
        self.processes: list[subprocess.Popen[bytes]] = []

    def answers(
        self, task: Task, numbers: Sequence[int], pixels: float = 0, treatment: Treatment | None = None
    ) -> Iterator[tuple[list[int], Answer]]:
        """Yield numbers of files and what was found of them, in order.

        Args:
            task: what is done.
            numbers: of files.
            pixels: of all of them together, for the time it takes.
            treatment: of images that are decoded.
        """
        shares = self._shares(numbers, treatment if task == "decode" else None)
        if len(numbers) * A_FILE + pixels * A_PIXEL < WORTH_IT or cores() == 1:
            for share, keys in shares:
                yield share, work(self.reader, task, keys, treatment)
            return
        self._start()
        try:
            yield from self._asked(task, shares, treatment)
        except (OSError, ValueError) as error:  # a process is gone, or says something else than an answer
            self._end()
            raise UnusableFile(
                "A process that decodes pictures of {name} ended without a word, perhaps for lack of memory; "
                "close other programs and try again.",
                name=self.files.name,
            ) from error
        finally:
            if any(self._owed):
                self._end()  # whoever asks next gets processes that owe no answer

    def _asked(
        self, task: Task, shares: Iterator[tuple[list[int], list[Key]]], treatment: Treatment | None
    ) -> Iterator[tuple[list[int], Answer]]:
        waiting: deque[tuple[int, list[int]]] = deque()
        turn = 0
        if treatment is not None:
            for process in self.processes:
                _write(process, treatment_told(treatment))
        for share, keys in shares:
            if len(waiting) == AHEAD * len(self.processes):
                yield self._heard(task, *waiting.popleft(), treatment)
            _write(self.processes[turn], question(task, keys))
            self._owed[turn] += 1
            waiting.append((turn, share))
            turn = (turn + 1) % len(self.processes)
        while waiting:
            yield self._heard(task, *waiting.popleft(), treatment)

    def _heard(self, task: Task, turn: int, share: list[int], treatment: Treatment | None) -> tuple[list[int], Answer]:
        stream = self.processes[turn].stdout
        assert stream is not None
        answer = read_answer(task, stream.readline())
        if task == "decode" and treatment is not None:
            shape = (len(share), *treatment.target.shape)
            images = np.frombuffer(stream.read(math.prod(shape)), np.uint8).reshape(shape)  # a ValueError where it was cut off
            answer = Answer([], answer.bad, images)
        self._owed[turn] -= 1
        return share, answer

    def _shares(self, numbers: Sequence[int], treatment: Treatment | None) -> Iterator[tuple[list[int], list[Key]]]:
        """Yield numbers and keys of as many files as make one question and one answer."""
        most = ROWS if treatment is None else max(1, min(ROWS, IMAGES_BYTES // math.prod(treatment.target.shape)))
        share: list[int] = []
        keys: list[Key] = []
        length = 0
        for number in numbers:
            key = self.files.key(int(number))
            size = len(json.dumps(key))
            if share and (len(share) == most or length + size > QUESTION_BYTES):
                yield share, keys
                share, keys, length = [], [], 0
            share.append(int(number))
            keys.append(key)
            length += size
        if share:
            yield share, keys

    def _start(self) -> None:
        if self.processes:
            return
        what = json.dumps(self.files.address())
        self.processes = [
            subprocess.Popen(
                command("vae_core.importing.decoder_process", what),
                env=environment(OMP_NUM_THREADS="1"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(min(cores(), MOST_PROCESSES))
        ]
        self._owed = [0] * len(self.processes)

    def _end(self) -> None:
        """End the processes, whatever they are at."""
        for process in self.processes:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    if stream is not None:
                        stream.close()
            process.wait()
        self.processes, self._owed = [], []

    def close(self) -> None:
        """Give back the processes and what is open."""
        self._end()
        self.reader.close()


def _write(process: subprocess.Popen[bytes], line: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(line)
    process.stdin.flush()


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
