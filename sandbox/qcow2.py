"""Unpacks disk images in QEMU's format qcow2 without QEMU.

Source: https://www.qemu.org/docs/master/interop/qcow2.html
"""

import struct
import zlib
from typing import BinaryIO

_MAGIC = b"QFI\xfb"
_OFFSET = (1 << 56) - (1 << 9)
"""Bits 9 to 55 of a table entry: an offset in the file."""
_COMPRESSED = 1 << 62
_ZEROES = 1
_SECTOR = 512


def raw_image(data: bytes, disk: BinaryIO) -> None:
    """Write the disk of the image `data`; unallocated parts become holes.

    Raises:
        ValueError: it is not a qcow2 image, or it is encrypted or based on another image.
    """
    magic, version, backing, _, bits, size, crypt, l1_size, l1_offset = struct.unpack_from(
        ">4sIQIIQIIQ", data
    )
    if magic != _MAGIC or version not in {2, 3} or backing or crypt:
        raise ValueError("not an image of its own in the format qcow2")
    cluster = 1 << bits
    entries = cluster // 8
    for first, table in enumerate(struct.unpack_from(f">{l1_size}Q", data, l1_offset)):
        if not table & _OFFSET:
            continue
        for second, entry in enumerate(struct.unpack_from(f">{entries}Q", data, table & _OFFSET)):
            if entry and not (entry & _ZEROES and not entry & _COMPRESSED):
                disk.seek((first * entries + second) * cluster)
                disk.write(_cluster(data, entry, bits))
    disk.truncate(size)


def _cluster(data: bytes, entry: int, bits: int) -> bytes:
    if not entry & _COMPRESSED:
        offset = entry & _OFFSET
        return data[offset : offset + (1 << bits)]
    width = 62 - (bits - 8)
    offset = entry & ((1 << width) - 1)
    sectors = (entry & (_COMPRESSED - 1)) >> width
    end = (offset // _SECTOR + sectors + 1) * _SECTOR
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[offset:end], 1 << bits)
