"""Makes core.json: values that the sources of this package had no part in.

    python3 make-vectors.py > core.json

CRC-16/CCITT-FALSE is binascii.crc_hqx (polynomial 1021h) started with FFFFh. BUYPASS is computed bit by bit below; its
check value FEE8h for "123456789" is the one of the public catalogue of CRC algorithms. Code pages are Python's own
codecs cp866 and cp1251 (cp1251 leaves 98h undefined; WHATWG gives it U+0098, which the test states itself). Wall-clock
times come from zoneinfo (IANA data). sfc32 follows its author's definition (PractRand), seeded as random.ts says.
"""
import binascii
import calendar
import datetime
import json
import random
import zoneinfo


def buypass(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def xor(data):
    value = 0
    for byte in data:
        value ^= byte
    return value


def sfc32(seed, count):
    m = 0xFFFFFFFF
    h = 0x811C9DC5
    for ch in seed:
        h = ((h ^ ord(ch)) * 0x01000193) & m
    a, b, c, counter = h, h ^ 0x9E3779B9, h ^ 0x243F6A88, 1
    out = []
    for index in range(12 + count):
        total = (a + b + counter) & m
        counter = (counter + 1) & m
        a = b ^ (b >> 9)
        b = (c + (c << 3)) & m
        c = ((c << 21 | c >> 11) + total) & m
        if index >= 12:
            out.append(total)
    return out


def page(codec):
    return ''.join(bytes([byte]).decode(codec, errors='replace') for byte in range(256))


source = random.Random(54)
blocks = [b'', b'\x00', b'123456789', bytes(range(256))] + [source.randbytes(n) for n in (1, 2, 3, 17, 64, 1000)]
moments = [
    ('Europe/Moscow', '2010-03-28T01:59:59'),
    ('Europe/Moscow', '2014-10-26T00:30:00'),
    ('Europe/Moscow', '2026-11-22T11:05:33'),
    ('Europe/Kaliningrad', '2026-12-31T22:00:00'),
    ('Asia/Kamchatka', '2026-02-28T12:00:00'),
    ('Asia/Almaty', '2024-02-29T18:59:59'),
    ('Asia/Almaty', '2024-02-29T19:00:00'),
    ('Europe/Berlin', '2026-03-29T00:59:59'),
    ('Europe/Berlin', '2026-03-29T01:00:00'),
    ('Europe/Berlin', '2026-10-25T00:30:00'),
    ('Europe/Berlin', '2026-10-25T01:30:00'),
    ('Asia/Kathmandu', '2026-06-30T18:15:00'),
    ('UTC', '1970-01-01T00:00:00'),
]
utc = datetime.timezone.utc
walls = []
for zone, text in moments:
    at = datetime.datetime.fromisoformat(text).replace(tzinfo=utc)
    wall = at.astimezone(zoneinfo.ZoneInfo(zone)).strftime('%Y-%m-%dT%H:%M:%S')
    walls.append({'zone': zone, 'utc': text, 'wall': wall})
texts = ['1970-01-01T00:00:00', '2000-02-29T23:59:59', '2026-11-22T14:05:33', '2038-01-19T03:14:08', '2106-02-07T06:28:15']

print(
    json.dumps(
        {
            'provenance': 'made by make-vectors.py beside this file; nothing of @elcert/core took part',
            'crc': [
                {
                    'hex': block.hex(),
                    'ccittFalse': binascii.crc_hqx(block, 0xFFFF),
                    'buypass': buypass(block),
                    'lrc': xor(block),
                }
                for block in blocks
            ],
            'pages': {'ibm866': page('cp866'), 'windows-1251': page('cp1251')},
            'unixSeconds': [
                {'text': text, 'seconds': calendar.timegm(datetime.datetime.fromisoformat(text).timetuple())}
                for text in texts
            ],
            'walls': walls,
            'sfc32': {seed: sfc32(seed, 8) for seed in ('', '1', 'elcert', 'сертификат')},
        },
        ensure_ascii=True,
        indent=1,
    )
)
