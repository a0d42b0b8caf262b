"""The facts of the service: its addresses and its codes, and nothing that does anything with them.

Facts marked *assumed* are stated by nobody; the code has to work whatever the truth turns out to be. What is of one
model stands in `qwen_notebook.reapi.models`.
"""

from typing import Final

LABEL: Final = "reAPI"
"""The service's name for people."""
KEYS_PAGE: Final = "reapi.ai/settings/apikeys"
BASE_URL_VARIABLE: Final = "REAPI_BASE_URL"
BASE_URL: Final = "https://reapi.ai/api/v1"
API_PATH: Final = "/api/v1"
SUBMIT_PATH: Final = "/images/generations"
TASK_PATH: Final = "/tasks/"
BALANCE_PATH: Final = "/balance"

CODE_NO_HEADER: Final = 10001
CODE_NOT_BEARER: Final = 10002
CODE_KEY_INVALID: Final = 10003
CODE_KEY_REVOKED: Final = 10004
CODE_MISSING_PARAMETER: Final = 20002
CODE_RATE_LIMIT: Final = 50001
CODE_SERVER_ERROR: Final = 60099
CODE_CONTENT_POLICY: Final = 80006

REFUSED_STATUSES: Final = frozenset({400, 401, 402, 403, 404, 422, 429})
"""Answers to a POST that certainly made no task. After any other failure it may have been billed."""
