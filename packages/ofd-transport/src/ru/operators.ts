/** An operator of fiscal data, and where its receiving end stands. */
export interface OfdOperator {
  readonly inn: string;
  readonly name: string;
  /** Where documents go; absent for operators that have stopped without leaving an address. */
  readonly host?: string;
  readonly port?: number;
  /** Where marking requests and notices of FFD 1.2 go. */
  readonly markingHost?: string;
  readonly markingPort?: number;
  /** The day its permission was annulled, `YYYY-MM-DD`: documents must go elsewhere. */
  readonly closedOn?: string;
  /** INN of the operator that took its place. */
  readonly replacedBy?: string;
}

/**
 * Operators as of February 2026, from the table of the public tool KassArray. An operator's own instructions win: addresses
 * change without notice.
 */
export const ofdOperators: readonly OfdOperator[] = [
  {
    inn: '4029017981',
    name: 'АО «Калуга Астрал»',
    host: 'ofd.astralnalog.ru',
    port: 7777,
    markingHost: 'ofd.astralnalog.ru',
    markingPort: 7777,
  },
  {
    inn: '6658497833',
    name: 'ООО «Контур НТТ»',
    host: 'ofd.kontur.ru',
    port: 7777,
    markingHost: 'ofd.kontur.ru',
    markingPort: 7778,
  },
  {
    inn: '7605016030',
    name: 'ООО «Компания «Тензор»',
    host: 'kkt.sbis.ru',
    port: 7777,
    markingHost: 'kkt.sbis.ru',
    markingPort: 7777,
  },
  {
    inn: '7709364346',
    name: 'АО «ЭСК» (Первый ОФД)',
    host: 'k-server.1-ofd.ru',
    port: 7777,
    markingHost: 'k-server.1-ofd.ru',
    markingPort: 7788,
  },
  {
    inn: '7704211201',
    name: 'ООО «Такском»',
    host: 'f1.taxcom.ru',
    port: 7777,
    markingHost: 'f1.taxcom.ru',
    markingPort: 8777,
  },
  {
    inn: '7704358518',
    name: 'ООО «Яндекс.ОФД»',
    host: 'kkt.ofd.yandex.net',
    port: 12345,
    markingHost: 'kkt.ofd.yandex.net',
    markingPort: 54321,
  },
  {
    inn: '7728699517',
    name: 'ООО «Ярус»',
    host: 'connect.ofd-ya.ru',
    port: 7779,
    markingHost: 'connect.ofd-ya.ru',
    markingPort: 7797,
  },
  {
    inn: '7841465198',
    name: 'ООО «Петер-Сервис Спецтехнологии»',
    host: 'gate.ofd.ru',
    port: 4000,
    markingHost: 'crpt.ofd.ru',
    markingPort: 7000,
  },
  {
    inn: '9715260691',
    name: 'ООО «Эвотор ОФД» (Платформа ОФД)',
    host: 'ofdp.platformaofd.ru',
    port: 21101,
    markingHost: 'ofdp.platformaofd.ru',
    markingPort: 21102,
  },
  {
    inn: '2310031475',
    name: 'АО «Тандер» (Магнит)',
    host: 'kkt.ofd-magnit.ru',
    port: 7001,
    markingHost: 'kkttst.ofd-magnit.ru',
    markingPort: 7002,
  },
  {
    inn: '5902034504',
    name: 'ООО УЦ «ИнитПро»',
    host: 'kkt.ofd-initpro.ru',
    port: 9999,
    markingHost: 'kkt.ofd-initpro.ru',
    markingPort: 9996,
  },
  { inn: '7701553038', name: 'АО «Информационный центр»', host: 'kkt.infc.ru', port: 21101 },
  { inn: '7713076301', name: 'ПАО «Вымпел-Коммуникации»', host: 'ofd.beeline.ru', port: 7765 },
  {
    inn: '7729642175',
    name: 'ООО «Группа Элемент»',
    host: 'kkt.e-ofd.ru',
    port: 7777,
    markingHost: 'crpt.e-ofd.ru',
    markingPort: 5555,
  },
  { inn: '6663003127', name: 'АО «ПФ «СКБ Контур»', replacedBy: '6658497833' },
  {
    inn: '6686089392',
    name: 'ООО «ОФД «Онлайн»',
    host: 'api.ofd-online.ru',
    port: 3105,
    closedOn: '2025-10-27',
  },
  {
    inn: '7703282175',
    name: 'АО «Энвижн Груп» (МТС)',
    host: 'ofd.nvg.ru',
    port: 21101,
    closedOn: '2022-05-16',
  },
  {
    inn: '7710007966',
    name: 'ООО «МультиКарта»',
    host: 'ofd.multicarta.ru',
    port: 21101,
    closedOn: '2021-03-17',
  },
  {
    inn: '7729633131',
    name: 'ООО «Электронный экспресс»',
    host: 'ofd.garantexpress.ru',
    port: 30801,
    closedOn: '2021-12-03',
  },
  { inn: '7801392271', name: 'ООО «КОРУС Консалтинг СНГ»', closedOn: '2020-09-23' },
  { inn: '7802870820', name: 'ООО «Дримкас»', host: 'ofd.dreamkas.ru', port: 21101, closedOn: '2021-07-14' },
];

/**
 * The operator with this taxpayer number.
 *
 * @param inn - ten digits, as tag 1017 has them (trailing spaces are ignored)
 * @example
 * ```ts
 * const operator = ofdOperator('7704211201');
 * if (operator?.host !== undefined) connect(operator.host, operator.port);
 * ```
 */
export function ofdOperator(inn: string): OfdOperator | undefined {
  const wanted = inn.trim();
  return ofdOperators.find((operator) => operator.inn === wanted);
}
