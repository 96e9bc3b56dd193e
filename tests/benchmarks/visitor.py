"""Somebody who looks at a page, without a browser: a websocket that speaks Streamlit's protocol and counts what comes."""

from __future__ import annotations

from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

LARGEST = 200_000_000  # bytes of a message, as Streamlit bounds it


@dataclass
class Visitor:
    """One session: its connection, the pages that it was told of by address, what it keeps as a browser would, and the bytes that came."""

    socket: ClientConnection
    pages: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    received: int = 0

    async def open(self, address: str) -> None:
        """Ask for a page by its address and return when all of it has come.

        Raises:
            AssertionError: the script of the page has failed, or an exception or a warning is shown.
        """
        asked = BackMsg()
        asked.rerun_script.cached_message_hashes.extend(self.kept)
        asked.rerun_script.context_info.locale = "en"
        if self.pages:
            asked.rerun_script.page_script_hash = self.pages[address]
        else:
            asked.rerun_script.page_name = address
        await self.socket.send(asked.SerializeToString())
        while not self._took(ForwardMsg.FromString(await self._next())):
            pass

    async def _next(self) -> bytes:
        data = await self.socket.recv(decode=False)
        self.received += len(data)
        return bytes(data)

    def _took(self, message: ForwardMsg) -> bool:
        """Keep what a browser keeps, and tell whether the page is whole."""
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.pages = {page.url_pathname if not page.is_default else "": page.page_script_hash for page in message.navigation.app_pages}
        if message.metadata.cacheable:
            self.kept.add(message.hash)
        if kind == "delta":
            shown = message.delta.new_element
            assert shown.WhichOneof("type") != "exception", shown.exception
            assert shown.alert.format != Alert.WARNING, shown.alert.body  # our pages say so in a sentence what went wrong
        if kind == "script_finished":
            assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, message.script_finished
        return kind == "script_finished"


async def arrive(port: int) -> Visitor:
    """Return a new visitor of the server on this port of this machine."""
    return Visitor(await connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=LARGEST, proxy=None))
