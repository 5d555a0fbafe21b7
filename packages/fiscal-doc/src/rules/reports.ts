import type { FiscalDocument } from '../document.js';
import { numberOf, tagValue, textOf } from '../tag-list.js';
import type { FfdVersion } from '../tags/definition.js';
import type { Report } from './issue.js';

// Registrations: what they must say depends on how the register is used.

/** Rules of registrations (1, 11). */
export function checkRegistration(document: FiscalDocument, version: FfdVersion, report: Report): void {
  if (document.code !== 1 && document.code !== 11) return;
  const { tags, name } = document;
  const offline = tagValue(tags, 1002) === true;
  const automatic = tagValue(tags, 1001) === true;
  const need = (tag: number, message: string, message_ru: string) => {
    if ((textOf(tags, tag) ?? '') !== '') return;
    report({
      code: 'registration',
      path: `${name}/${tag}`,
      tag,
      severity: version === '1.0' ? 'warning' : 'error',
      message,
      message_ru,
      clause: 'ЕД-7-20/662@, прил. 2',
    });
  };
  if (!offline) {
    need(1017, 'a register that sends documents names its operator', 'Нет ИНН ОФД');
    if (version !== '1.0')
      need(1046, 'a register that sends documents names its operator', 'Нет наименования ОФД');
  }
  if (automatic) need(1036, 'an automat has a number', 'Нет номера автомата');
  const stated = numberOf(tags, 1209);
  const ofRegister = numberOf(tags, 1189);
  if (stated !== undefined && ofRegister !== undefined && stated > ofRegister) {
    report({
      code: 'registration',
      path: `${name}/1209`,
      tag: 1209,
      severity: 'warning',
      message: 'the document has a newer format than its register',
      message_ru: 'Версия ФФД документа выше версии ФФД ККТ',
      clause: '',
    });
  }
}
