"""An address for the pages is refused before anything is started."""

from __future__ import annotations

import socket

import pytest
from django.core.management.base import CommandError

from backtesting.management.web import check_address


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_is_taken_is_refused_with_what_can_be_changed(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"{host}, port {port}: Address") as refused:
            check_address(host, port)

    assert refused.value.returncode == 2
    assert str(refused.value).endswith(
        "try another --port" if host == "127.0.0.1" else "try another --host or --port"
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CommandError, match=r"cannot listen on 192\.0\.2\.1, port 8000: Cannot"):
        check_address("192.0.2.1", 8000)
