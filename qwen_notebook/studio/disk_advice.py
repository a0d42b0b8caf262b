"""What to do about an error of the disk, in words that fit it."""

import errno

_ANOTHER = "choose another folder, as in qn.Studio('posters')"
_Advice = tuple[str, str]
_SHORTER: _Advice = ("Move the folder to a shorter path", "choose a folder with a shorter path")
_ACCESS: _Advice = ("Get the right to write there", _ANOTHER)
_ROOM: _Advice = ("Make room on the disk", "")
_QUOTA: _Advice = ("Make room: your share of the disk is used up", "")
_GONE: _Advice = ("Bring the folder back, or connect its disk", _ANOTHER)
_FILES: _Advice = ("Close some notebooks or files: too many are open at once", "")
_IN_USE: _Advice = ("Close the program that has the file open", "")
_FAULT: _Advice = ("Have the disk looked at", _ANOTHER)
_READ_ONLY: _Advice = ("Make its disk writable", _ANOTHER)
_ELSE: _Advice = ("See what keeps it from being written", _ANOTHER)

_ADVICE: dict[str, _Advice] = {
    "EACCES": _ACCESS,
    "EPERM": _ACCESS,
    "EROFS": _READ_ONLY,
    "ENOSPC": _ROOM,
    "EFBIG": _ROOM,
    "EDQUOT": _QUOTA,
    "ENAMETOOLONG": _SHORTER,
    "ENOENT": _GONE,
    "ENOTDIR": _GONE,
    "ENODEV": _GONE,
    "ENXIO": _GONE,
    "ENOTCONN": _GONE,
    "ESTALE": _GONE,
    "ETIMEDOUT": _GONE,
    "EHOSTDOWN": _GONE,
    "EHOSTUNREACH": _GONE,
    "EMFILE": _FILES,
    "ENFILE": _FILES,
    "EBUSY": _IN_USE,
    "ETXTBSY": _IN_USE,
    "EIO": _FAULT,
}
_WINDOWS: dict[int, _Advice] = {32: _IN_USE, 33: _IN_USE, 206: _SHORTER, 1295: _QUOTA}
"""By Windows' own number, where it says more than the one that Python translates it to."""


def advice_for(error: OSError, *, elsewhere: bool) -> str:
    """What a person can do about an error of the disk, as one sentence.

    Parameters
    ----------
    error
        What the system said.
    elsewhere
        Whether another folder would do as well: not for what is on its way into this one.

    Examples
    --------
    >>> advice_for(OSError(errno.ENOSPC, "No space left on device"), elsewhere=True)
    'Make room on the disk.'
    """
    number: int | None = getattr(error, "winerror", None)
    named = _ADVICE.get(errno.errorcode.get(error.errno or 0, ""), _ELSE)
    here, there = _WINDOWS.get(number, named) if number is not None else named
    if not elsewhere or not there:
        return f"{here}."
    if named is _READ_ONLY or here == _SHORTER[0]:
        return f"{there[0].upper()}{there[1:]}."
    return f"{here}, or {there}."
