"""Where a picture came from, written into its file around the pixels, which stay as they were received.

PNG takes iTXt chunks (XMP, the request as JSON, and ``parameters``, which other galleries read); JPEG takes XMP in
APP1 and the JSON in a comment. A file that carries C2PA content credentials is left untouched, as any change breaks
their seal; it gets an XMP sidecar.

Sources: PNG 3rd edition 11.3.3; XMP part 3; IPTC Photo Metadata Standard 2025.1 and its Digital Source Type vocabulary.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from qwen_notebook.imaging import jpeg, png
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.reapi.models import find_model
from qwen_notebook.reapi.urls import without_query
from qwen_notebook.studio.providers.choice import provider_named

PNG_SIGNATURE, JPEG_SIGNATURE = png.SIGNATURE, jpeg.SIGNATURE
_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_MAX_SEGMENT = 65_533
_AFTER_PNG_HEADER = len(PNG_SIGNATURE) + 25
"""Behind the signature and IHDR, which has to come first."""

Part = bytes | memoryview


def facts_of(record: JobRecord) -> dict[str, Any]:
    """The provenance of a job's picture as plain data. No key, no signature, no path, no person."""
    fields = {k: v for k, v in record.request.to_fields().items() if v is not None}
    if record.request.image_url is not None:
        fields["image_url"] = without_query(record.request.image_url)
    return {
        "model": record.request.model,
        "service": record.service,
        "request": fields,
        "task_id": record.task_id,
        "sha256": record.sha256,
        "made": datetime.fromtimestamp(record.sent or record.created, UTC).isoformat(timespec="seconds"),
    }


def with_provenance(content: bytes, record: JobRecord) -> tuple[bytes, bytes | None]:
    """Put the provenance into a file.

    Parameters
    ----------
    content
        A PNG or JPEG file as received.
    record
        The job that made it.

    Returns
    -------
    content : bytes
        The file to save.
    sidecar : bytes or None
        An XMP document to save beside it, where the file itself has to stay untouched.
    """
    parts, sidecar = parts_with_provenance(content, record)
    return b"".join(parts), sidecar


def parts_with_provenance(content: bytes, record: JobRecord) -> tuple[tuple[Part, ...], bytes | None]:
    """Do as `with_provenance` does, without a copy of the pixels: give the file in parts, one after the other."""
    facts = facts_of(record)
    is_png, is_jpeg = content.startswith(PNG_SIGNATURE), content.startswith(JPEG_SIGNATURE)
    if is_png and not any(c.name == png.CREDENTIALS for c in png.chunks(content)):
        return _put_in(content, _AFTER_PNG_HEADER, _png_marks(record, facts)), None
    if is_jpeg and not any(s.marker == jpeg.APP11 for s in jpeg.segments(content)):
        return _put_in(content, _after_jpeg_header(content), _jpeg_marks(record, facts)), None
    return (content,), _xmp(record, facts)


def _put_in(content: bytes, at: int, marks: bytes) -> tuple[Part, ...]:
    view = memoryview(content)
    return view[:at], marks, view[at:]


def sha256_as_received(content: bytes) -> str:
    """The hash of a saved file before its provenance was put in, as the provenance has it; else that of the file."""
    text = b"{}"
    if content.startswith(PNG_SIGNATURE):
        head = b"qwen_notebook\0\0\0\0\0"
        ours = (bytes(c.data) for c in png.chunks(content) if c.name == b"iTXt")
        text = next((d[len(head) :] for d in ours if d.startswith(head)), text)
    elif content.startswith(JPEG_SIGNATURE):
        head = b'{"qwen_notebook": '
        ours = (d for m, d in jpeg_segments(content) if m == jpeg.COMMENT and d.startswith(head))
        text = next((d[len(head) : -1] for d in ours), text)
    with suppress(ValueError, AttributeError):
        noted = json.loads(text).get("sha256")
        if isinstance(noted, str):
            return noted
    return hashlib.sha256(content).hexdigest()


def png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and data of each chunk of a PNG file, as far as it is whole."""
    return ((chunk.name, bytes(chunk.data)) for chunk in png.chunks(content))


def jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and data of each segment of a JPEG file before its first scan."""
    return ((s.marker, s.data) for s in jpeg.segments(content) if s.marker != jpeg.SCAN)


def _png_marks(record: JobRecord, facts: dict[str, Any]) -> bytes:
    texts = (
        ("XML:com.adobe.xmp", _xmp(record, facts)),
        ("qwen_notebook", json.dumps(facts, ensure_ascii=False).encode()),
        ("parameters", _parameters(record).encode()),
    )
    return b"".join(_itxt(name, text) for name, text in texts)


def _itxt(keyword: str, text: bytes) -> bytes:
    return png.chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text)


def _jpeg_marks(record: JobRecord, facts: dict[str, Any]) -> bytes:
    segments = (
        _segment(jpeg.APP1, b"http://ns.adobe.com/xap/1.0/\0" + _xmp(record, facts)),
        _segment(jpeg.COMMENT, json.dumps({"qwen_notebook": facts}, ensure_ascii=False).encode()),
    )
    return b"".join(segments)


def _after_jpeg_header(content: bytes) -> int:
    has_jfif = content[2:4] == b"\xff\xe0"  # which wants to stay first
    return 4 + int.from_bytes(content[4:6], "big") if has_jfif else 2


def _segment(marker: int, data: bytes) -> bytes:
    if len(data) > _MAX_SEGMENT:
        return b""
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


def _parameters(record: JobRecord) -> str:
    width, height = record.width or 0, record.height or 0
    return (
        f"{record.request.prompt}\nSeed: {record.seed}, Size: {width}x{height}, Model: {record.request.model}"
    )


def _xmp(record: JobRecord, facts: dict[str, Any]) -> bytes:
    provider, model = provider_named(record.service), record.request.model
    if provider.previews:
        system, kind = "qwen-notebook offline preview", "algorithmicMedia"
    else:
        spec = find_model(model)
        system = escape(f"{model if spec is None else spec.label} on {provider.label}")
        kind = "compositeWithTrainedAlgorithmicMedia" if record.request.is_edit else "trainedAlgorithmicMedia"
    prompt = escape(_xml_text(record.request.prompt))
    request = escape(_xml_text(json.dumps(facts, ensure_ascii=False)))
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:qwen="https://pypi.org/project/qwen-notebook/ns/1.0/">
<Iptc4xmpExt:DigitalSourceType>{_SOURCE_TYPE}{kind}</Iptc4xmpExt:DigitalSourceType>
<Iptc4xmpExt:AIPromptInformation>{prompt}</Iptc4xmpExt:AIPromptInformation>
<Iptc4xmpExt:AISystemUsed>{system}</Iptc4xmpExt:AISystemUsed>
<Iptc4xmpExt:AISystemVersionUsed>{model}</Iptc4xmpExt:AISystemVersionUsed>
<xmp:CreatorTool>qwen-notebook</xmp:CreatorTool>
<xmp:CreateDate>{facts["made"]}</xmp:CreateDate>
<qwen:Request>{request}</qwen:Request>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def _xml_text(text: str) -> str:
    # XML 1.0 has no way to write most control characters.
    return "".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else " " for c in text)
