"""The service's way of saying no."""

from typing import Any


class ApiError(Exception):
    """An answer in the service's error envelope.

    Parameters
    ----------
    status
        HTTP status.
    code
        The service's own code, whose first digit is the category.
    message
        A sentence for the caller.
    headers
        Further headers, such as ``Retry-After``.
    """

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def envelope(self, request_id: str | None = None) -> dict[str, Any]:
        """The JSON body of the answer.

        Parameters
        ----------
        request_id
            What the caller may quote to support, where there is one.

        Returns
        -------
        dict
            The envelope.
        """
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if request_id is not None:
            error["request_id"] = request_id
        return {"error": error}
