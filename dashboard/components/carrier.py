"""What is sent to the browser beside the components that it shows: packets of bytes, and the language of the page."""

from __future__ import annotations

from dashboard.components import registry


def carry(part: str, packet: bytes) -> None:
    """Send a packet to the browser, once per page load; components find it under its key, and it stays through page switches."""
    registry.hidden("loader", "carrier.js")(key=f"carry/{part}", data=packet)


def tell_language(language: str) -> None:
    """Tell the browser the language of the page."""
    registry.hidden("tongue", "language.js")(key="tongue", data={"language": language})
