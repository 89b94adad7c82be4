"""A machine's inventory as its BMC keeps it: bytes by the IPMI FRU specification v1.0. Pure: values in, bytes out."""

_VERSION = 1
_UNIT = 8  # lengths and offsets count eights of bytes
_RACK_MOUNT_CHASSIS, _ENGLISH = 0x17, 0x19
_TEXT, _LONGEST, _END = 0xC0, 63, 0xC1


def inventory(manufacturer: str, product: str, serial: str, asset: str) -> bytes:
    """A common header, the chassis area and the product area, both with the serial; an empty text is an empty field."""
    chassis = _area(bytes([_RACK_MOUNT_CHASSIS]), "", serial)
    product_area = _area(bytes([_ENGLISH]), manufacturer, product, "", "", serial, asset, "")
    offsets = [0, _UNIT // _UNIT, 0, (_UNIT + len(chassis)) // _UNIT, 0]
    return _sealed(bytes([_VERSION, *offsets, 0])) + chassis + product_area


def _area(kind: bytes, *texts: str) -> bytes:
    fields = kind + b"".join(_field(text) for text in texts) + bytes([_END])
    length = -(-(2 + len(fields) + 1) // _UNIT) * _UNIT
    return _sealed((bytes([_VERSION, length // _UNIT]) + fields).ljust(length - 1, b"\0"))


def _field(text: str) -> bytes:
    data = text.encode("latin-1", "replace")[:_LONGEST]
    if len(data) == 1:
        data += b" "  # a length of one would be read as the end of the fields
    return bytes([_TEXT | len(data)]) + data


def _sealed(data: bytes) -> bytes:
    """With the last byte that makes the sum of all zero."""
    return data + bytes([-sum(data) & 0xFF])
