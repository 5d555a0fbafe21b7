"""Makes ru.json: session messages and containers that the sources of this package had no part in.

    python3 make-vectors.py > ru.json

Layouts with struct, CRC-16/CCITT-FALSE with binascii.crc_hqx started with FFFFh. In a container the check sum's own two
bytes are left out, not zeroed.
"""
import struct, binascii, json
crc=lambda b: binascii.crc_hqx(b,0xFFFF)
def session(s,a,fn,mode,reply,prio,body):
    flags=mode|(4 if body else 0)|(16 if reply else 0)|(prio<<6)
    h=bytes.fromhex('2a08410a')+bytes.fromhex(s)+bytes.fromhex(a)+fn.encode('ascii')+struct.pack('<HH',len(body),flags)
    assert len(h)==28
    c=0 if mode==0 else crc(h) if mode==1 else crc(h+body)
    return h+struct.pack('<H',c)+body
def container(form,mt,code,sd1,fn,fd,sd2,data):
    n=len(data)+(32 if form=='total' else 0)
    rest=bytes([mt,code,1])+sd1+bytes.fromhex(fn.replace(' ','f'))+fd.to_bytes(3,'big')+sd2+data
    L=struct.pack('<H',n)
    return L+struct.pack('<H',crc(L+rest))+rest
out={'sessions':[],'containers':[]}
body=bytes(range(40))
for s,a,fn,mode,reply,prio,b in [
 ('81a2','0001','9999078900005488',0,True,0,body),
 ('81a2','0002','9999078900005488',1,True,0,body),
 ('81a2','0100','9999078950      ',2,True,1,body),
 ('81a2','0105','9999078900005488',0,False,0,body),
 ('82fb','0110','9999078900005488',2,False,3,b'\x00'),
 ('81a2','0120','9999999999999999',0,True,0,b''),
 ('81a2','0120','9999999999999999',1,True,0,b''),
]:
    out['sessions'].append(dict(sVersion=s.upper(),aVersion=a,fn=fn,mode=mode,reply=reply,prio=prio,body=b.hex(),hex=session(s,a,fn,mode,reply,prio,b).hex()))
doc=struct.pack('<HH',2,8)+struct.pack('<HHI',1040,4,7)
sign=bytes.fromhex('8106454d55010203')
for form,mt,code,fn,fd,sd2,data in [
 ('total',0xa5,2,'9999078900005488',7,'0102030405000007'+'0004'+'000c',doc+sign+b'\0\0'),
 ('data',0xa5,2,'9999078900005488',0xffffff,'00'*12,doc),
 ('total',0xa5,11,'999907891234567 ',1,'84ec4c14c20000010004018a',b''),
 ('total',0x5a,7,'9999078900005488',65536,'ff'*12,b'\x07\x00\x00\x00'),
]:
    out['containers'].append(dict(form=form,mt=mt,code=code,fn=fn,fd=fd,sd2=sd2,data=data.hex(),hex=container(form,mt,code,b'\x10\x09',fn,fd,bytes.fromhex(sd2),data).hex()))
print(json.dumps({'provenance': 'made by make-vectors.py beside this file', **out}, indent=2))
