"""The key stays out of the logs of httpx and httpcore, also where the service echoes it in what they log."""

import logging
from weakref import WeakSet

from qwen_notebook.reapi.credentials import ApiKey
from qwen_notebook.reapi.redaction import holds_key, redacted

_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")


class _WithoutKeys(logging.Filter):
    """Takes the keys of all clients out of what is logged; all else is logged as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: WeakSet[ApiKey] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record through, without a key in it."""
        message = record.getMessage()
        for key in tuple(self.keys):
            if holds_key(message, key):
                message = redacted(message, key)
                record.msg, record.args = message, ()
        return True


_filter = _WithoutKeys()


def keep_out_of_logs(key: ApiKey) -> None:
    """Have a key taken out of what is logged from now on, for as long as somebody holds it."""
    _filter.keys.add(key)
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)
