#!/usr/bin/env python3
"""Writes a synthetic download agent archive for tests: make_da.py [--small] FILE [HW_CODE...].

With --small an agent has some hundred bytes in place of the size that MediaTek's have.

Real agents are MediaTek's and are not part of this project. A phone in software takes any content, so
only the container has to be right. It is written here from the format's description alone, and by none
of mtkrig's code, so that reader and writer cannot share a misreading.
"""

import struct
import sys

ENTRY_SIZE = 0xDC
SIGNATURE = 0x100
HEADER_REGION = 0x270

# hw_code: (hw_ver, sw_ver, entry region, (stage 1 length, address), (stage 2 length, address, signed)),
# as archives of 2014 and 2015 have them.
AGENTS = {
    0x6572: (0xCA00, 0x0000, 0, (0xE9D4, 0x2007000), (0x27130, 0x80000000, True)),
    0x6573: (0xCA10, 0xCA01, 1, (0x1618C, 0x90005000), (0x1650, 0xF1000000, False)),
    0x6575: (0xCB00, 0xE201, 1, (0x21760, 0xC2000000), (0x17D8, 0xC2038000, False)),
    0x6577: (0xCA00, 0xE100, 1, (0x21760, 0xC2000000), (0x17D8, 0xC2038000, False)),
    0x6580: (0xCA00, 0x0000, 0, (0xC8C0, 0x200000), (0x2BCA8, 0x80000000, True)),
    0x6582: (0xCA00, 0x0000, 0, (0xCBE4, 0x200000), (0x27EEC, 0x80000000, True)),
    0x6583: (0xCA00, 0x0000, 1, (0x22384, 0x12000000), (0x38C0, 0x82038000, False)),
    0x6592: (0xCA00, 0x0000, 0, (0x12468, 0x110000), (0x29CA4, 0x80000000, True)),
    0x6595: (0xCA00, 0x0000, 0, (0x1A308, 0x110000), (0x38AF8, 0x40000000, True)),
    0x6735: (0xCA00, 0x0000, 0, (0x11AC0, 0x200000), (0x2FC90, 0x40000000, True)),
    0x6752: (0xCA00, 0x0000, 0, (0x15A30, 0x110000), (0x36A70, 0x40000000, True)),
    0x8127: (0xCA00, 0x0000, 0, (0xE020, 0x200000), (0x2DF08, 0x80000000, True)),
}


def content(length, seed):
    """Bytes that repeat at no convenient distance."""
    return bytes((seed + i * 167 + (i >> 8) * 31) & 0xFF for i in range(length))


def shrunk(stage, length):
    """A stage of another length, at the same address, which may be signed."""
    return (length, *stage[1:])


def archive(hw_codes, small):
    header = b"MTK_DOWNLOAD_AGENT".ljust(0x20, b"\0")
    header += b"MTK_AllInOne_DA_v3.3001.2000.01.01_00:00_1".ljust(0x40, b"\0")
    header += struct.pack("<III", 4, 0x22668899, len(hw_codes))
    offset = len(header) + ENTRY_SIZE * len(hw_codes)
    entries, data = b"", b""
    for hw_code in hw_codes:
        hw_ver, sw_ver, first, stage1, stage2 = AGENTS[hw_code]
        if small:
            # Stage 2 takes two packets, the second of which is not full.
            stage1, stage2 = shrunk(stage1, 0x340), shrunk(stage2, 0x1000 + 0x150)
        regions = [
            (HEADER_REGION, 0, 0),
            (stage1[0], stage1[1], SIGNATURE),
            (stage2[0], stage2[1], SIGNATURE if stage2[2] else 0),
        ]
        entry = struct.pack("<9H", 0xDADA, hw_code, 0x8A00, hw_ver, sw_ver, 0, 0, 0, first)
        entry += struct.pack("<H", len(regions))
        for length, address, signature in regions:
            entry += struct.pack("<5I", offset, length, address, length - signature, signature)
            data += content(length, hw_code + address)
            offset += length
        entries += entry.ljust(ENTRY_SIZE, b"\0")
    return header + entries + data


def main():
    arguments = sys.argv[1:]
    small = arguments[:1] == ["--small"]
    if small:
        arguments = arguments[1:]
    if not arguments:
        sys.exit(__doc__)
    hw_codes = [int(text, 16) for text in arguments[1:]] or sorted(AGENTS)
    with open(arguments[0], "wb") as file:
        file.write(archive(hw_codes, small))


if __name__ == "__main__":
    main()
