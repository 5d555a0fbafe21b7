import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseServiceConfig } from './config.js';

const good = {
  operators: [
    { code: 1, name: 'Әсел', pin: '4821' },
    { code: 2, name: 'Иван', pin: '90-31', role: 'administrator' },
  ],
  devices: [
    {
      name: 'kassa-1',
      id: 100_500,
      token: 5,
      state: 'state/1.log',
      ofd: { title: 'АО «Казахтелеком»', site: 'consumer.oofd.kz', host: '192.0.2.1', port: 7777 },
    },
  ],
};
const [device] = good.devices as [(typeof good.devices)[number]];

describe('the configuration of the service', () => {
  it('has defaults, and state files beside itself', () => {
    const config = parseServiceConfig(good, '/etc/elcert/kz.json');
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config.operators[0]?.role).toBe('cashier');
    expect(config.devices[0]).toMatchObject({
      version: '2.0.3',
      timeZone: 'Asia/Almaty',
      state: resolve('/etc/elcert/state/1.log'),
    });
  });

  it.each<[string, unknown]>([
    ['config', []],
    ['operators', {}],
    ['extra', { ...good, extra: 1 }],
    ['operators[0]/pin', { ...good, operators: [{ code: 1, name: 'x', pin: '0000' }] }],
    ['operators[0]/pin', { ...good, operators: [{ code: 1, name: 'x', pin: '123' }] }],
    ['operators[1]/pin', { ...good, operators: [good.operators[0], { ...good.operators[0], code: 3 }] }],
    ['operators[1]/code', { ...good, operators: [good.operators[0], { ...good.operators[1], code: 1 }] }],
    ['devices', { ...good, devices: [] }],
    ['devices[0]/name', { ...good, devices: [{ ...device, name: 'a/b' }] }],
    ['devices[0]/ofd/port', { ...good, devices: [{ ...device, ofd: { ...device.ofd, port: 0 } }] }],
    ['devices[0]/token', { ...good, devices: [{ ...device, token: -1 }] }],
    ['devices[0]/version', { ...good, devices: [{ ...device, version: '1.2.5' }] }],
    ['devices[0]/timeZone', { ...good, devices: [{ ...device, timeZone: 'Mars' }] }],
    ['devices[0]/vat/number', { ...good, devices: [{ ...device, vat: { series: '1' } }] }],
    ['devices[1]/name', { ...good, devices: [device, { ...device, id: 2, state: 'b' }] }],
    ['devices[1]/id', { ...good, devices: [device, { ...device, name: 'b', state: 'b' }] }],
    ['devices[1]/state', { ...good, devices: [device, { ...device, name: 'b', id: 2 }] }],
  ])('names what is wrong: %s', (path, value) => {
    let caught: unknown;
    try {
      parseServiceConfig(value, 'kz.json');
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'BAD_CONFIG', path });
    // A PIN or a token is quoted nowhere.
    expect(JSON.stringify(caught)).not.toMatch(/0000|"123"|4821/);
  });
});
