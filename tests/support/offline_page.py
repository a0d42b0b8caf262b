"""A page that opens files from disk, and has no network."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page


@contextmanager
def offline_page(browser: Browser) -> Iterator[Page]:
    """A page without a network until the block ends; scripts that lie in the web are not there."""
    context = browser.new_context(offline=True)
    context.set_default_timeout(30_000)
    try:
        yield context.new_page()
    finally:
        context.close()
