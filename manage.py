#!/usr/bin/env python
"""Run a management command: `python manage.py help` lists them."""

from __future__ import annotations

import gc
import os
import sys

from django.core.management import execute_from_command_line

from config.failures import STOPPING, stop_in_a_line
from config.streams import standard_streams

# Starting makes a few hundred thousand objects that stay; looking through them again and again for
# garbage would take an eighth of a short command's time.
_NEW_OBJECTS = 50_000


def main() -> None:
    gc.set_threshold(_NEW_OBJECTS)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        with standard_streams():
            execute_from_command_line(sys.argv)
    except STOPPING as error:
        if "--traceback" in sys.argv:
            raise
        stop_in_a_line(error)


if __name__ == "__main__":
    main()
