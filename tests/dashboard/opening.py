"""Open a page of the dashboard as the first one of a session."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.places import APP


def open_page(key: str, query: dict[str, str] | None = None, at: AppTest | None = None) -> AppTest:
    """Return a session that has opened the page of this key, at an address with these parameters.

    Streamlit knows a page by the hash of its address. `AppTest.switch_page` reads that off the name of the script until a first run has
    told it better, and the session reads the parameters in that first run.
    """
    at = AppTest.from_file(str(APP), default_timeout=60) if at is None else at
    for name, value in (query or {}).items():
        at.query_params[name] = value
    if key != "home":
        at._page_hash = calc_hash(key)
    return at.run()
