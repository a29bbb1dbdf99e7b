"""What one load generator counted, printed as one line of JSON when it ends."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field


@dataclass
class Tally:
    answers: int = 0
    acked: int = 0  # events that were answered `ok`
    errors: dict[str, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)  # ms
    began: float = field(default_factory=time.perf_counter)
    ended: float = 0.0  # of the last answer

    def answered(self, began: float, acked: int) -> None:
        self.ended = time.perf_counter()
        self.answers += 1
        self.acked += acked
        self.latencies.append((self.ended - began) * 1000)

    def failed(self, kind: str) -> None:
        self.errors[kind] = self.errors.get(kind, 0) + 1

    def as_json(self) -> str:
        return json.dumps(
            {
                "answers": self.answers,
                "acked": self.acked,
                "errors": self.errors,
                "latencies": [round(value, 2) for value in self.latencies],
                "seconds": (self.ended or time.perf_counter()) - self.began,
                "cpu": time.process_time(),
            }
        )
