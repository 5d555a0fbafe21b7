"""Makes kz.json: frames of the Kazakh protocol written by protoc's own encoder (`protoc --encode`), with a header by struct.pack.

    python3 make-kz-vectors.py > kz.json      (protoc of Debian's protobuf-compiler)
"""
import json, os, struct, subprocess

PROTO = os.path.join(os.path.dirname(__file__), '../../src/kz/proto')
TIME = 'date { year: 2026 month: 3 day: 2 } time { hour: 12 minute: 34 second: 56 }'
TICKET = '''command: COMMAND_TICKET ticket { operation: OPERATION_SELL date_time { %s } operator { code: 1 name: "Кассир" }
domain { type: DOMAIN_TRADING }
items { type: ITEM_TYPE_COMMODITY commodity { name: "Нан" section_code: "1" quantity: 1500 price { bills: 500 coins: 0 }
sum { bills: 750 coins: 0 } taxes { %s percent: 16000 sum { bills: 103 coins: 45 } is_in_total_sum: true }
measure_unit_code: "796" %s } }
payments { type: PAYMENT_CARD sum { bills: 750 coins: 0 } } amounts { total { bills: 750 coins: 0 } } %s }'''
NEW = 'list_excise_stamp: "A" list_excise_stamp: "B" ntin: "0200091530572"'
PARENT = 'parent_ticket { parent_ticket_number: "7" parent_ticket_data_time { %s } kgd_kkm_id: "010101012345" parent_ticket_total { bills: 9007199254740993 coins: 99 } parent_ticket_is_offline: false }' % TIME
ROWS = [
    ('202 ticket', 202, 'request', TICKET % (TIME, 'tax_type: 100', 'excise_stamp: "A"', 'fr_shift_number: 3')),
    ('203 ticket', 203, 'request', TICKET % (TIME, 'tax_type: 100', NEW, PARENT)),
    ('204 ticket', 204, 'request', TICKET % (TIME, 'type: VAT', NEW, PARENT)),
    ('203 system', 203, 'request', 'command: COMMAND_SYSTEM'),
    ('202 org with tenantId at 6', 202, 'response',
     'command: COMMAND_INFO result { result_code: 0 } service { reg_info { org { title: "T" tenantId: 5 } } }'),
    ('203 org with address_kz at 6', 203, 'response',
     'command: COMMAND_INFO result { result_code: 0 } service { reg_info { org { title: "T" address_kz: "A" tenantId: 5 } } }'),
    ('203 unknown result code', 203, 'response', 'command: COMMAND_TICKET result { result_code: 4000 result_text: "?" }'),
    ('203 ticket answer', 203, 'response',
     'command: COMMAND_TICKET result { result_code: 0 } ticket { ticket_number: "3937088095" qr_code: "http://x/?i=1" }'),
]
out = []
for name, version, kind, text in ROWS:
    message = 'elcert.kz.v%d.%s' % (version, kind.capitalize())
    payload = subprocess.run(['protoc', '-I' + PROTO, '--encode=' + message, 'kkm%d.proto' % version],
                             input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
    header = struct.pack('<HHIIIH', 0x81A2, version, 18 + len(payload), 100500, 0x9ABCDEF0, 65535)
    out.append({'name': name, 'kind': kind, 'hex': (header + payload).hex()})
print(json.dumps(out, ensure_ascii=False, indent=1))
