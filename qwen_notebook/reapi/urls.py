"""Addresses: where the service is, which sources it takes, which results may be fetched."""

import ipaddress
import os
import re
from typing import cast
from urllib.parse import SplitResult, urlsplit

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import plain

_PUBLIC_ONLY = "The service takes one public https URL, such as https://example.com/photo.png."
_PRIVATE_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def is_loopback(url: str) -> bool:
    """Whether a URL points at this very machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    address = _ip(host)
    return host == "localhost" if address is None else address.is_loopback


def resolve_base_url(base_url: str | None = None) -> str:
    """The service's base URL from the argument, else ``REAPI_BASE_URL``, else reAPI's own.

    Parameters
    ----------
    base_url
        With or without ``/api/v1``; plain http for loopback only.

    Returns
    -------
    str
        Ends in ``/api/v1``, without a final slash.

    Raises
    ------
    InvalidRequest
        If it is not an http(s) URL, or would send the key over plain http.

    Examples
    --------
    >>> resolve_base_url("https://reapi.ai")
    'https://reapi.ai/api/v1'
    """
    given = cast(
        "object", base_url or os.environ.get(contract.BASE_URL_VARIABLE, "").strip() or contract.BASE_URL
    )
    todo = "Give base_url= or REAPI_BASE_URL as https://reapi.ai/api/v1."
    url = given.strip().rstrip("/") if isinstance(given, str) else ""
    # Where there is an @, anything before it may be a password, also what reads as a part of the path.
    name = "The base URL" if "@" in url else _shown(given)
    parts = _split(url)
    if parts is None or not _is_base(url, parts):
        raise InvalidRequest(f"{name} is not the base URL of a service.", todo, field="base_url")
    if parts.username or parts.password:
        raise InvalidRequest("The base URL carries a user name or password.", todo, field="base_url")
    if parts.scheme == "http" and not is_loopback(url):
        raise InvalidRequest(
            f"The base URL {name} is plain http, which would show your key to the network.",
            todo,
            field="base_url",
        )
    return url if url.endswith(contract.API_PATH) else url + contract.API_PATH


def check_source_url(url: object, *, loopback_service: bool = False) -> str:
    """Check that the service can be asked to edit the image at this URL.

    Parameters
    ----------
    url
        What the user gave as ``image_url``.
    loopback_service
        Whether the service itself is on this machine, and so may take sources from it.

    Returns
    -------
    str
        The URL, unchanged, as a plain `str`.

    Raises
    ------
    InvalidRequest
        Naming what is wrong, before anything is sent.
    """

    def refuse(what: str, todo: str = _PUBLIC_ONLY) -> InvalidRequest:
        return InvalidRequest(what, todo, field="image_url")

    url = plain(url)
    if not isinstance(url, str):
        raise refuse(
            f"image_url is a {type(url).__name__}, and the service has no upload.",
            "It takes public https URLs only: put the image on the web and give its URL.",
        )
    if url.lstrip()[:5].lower() == "data:":
        raise refuse("image_url is a data: URI, which the service rejects.")
    parts = _split(url)
    if parts is None or not parts.scheme or len(parts.scheme) == 1:
        raise refuse(
            f"image_url {_shown(url)} looks like a local path, and the service has no upload.",
            "It takes public https URLs only: put the image on the web and give its URL.",
        )
    if parts.scheme not in {"http", "https"} or not _is_host(parts.hostname) or not _is_clean(url):
        raise refuse(f"image_url {_shown(url)} is not a URL that the service can read.")
    if parts.username or parts.password:
        raise refuse("image_url carries a user name or password, which the service would see.")
    if loopback_service and is_loopback(url):
        return url
    if parts.scheme == "http":
        raise refuse(f"image_url {_shown(url)} is plain http, which the service rejects.")
    if not _is_public(parts.hostname or ""):
        raise refuse(f"image_url points at {parts.hostname}, which the service cannot reach.")
    return url


def may_fetch(url: str, *, loopback_service: bool) -> bool:
    """Whether a result may be fetched from here: https anywhere, plain http on loopback for a loopback service."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and loopback_service and is_loopback(url))


def without_query(url: str) -> str:
    """The URL without query and fragment: what may be shown, as a query can hold a signature."""
    return url.partition("#")[0].partition("?")[0]


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _shown(url: object) -> str:
    if not isinstance(url, str):
        return shown(url)
    clean = without_query(url)
    if "@" in clean and not _is_in_path(clean):
        clean = "//…@".join((clean.partition("//")[0], clean.rpartition("@")[2]))
    return repr(clean if len(clean) <= 60 else clean[:57] + "…")


def _is_in_path(url: str) -> bool:
    """Whether what stands before each ``@`` is part of a path, and no user name or password."""
    parts = _split(url)
    return (
        parts is not None
        and "." in (parts.hostname or "")
        and "@" not in parts.netloc
        and ":" not in parts.netloc
    )


def _is_base(url: str, parts: SplitResult) -> bool:
    whole = url.isascii() and _is_clean(url) and "?" not in url and "#" not in url
    return whole and parts.scheme in {"http", "https"} and _is_host(parts.hostname)


def _is_clean(url: str) -> bool:
    return url.isprintable() and " " not in url


def _is_host(host: str | None) -> bool:
    """Whether this is an IP address, or a name that a resolver can be asked for."""
    if not host:
        return False
    if _ip(host) is not None:
        return True
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return False
    labels = name.removesuffix(".").lower().split(".")
    # What ends in a number is an address in a short or odd notation, such as 127.1: never a name.
    return all(map(_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])


def _is_public(host: str) -> bool:
    address = _ip(host)
    if address is not None:
        return address.is_global and not address.is_multicast
    name = host.removesuffix(".").lower()
    return "." in name and not name.endswith(_PRIVATE_SUFFIXES)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
