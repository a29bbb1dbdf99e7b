"""Static files in a test run: looked for once a process, not anew by each of its two thousand test clients."""

from __future__ import annotations

from typing import Any

from obc_analytics.statics import VersionedStatics


class FoundOnce(VersionedStatics):
    _found: dict[str, Any] = {}

    def add_files_from_finders(self) -> None:
        if not self._found:
            super().add_files_from_finders()
            self._found.update(self.files)
        self.files.update(self._found)
