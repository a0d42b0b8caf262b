"""The machine between the client and the service: its certificates and proxies, and what is wrong with them in words.

What is wrong is said by the name of the variable, never by its value: that may hold a password.
"""

import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from qwen_notebook.errors import ConnectionFailed
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.credentials import ApiKey
from qwen_notebook.reapi.service_messages import clean

_SYSTEM = "the system's proxy settings"


def open_clients(
    *limits: httpx.Limits, transport: httpx.AsyncBaseTransport | None, trust_env: bool
) -> list[httpx.AsyncClient]:
    """Make a client for connections of each kind.

    Parameters
    ----------
    *limits
        How many connections of a kind, and how many are kept.
    transport
        In place of the network.
    trust_env
        Whether the proxies and certificates that the environment names are used.

    Raises
    ------
    ConnectionFailed
        If the environment names what cannot be used; it says by which variable.
    """
    # What is unpacked on the way can be a thousand times what came: nothing packed is asked for.
    settings: dict[str, Any] = {"headers": {"Accept-Encoding": "identity"}, "trust_env": trust_env}
    if transport is not None:
        settings |= {"transport": transport}
    else:
        settings |= {"verify": _certificates(trust_env=trust_env)}
    try:
        return [httpx.AsyncClient(**settings, limits=each) for each in limits]
    except Exception as error:
        kind = type(error).__name__
    raise _explained(kind, settings)


def why_not_reached(error: Exception, base_url: str, key: ApiKey) -> tuple[str, str]:
    """What kept a request from being sent, and what to do about it.

    Parameters
    ----------
    error
        As httpx raised it.
    base_url
        Where it was to be sent.
    key
        Is shown by neither.
    """
    proxy = _proxy_for(base_url)
    asked = re.match(r"([1-9][0-9]{2})\b", str(error)) if isinstance(error, httpx.ProxyError) else None
    if proxy and asked and asked[1] == "407":
        return (
            f"the proxy that {proxy} names asks for a user name and password, or refuses them (407)",
            f"Put them into {proxy}, as in http://user:password@host:port.",
        )
    if isinstance(error, httpx.ProxyError):  # in its own words nothing: they may repeat the password
        answer = f"answered {asked[1]}" if asked else "does not connect"
        return f"the proxy that {proxy or _SYSTEM} names {answer}", f"Check {proxy or _SYSTEM}."
    causes = list(_causes(error))
    through = f" through the proxy that {proxy} names" if proxy else ""
    check_proxy = f" and {proxy}" if proxy else ""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return (
            f"the certificate of the other side is not trusted here{through}: {_detail(error, key)}",
            _about_certificates(),
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return (
            f"the other side does not speak TLS{through}: {_detail(error, key)}",
            f"Check {_address(base_url)}{check_proxy}.",
        )
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"it took too long{through}", f"Check the network{check_proxy}, then try again."
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        check_name = check_proxy or ("" if base_url == contract.BASE_URL else f" and {_address(base_url)}")
        whose = f"the proxy that {proxy} names" if proxy else "the service"
        return (
            f"this network does not know the name of {whose}",
            f"Check the network{check_name}, then try again.",
        )
    detail = _detail(error, key)
    return f"{detail}{through}", f"Check the network{check_proxy}, then try again."


def _certificates(*, trust_env: bool) -> ssl.SSLContext:
    try:
        return httpx.create_ssl_context(trust_env=trust_env)
    except Exception as error:
        kind = type(error).__name__
    named = ("SSL_CERT_FILE", "cafile"), ("SSL_CERT_DIR", "capath")
    used = next((pair for pair in named for name in pair[:1] if trust_env and os.environ.get(name)), None)
    if used is not None and not _loads({used[1]: os.environ[used[0]]}):
        raise ConnectionFailed(
            f"The certificates that {used[0]} names cannot be used ({kind}).",
            "It has to name a file of certificates (PEM) that can be read: set it right, or unset it.",
        )
    if os.environ.get("SSLKEYLOGFILE"):
        raise ConnectionFailed(
            f"The file that SSLKEYLOGFILE names cannot be written ({kind}).",
            "It has to name a file in a folder that can be written: set it right, or unset it.",
        )
    raise ConnectionFailed(
        f"The certificates of this Python cannot be read ({kind}).",
        "Install certifi anew: pip install --force-reinstall certifi.",
    )


def _loads(where: dict[str, str]) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**where)
    except Exception:
        return False
    return True


def _explained(kind: str, settings: dict[str, Any]) -> ConnectionFailed:
    """Find out which variable a client cannot be made with, by trying each alone.

    The error is returned: where it is raised, no frame holds the values.
    """
    proxies = getproxies() if settings["trust_env"] else {}
    for scheme in ("http", "https", "all"):
        proxy = proxies.get(scheme)
        error = _error_with(settings, proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        if error is None:
            continue
        name = _name_of(scheme)
        if isinstance(error, ImportError):
            return ConnectionFailed(
                f"{name} names a SOCKS proxy, and the package for those is not installed.",
                'Install it with pip install "httpx[socks]", and restart the kernel.',
            )
        return ConnectionFailed(
            f"{name} does not name a proxy that can be used.",
            f"Set {name} as in http://host:port (socks5://host:port for SOCKS), or unset it.",
        )
    if proxies.get("no") and _error_with(settings, None) is None:
        name = _name_of("no")
        return ConnectionFailed(
            f"{name} has an entry that cannot be read.",
            f"Set {name} to host names with commas between them, as in localhost,example.com; an IPv6 address "
            "without brackets.",
        )
    return ConnectionFailed(
        f"The connection to reAPI cannot be prepared ({kind}).",
        "Check that httpx is installed whole: pip install --force-reinstall httpx.",
    )


def _error_with(settings: dict[str, Any], proxy: str | None) -> Exception | None:
    try:
        httpx.AsyncClient(verify=settings["verify"], trust_env=False, proxy=proxy)
    except Exception as error:
        return error
    return None


def _name_of(scheme: str) -> str:
    """The variable that names the proxy of a scheme."""
    wanted = f"{scheme}_proxy"
    names = [name for name, value in os.environ.items() if name.lower() == wanted and value]
    return wanted if wanted in names else names[0] if names else _SYSTEM


def _proxy_for(url: str) -> str | None:
    """The variable that names the proxy which requests to this address take; None where they take none."""
    parts = urlsplit(url)
    if parts.scheme == "http":  # on loopback only, where no proxy is used
        return None
    proxies = getproxies()
    scheme = next((scheme for scheme in (parts.scheme, "all") if proxies.get(scheme)), None)
    if scheme is None or proxy_bypass(parts.hostname or ""):
        return None
    return _name_of(scheme)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


_CONNECT = "Connect call failed"
"""How asyncio begins what it says of each address that it tried, with the port, which tells a person nothing."""


def _detail(error: Exception, key: ApiKey) -> str:
    """The words of an error in connecting, which are the system's own."""
    causes = list(_causes(error))
    system = next((cause for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    if isinstance(system, ssl.SSLError):
        text = re.sub(r"\s*\(_ssl\.c:\d+\)|\[[A-Z_: ]+\]\s*", "", system.strerror or "")
        return clean(text, key) or "TLS failed"
    if system is not None and system.errno and (system.strerror or "").startswith(_CONNECT):
        return os.strerror(system.errno).lower()
    if system is not None and system.strerror and system.filename is None:
        return clean(re.sub(r"\s*\[?Errno -?\d+\]?:?", "", system.strerror), key)
    if isinstance(error, httpx.ConnectError):
        return clean(str(error), key) or type(error).__name__
    return type(error).__name__


def _about_certificates() -> str:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(name):
            return f"Only the certificates that {name} names are trusted: correct it, or unset it."
    return (
        "If a firewall or an antivirus program stands between, name its certificate (a PEM file) in SSL_CERT_FILE; "
        "else do not trust this network."
    )


def _address(base_url: str) -> str:
    if base_url == contract.BASE_URL:
        return "the network"
    return "the base URL (base_url= or REAPI_BASE_URL)"
