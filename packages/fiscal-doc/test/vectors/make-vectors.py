"""Makes ffd.json with nothing but struct, cp866 and bit arithmetic of Python: python3 make-vectors.py > ffd.json"""

import calendar
import json
import struct


def tlv(tag, value):
    return struct.pack("<HH", tag, len(value)) + value


def text(value):
    return value.encode("cp866")


def vln(number):
    return number.to_bytes(8, "little").rstrip(b"\0") or b"\0"


def fvln(units, scale):
    return bytes([scale]) + vln(units)


def u8(number):
    return struct.pack("<B", number)


def u32(number):
    return struct.pack("<I", number)


def unixtime(*wall):
    return u32(calendar.timegm(wall))


def crc_ccitt_false(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021) & 0xFFFF if crc & 0x8000 else (crc << 1) & 0xFFFF
    return crc


cane = (
    tlv(1030, text("Трость опорная"))
    + tlv(1079, vln(150000))
    + tlv(1023, fvln(1, 0))
    + tlv(2108, u8(0))
    + tlv(1043, vln(150000))
    + tlv(1199, u8(2))
    + tlv(1200, vln(13636))
    + tlv(1212, u8(1))
    + tlv(1214, u8(4))
)
bag = (
    tlv(1030, text("Пакет № 5"))
    + tlv(1079, vln(1099))
    + tlv(1023, fvln(2000, 3))
    + tlv(2108, u8(0))
    + tlv(1043, vln(2198))
    + tlv(1199, u8(11))
    + tlv(1200, vln(396))
    + tlv(1212, u8(1))
    + tlv(1214, u8(4))
)
receipt = tlv(
    3,
    tlv(1041, b"9999078900001234")
    + tlv(1037, b"0000000001045782    ")
    + tlv(1018, b"7700000009  ")
    + tlv(1040, u32(12))
    + tlv(1012, unixtime(2026, 11, 22, 14, 5, 0))
    + tlv(1077, bytes.fromhex("3104bbf7d10f"))
    + tlv(1038, u32(1))
    + tlv(1042, u32(3))
    + tlv(1054, u8(1))
    + tlv(1020, vln(152198))
    + tlv(1059, cane)
    + tlv(1059, bag)
    + tlv(1031, vln(0))
    + tlv(1081, vln(152198))
    + tlv(1215, vln(0))
    + tlv(1216, vln(0))
    + tlv(1217, vln(0))
    + tlv(1021, text("Иванова А. А."))
    + tlv(1055, u8(1))
    + tlv(1009, text("101000, г. Москва, ул. Мясницкая, д. 1"))
    + tlv(1187, text("Ортосалон"))
    + tlv(1209, u8(4))
    + tlv(1103, vln(13636))
    + tlv(1115, tlv(1119, tlv(1199, u8(11)) + tlv(1120, vln(396)))),
)
shift = tlv(2, tlv(1041, b"9999078900001234") + tlv(1038, u32(7)) + tlv(1209, u8(4)))
confirmation = tlv(
    7,
    tlv(1017, b"7704358518  ")
    + tlv(1041, b"9999078900001234")
    + tlv(1040, u32(12))
    + tlv(1012, unixtime(2026, 11, 22, 14, 5, 30))
    + tlv(1206, u8(0x42))
    + tlv(1078, bytes(range(8))),
)
registration = "0000000001" + "7700000009".rjust(12, "0") + "00012345678901".rjust(20, "0")

print(
    json.dumps(
        {
            "receipt": receipt.hex(),
            "openShift": shift.hex(),
            "operatorAck": confirmation.hex(),
            "registrationCheck": str(crc_ccitt_false(registration.encode())).zfill(6),
        },
        indent=2,
    )
)
