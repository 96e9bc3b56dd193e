"""A visitor who leaves early is no line of the server's log; every other exception is."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_websocket import create_websocket_handler

from dashboard.session.server_log import CLOSED, DEPARTURES, leave_out_departures
from tests.loops import in_a_loop_of_its_own


def error_of_leaving() -> Exception:
    """What Streamlit's handler raises when an answer fails before a last message of the visitor is read."""

    async def leave() -> None:
        failed = asyncio.Event()
        arrived = iter(
            [{"type": "websocket.connect"}, {"type": "websocket.receive", "bytes": BackMsg(load_git_info=True).SerializeToString()}]
        )

        async def receive():
            message = next(arrived)
            if message["type"] != "websocket.connect":
                await failed.wait()
            return message

        async def send(message):
            if message["type"] == "websocket.send":
                failed.set()
                raise BrokenPipeError("gone")

        socket = WebSocket({"type": "websocket", "headers": [], "subprotocols": [], "path": "/"}, receive, send)

        def connect(client, **_):
            answers.append(asyncio.ensure_future(answer(socket)))
            return "session"

        async def answer(socket):
            with pytest.raises(WebSocketDisconnect):
                await socket.send_bytes(b"answer")

        answers: list[asyncio.Future] = []
        runtime = SimpleNamespace(connect_session=connect, handle_backmsg=lambda *_, **__: None, disconnect_session=lambda *_, **__: None)
        await create_websocket_handler(runtime)(socket)

    with pytest.raises(RuntimeError, match=CLOSED) as raised:
        in_a_loop_of_its_own(leave())
    return raised.value


@pytest.fixture
def lines():
    """What the server's log gets; Streamlit may keep its logger from the root's handlers."""
    server, kept = logging.getLogger("uvicorn.error"), []
    handler = logging.Handler()
    handler.emit = kept.append
    server.addHandler(handler)
    server.removeFilter(DEPARTURES)  # a page that was opened before has set it
    yield kept
    server.removeHandler(handler)
    server.removeFilter(DEPARTURES)


def log(error: Exception | None) -> None:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)


def test_a_visitor_who_leaves_while_the_server_answers_is_not_logged_as_a_fault(lines):
    error = error_of_leaving()
    log(error)
    assert len(lines) == 1
    leave_out_departures()
    leave_out_departures()
    log(error)
    assert len(lines) == 1


@pytest.mark.parametrize(
    "error", [RuntimeError("out of memory"), ValueError('Cannot call "send" once a close message has been sent.'), None]
)
def test_everything_else_is_logged(error, lines):
    leave_out_departures()
    log(error)
    assert len(lines) == 1
