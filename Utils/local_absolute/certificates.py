"""Certificates of Sanitization: one page of text as a PDF (ISO 32000-1), written by hand: a page needs five objects."""

from __future__ import annotations

import textwrap

from .device_actions import DeviceAction
from .times import format_utc

_METHODS = {"wipe": "Cryptographic wipe", "file-delete": "File delete"}
_LINE_WIDTH = 80


def certificate_of_sanitization(action: DeviceAction) -> bytes:
    """The certificate of an action that has one: which device was sanitised, how and when."""
    device = action.device
    method = action.request.order.members.get("wipeType", "erasure of the encryption keys")
    return pdf(
        "Certificate of Sanitization",
        [
            f"Certificate: {action.certificate_uid}",
            f"Request: {action.request.id} by {action.request.requester}",
            f"Device name: {device.get('deviceName', '')}",
            f"Serial number: {device.get('serialNumber', '')}",
            f"Identifier: {device['esn']}",
            f"Manufacturer and model: {device.get('systemManufacturer', '')} {device.get('systemModel', '')}",
            f"Method: {_METHODS[action.kind.name]}, {method}",
            f"Completed: {format_utc(action.updated)}",
        ],
    )


def pdf(title: str, lines: list[str]) -> bytes:
    """A PDF of one A4 page. Characters outside Windows-1252, which its font does not have, become question marks."""
    wrapped = [part for line in lines for part in textwrap.wrap(line, _LINE_WIDTH)]
    text = b"BT /F1 20 Tf 72 760 Td 18 TL " + _shown(title) + b" /F1 11 Tf T* T* "
    text += b" T* ".join(_shown(line) for line in wrapped) + b" ET"
    return _document(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
    )


def _shown(text: str) -> bytes:
    """The operator that shows a text: a literal string whose brackets and backslashes are escaped."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return b"(%s) Tj" % escaped.encode("cp1252", "replace")


def _document(objects: list[bytes]) -> bytes:
    """Header, objects, cross-reference table and trailer."""
    document = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(document))
    return document + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + trailer
