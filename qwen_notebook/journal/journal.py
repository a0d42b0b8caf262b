"""The journal of a folder: every move of every job, on disk before it matters.

One append-only file of JSON lines per writer (``ledger/<writer>.jsonl``), a writer being one open studio. Nobody
ever writes into another's file, so there are no locks, and folders can be merged by copying. Each line is
``{v, kind, writer, seq, at, …}``; a ``job`` or ``resolve`` line has the job's id, its state, its attempt and the
fields that changed, and a ``mark`` line what a person says of its picture. Other kinds are left to newer versions.

What several writers say of one job is merged by how far each says it has come (attempt, then rank of state), not by
clocks, nor by the order in which files are read. A line counts as a whole or not at all (`line_schema`). What cannot
be read is passed over and counted in `Journal.damaged`; it never loses the rest.

Who writes is what a line says, and not the name of its file: a file that was renamed, or of which there are two copies,
tells the same as before. Only for this very writer nobody else speaks.

Before a POST leaves, room for its answer is reserved on disk: a line of blanks, into which the task id is later
written. So a disk that fills up in between cannot lose a paid task.
"""

import errno
import os
import threading
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import chain, islice
from pathlib import Path
from time import monotonic, time
from typing import Any, BinaryIO

from qwen_notebook.files import make_folder, write_whole
from qwen_notebook.journal.annotations import CLOCKS_DIFFER, Annotations
from qwen_notebook.journal.compaction import compacted
from qwen_notebook.journal.index import JournalIndex, without_collecting
from qwen_notebook.journal.index_entry import IndexEntry
from qwen_notebook.journal.line_reader import LineReader, line_or_none, merged
from qwen_notebook.journal.line_schema import ALL_OF_LINES, JobLines, read_line
from qwen_notebook.journal.lines import json_line
from qwen_notebook.journal.records import JobRecord, changed_fields, record_from
from qwen_notebook.journal.states import State
from qwen_notebook.journal.writer_file import WriterFile
from qwen_notebook.journal.writers import is_alive, new_writer

VERSION = 1
RESERVED_BYTES = 1024
_READ_BYTES = 1 << 16
_TICK_SECONDS = 4.0
_NEW_FILES_IN_A_ROW = 2
_MOST_IN_A_PART = 256


class Journal:
    """The journal of one folder, with one writer.

    Parameters
    ----------
    folder
        The studio's folder; the journal is its ``ledger`` directory, made at the first line.

    Attributes
    ----------
    entries
        What is known of all jobs.
    marks
        What people said of the pictures.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ledger"
        self.writer = new_writer()
        self.annotations = Annotations()
        self._lock = threading.RLock()
        self.index = JournalIndex(self._lock, self.annotations.deleted)
        self._files: dict[str, int] = {}
        self._file_names: list[str] = []
        self._read_to: dict[str, int] = {}
        self._blanks: dict[str, set[tuple[int, int]]] = {}
        self._unreadable: dict[str, set[int]] = {}
        self._unmade: set[str] = set()
        self._proven: set[str] = set()
        self._inodes: dict[str, int] = {}
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._changed_at: dict[str, float] = {}
        self._ended: set[str] = set()
        self._mine: WriterFile | None = None
        self._before: list[WriterFile] = []
        self._lost_in_a_row = 0
        self._seq = 0
        self._slots: dict[str, int] = {}
        self._known: dict[str, JobRecord] = {}
        self._lost: set[str] = set()

    # Reading

    def refresh(self) -> Set[str]:
        """Read what is new on disk.

        Returns
        -------
        set of str
            The ids of the jobs that other writers moved.
        """
        with self._lock:
            return self._read(self._changed_files())

    def _changed_files(self) -> list[Path]:
        """Files of other writers that are new, or not as they were when last read."""
        own = {file.name for file in (self._mine, *self._before) if file is not None}
        changed: list[Path] = []
        with suppress(OSError), os.scandir(self.folder) as files:
            for file in files:
                if not file.name.endswith(".jsonl") or file.name in own:
                    continue
                with suppress(OSError):
                    status = file.stat()
                    seen = (status.st_ino, status.st_size, status.st_mtime_ns)
                    if self._seen.get(file.name) != seen:
                        self._seen[file.name] = seen
                        self._changed_at[file.name] = monotonic()
                    elif not self._is_fresh(file.name, status.st_mtime):
                        continue
                    changed.append(Path(file.path))
        return sorted(changed)

    def _is_fresh(self, name: str, modified: float) -> bool:
        """Whether an answer may just have been written into room that was reserved for it.

        Such a line changes neither size nor, within one tick of the file system's clock, the time of the change.
        """
        return bool(self._blanks.get(name)) and abs(time() - modified) < _TICK_SECONDS

    def _read(self, paths: Iterable[Path]) -> Set[str]:
        """Read what is new in these files; the ids of the jobs that it tells of."""
        touched: dict[str, None] = {}
        with without_collecting():
            for path in paths:
                self._read_file(path, touched)
            self.index.settle(touched)
        return touched.keys()

    def _read_file(self, path: Path, touched: dict[str, None]) -> None:
        name = path.name
        with suppress(OSError), path.open("rb", buffering=_READ_BYTES) as file:
            status = os.fstat(file.fileno())
            if self._inodes.setdefault(name, status.st_ino) != status.st_ino:
                self._forget(name, status.st_ino)  # its writer has compacted it
            for offset, length in sorted(self._blanks.get(name, ())):
                file.seek(offset)
                if self._take(name, offset, file.read(length), touched):
                    self._blanks[name].discard((offset, length))
                    self._unreadable.get(name, set[int]()).discard(offset)
            offset = self._read_to.get(name, 0)
            if status.st_size <= offset:
                return
            whole = _end_of_last_line(file, offset, status.st_size)
            file.seek(offset)
            number, take, read_job = self._number(name), self.index.take, ALL_OF_LINES.one
            other_me = self.writer if name != f"{self.writer}.jsonl" else None
            for line in file:
                # Most lines tell of jobs, and there may be half a million: those take the short way.
                if offset >= whole:
                    break  # still being written, or torn: read again next time
                event = read_job(line)
                if event is not None and event["writer"] != other_me:
                    take(event, number, offset, len(line), touched)
                else:
                    self._take(name, offset, line, touched)
                offset += len(line)
            self._read_to[name] = offset

    def _take(self, name: str, offset: int, line: bytes, touched: dict[str, None]) -> bool:
        """Take in a line; whether it was one."""
        if line.isspace():
            if len(line) > 1:
                self._blanks.setdefault(name, set()).add((offset, len(line)))
            return False
        try:
            event = read_line(line)
            if event is None or (event["writer"] == self.writer and name != f"{self.writer}.jsonl"):
                return True
            if "state" in event:
                self.index.take(event, self._number(name), offset, len(line), touched)
            elif event["at"] > time() + CLOCKS_DIFFER:
                raise ValueError("The mark is from the future.")
            else:
                self._annotate(event)
        except ValueError:
            self._unreadable.setdefault(name, set()).add(offset)
            if (
                len(line) == RESERVED_BYTES
            ):  # perhaps an answer that is being written just now: it is read again
                self._blanks.setdefault(name, set()).add((offset, len(line)))
            return False
        return True

    def _annotate(self, event: dict[str, Any]) -> None:
        self.annotations.take(event)
        self.index.relist(event["job"])

    def _number(self, name: str) -> int:
        number = self._files.setdefault(name, len(self._files))
        if number == len(self._file_names):
            self._file_names.append(name)
        return number

    def _forget(self, name: str, inode: int) -> None:
        """Let go of what a file said, before it is read anew."""
        if (number := self._files.get(name)) is not None:
            self.index.forget(number)
        self._read_to.pop(name, None)
        self._blanks.pop(name, None)
        self._unreadable.pop(name, None)
        self._inodes[name] = inode

    @property
    def damaged(self) -> int:
        """How many lines could not be read, and jobs could not be made of those that could."""
        unmade = len(self._unmade) + self.index.without_beginning
        return sum(map(len, self._unreadable.values())) + unmade

    def records(self, job_ids: Iterable[str]) -> Iterator[JobRecord]:
        """All that the journal says of many jobs, passing over those that it makes none of."""
        for facts in self.facts(job_ids):
            try:
                record = record_from(facts)
            except Exception:
                record = self.record(facts["id"])
            if record is not None:
                yield record

    def facts(self, job_ids: Iterable[str]) -> Iterator[dict[str, Any]]:
        """What the records of many jobs are made of, as `record_from` takes it; see `facts_in_parts`."""
        return chain.from_iterable(self.facts_in_parts(job_ids))

    def facts_in_parts(
        self, job_ids: Iterable[str], job_lines: JobLines = ALL_OF_LINES
    ) -> Iterator[list[dict[str, Any]]]:
        """What the records of many jobs are made of, as `record_from` takes it, in the order of the ids.

        Lines are read in the order in which they stand on disk, a few hundred jobs at a time after a few: for those who
        soon have enough. The lock is held for one part at a time only.

        Parameters
        ----------
        job_ids
            Whose.
        job_lines
            What reads their lines: all that these say, or only what is wanted of it.
        """
        with LineReader(self._open, job_lines) as reader:
            for some in _parts(job_ids):
                with self._lock, without_collecting():
                    part = self._facts_of(some, reader)
                yield part

    def _facts_of(self, job_ids: Sequence[str], reader: LineReader) -> list[dict[str, Any]]:
        entries = self.index.entries
        places = [(entries[job_id].where, job_id) for job_id in job_ids if job_id in entries]
        found: dict[str, dict[str, Any]] = {}
        jobs = [(job_id, entries[job_id]) for _, job_id in sorted(places)]
        for job_id, entry, lines in reader.lines_of_many(jobs):
            if lines and entry.service:
                facts = merged(job_id, entry, lines)
                if "request" in facts and entry.is_at(facts.get("attempt", 0), facts["state"]):
                    if self._unmade:
                        self._note_made(job_id)
                    found[job_id] = facts
                    continue
            if (record := self.record(job_id)) is not None:
                found[job_id] = changed_fields(None, record) | {"state": record.state}
        return [found[job_id] for job_id in job_ids if job_id in found]

    def record(self, job_id: str) -> JobRecord | None:
        """All that the journal says of a job; None where that makes no job."""
        with self._lock:
            entry = self.index.get(job_id)
            if entry is None or not entry.service:
                return None
            lines = self._lines(job_id, entry)
            if len(lines) < entry.line_count:  # a writer has compacted its file since it was read
                self.refresh()
                lines = self._lines(job_id, entry)
            try:
                record = record_from(merged(job_id, entry, lines))
            except Exception:
                record = None
            if record is None or not entry.is_at(record.attempt, record.state):
                # Lines are gone from the disk that were there: what is left would make it less than it is. What was
                # written here is still known, and must not be bought a second time.
                written = self._known.get(job_id)
                if written is not None and entry.is_at(written.attempt, written.state):
                    return written
                if record is not None or not lines or len(lines) < entry.line_count:
                    self._lost.add(job_id)
                self._unmade.add(job_id)
                return None
            self._note_made(job_id)
            return record

    def _note_made(self, job_id: str) -> None:
        self._unmade.discard(job_id)
        self._lost.discard(job_id)

    def is_lost(self, job_id: str) -> bool:
        """Whether a job that was read before could not be made when last looked up, as lines of it were gone."""
        return job_id in self._lost

    def asks_for(self, job_id: str, key: str) -> bool:
        """Whether a job that was found by the key of a request was really asked for with it.

        The key in a journal may be anything. A job whose own request has another stays a job and a picture, and its
        credits count; only it is found by no request any more, so that nobody gets it in place of what he asked for.
        """
        with self._lock:
            if job_id in self._proven:
                return True
            record = self.record(job_id)
            if record is None:
                return False
            if record.request.key != key:
                self.index.disown(job_id)
                return False
            self._proven.add(job_id)
            return True

    def _lines(self, job_id: str, entry: IndexEntry) -> list[dict[str, Any]]:
        with LineReader(self._open) as reader:
            return reader.lines(job_id, entry)

    def _open(self, number: int) -> AbstractContextManager[BinaryIO]:
        name = self._file_names[number]
        for file in (self._mine, *self._before):
            if file is not None and file.name == name:
                return nullcontext(file.handle)  # it is ours, wherever the folder has got to
        return (self.folder / name).open("rb")

    # Writing

    def write(
        self, record: JobRecord, *, kind: str = "job", reserve: bool = False, sync: bool = True
    ) -> None:
        """Put a job's move on disk.

        Parameters
        ----------
        record
            The job after the move.
        kind
            ``resolve`` for a person's word, else ``job``.
        reserve
            Reserve room for the answer: before a POST. The next line of this job is written into it.
        sync
            Whether to wait until the disk has it.

        Raises
        ------
        OSError
            If there is no room, or no right. Then nothing counts as written.
        """
        with self._lock:
            changes = self._changes(record)
            file = self._current(for_post=reserve)
            self._write(file, record, changes, kind, reserve=reserve)
            if sync:
                file.sync()

    def _changes(self, record: JobRecord) -> dict[str, Any]:
        """What a line has to say so that a job reads as in this record."""
        known, entry = self._known.get(record.id), self.index.get(record.id)
        if known is None:
            return changed_fields(self.record(record.id), record)
        changes = changed_fields(known, record)
        if entry is not None and entry.words is not None:
            # Where others moved it too, it reads differently from what was written here last; and with this writer
            # ahead, what it wrote earlier counts again.
            changes |= changed_fields(self.record(record.id), record)
        return changes

    def _write(
        self, file: WriterFile, record: JobRecord, changes: dict[str, Any], kind: str, *, reserve: bool
    ) -> None:
        if "created" in changes:
            changes["key"] = record.request.key
        event = (
            self._head(kind) | changes | {"job": record.id, "state": record.state, "attempt": record.attempt}
        )
        line = json_line(event)
        slot = self._slots.get(record.id)
        if slot is not None and len(line) <= RESERVED_BYTES:
            offset = slot
            line = line[:-1].ljust(RESERVED_BYTES - 1) + b"\n"
            file.overwrite(offset, line)
        else:
            offset = file.append(line + (b" " * (RESERVED_BYTES - 1) + b"\n" if reserve else b""))
        self._slots.pop(record.id, None)
        if reserve:
            self._slots[record.id] = offset + len(line)
        self.index.take(event, self._number(file.name), offset, len(line), {})
        self.index.settle((record.id,))
        self._known[record.id] = record

    def write_annotation(self, job_id: str, **words: object) -> None:
        """Put on disk what a person says of a job's picture, by the fields of `Annotation`.

        Raises
        ------
        OSError
            If there is no room, or no right. Then nothing counts as said.
        """
        with self._lock:
            file = self._current()
            head = self._head("mark")
            event = head | {"job": job_id, "at": self.annotations.date(job_id, words, head["at"])} | words
            file.append(json_line(event))
            file.sync()
            self._annotate(event)

    def _head(self, kind: str) -> dict[str, Any]:
        self._seq += 1
        return {"v": VERSION, "kind": kind, "writer": self.writer, "seq": self._seq, "at": round(time(), 3)}

    # The file that is written to

    def _current(self, *, for_post: bool = False) -> WriterFile:
        """The file of this writer, which is still the one at its path; else a new one that tells all that is known.

        Raises
        ------
        OSError
            If none can be made, or before a POST if it was lost again and again.
        """
        if self._mine is None:
            self._mine = self._new_file()
        elif self._mine.is_current:
            if for_post:
                self._lost_in_a_row = 0
        else:
            if for_post and self._lost_in_a_row >= _NEW_FILES_IN_A_ROW:
                raise OSError(errno.ESTALE, "the file is moved or replaced again and again")
            self._lost_in_a_row += 1
            self._begin_anew(self._mine)
        return self._mine

    def _new_file(self) -> WriterFile:
        make_folder(self.folder)
        if self.writer in self._ended:
            self.writer = new_writer()  # a writer that has ended writes no more
        return WriterFile(self.folder, self.writer, self._head("writer"))

    def _begin_anew(self, lost: WriterFile) -> None:
        """Write into a new file what the lost one told, as a new writer; the old one's lock is kept to the end."""
        number = self._number(lost.name)
        own = self.index.ids_in(number)
        known = [record for job_id in own if (record := self._known.get(job_id) or self.record(job_id))]
        annotations = [
            event for line in lost.content().splitlines() if (event := _annotation_in(line)) is not None
        ]
        self.writer = new_writer()
        self._mine = self._new_file()
        self._before.append(lost)
        self._slots.clear()
        self.index.forget(number)
        for record in known:
            self._write(
                self._mine, record, changed_fields(None, record), "job", reserve=record.state is State.SENDING
            )
        for event in annotations:
            self._mine.append(json_line(event | self._head("mark") | {"at": event["at"]}))
        self._mine.sync()

    def close(self) -> None:
        """Stop writing, and compact this writer's file to one line a job where that saves anything."""
        with self._lock:
            if self._mine is not None and not self._mine.is_current and self.folder.parent.is_dir():
                with suppress(OSError):  # what was cut off, or deleted, is told once more
                    self._begin_anew(self._mine)
            for file in (*self._before, self._mine):
                if file is None:
                    continue
                stays = file.is_current
                file.close(self._head("closed") | {"writer": file.writer})
                if stays:
                    with suppress(OSError):  # without room the file stays as it is, which is as good
                        self._compact(file)
            self._before, self._mine = [], None
            self._ended.add(self.writer)
            self._slots.clear()

    def after_fork(self) -> None:
        """Let go of the files in a forked child: they are its parent's."""
        for file in (*self._before, self._mine):
            if file is not None:
                file.drop()

    def _compact(self, file: WriterFile) -> None:
        path = file.path
        content = compacted(path.read_bytes(), file.writer)
        if content is not None:
            write_whole(path, content)
        self._forget(path.name, path.stat().st_ino)
        self._read([path])

    # Who else writes

    def is_alive(self, writer: str) -> bool | None:
        """Whether a writer is still at work; None where neither is proved."""
        if writer in self._ended:
            return False
        return is_alive(self.folder / f"{writer}.jsonl")

    def silence(self, writer: str) -> float:
        """Seconds since another writer's file was last seen to change."""
        return monotonic() - self._changed_at.get(f"{writer}.jsonl", 0.0)

    def is_mine(self, writer: str) -> bool:
        """Whether this is, or was until its file was lost, the writer here."""
        mine = writer == self.writer or any(file.writer == writer for file in self._before)
        return mine and writer not in self._ended


def _parts(job_ids: Iterable[str]) -> Iterator[list[str]]:
    """Ids in parts, each larger than the one before."""
    ids, size = iter(job_ids), 1
    while part := list(islice(ids, size)):
        yield part
        size = min(4 * size, _MOST_IN_A_PART)


def _end_of_last_line(file: BinaryIO, begin: int, end: int) -> int:
    """Where the last whole line between two offsets ends."""
    while begin < end:
        start = max(begin, end - _READ_BYTES)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return begin


def _annotation_in(line: bytes) -> dict[str, Any] | None:
    event = line_or_none(line)
    return event if event is not None and "state" not in event else None
