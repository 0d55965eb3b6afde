"""Static files by names with their hash where they have been collected, else by their own.

A checkout works without `collectstatic`; `serve` collects, and browsers then keep what they have.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Assets(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # it has no types
    """The manifest's names, unless a file has come or changed since it was written."""

    @cached_property
    def is_collected(self) -> bool:
        """Tell, once a process, whether the manifest still speaks of the files as they are."""
        manifest = Path(self.path(self.manifest_name))
        if not manifest.is_file():
            return False
        collected_at = manifest.stat().st_mtime
        return all(
            name in self.hashed_files and Path(storage.path(name)).stat().st_mtime <= collected_at
            for finder in get_finders()
            for name, storage in finder.list(None)
        )

    def stored_name(self, name: str) -> str:
        hashed: str = super().stored_name(name) if self.is_collected else name
        return hashed
