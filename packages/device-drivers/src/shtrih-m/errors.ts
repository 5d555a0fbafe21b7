/**
 * Who speaks: the fiscal drive, the register, the parts of registers without a drive (fiscal memory, journal), or a
 * driver that puts what the flags say into a number above 255.
 */
export type ErrorScope = 'FN' | 'KKT' | 'FM' | 'EJ' | 'DRIVER';

/** One result code in one meaning. */
export interface ShtrihErrorRow {
  readonly code: number;
  readonly scope: ErrorScope;
  readonly text: string;
  /** For a cashier. */
  readonly textRu: string;
}

// The same number means different things on a register with a fiscal drive and on one with a fiscal memory (FM) or an
// electronic journal (EJ): hence four lists. `code|English|Russian`, one row a line.
const drive = `
01|unknown command of the drive, or its parameters were not taken|ФН не понял команду
02|the drive is in another state|ФН не ждёт этой команды
03|fault of the drive|Неисправность ФН, нужна проверка
04|fault of the drive's crypto unit|Неисправность криптографии ФН
05|the drive's term is over or does not fit the parameters|Срок действия ФН истёк: замените ФН
06|the drive's archive is full|Архив ФН заполнен: замените ФН
07|date or time contradicts the drive|Дата или время кассы неверны для ФН
08|the drive has no such data|В ФН нет таких данных
09|parameter value out of range|ФН не принял значение реквизита
10|the TLV is too long|Слишком длинные реквизиты документа
11|no transport connection to the operator|Нет связи с оператором фискальных данных
12|the drive's resource is used up: close its archive|Ресурс ФН исчерпан: закройте архив ФН
14|no room for documents that wait for the operator|Очередь документов для ОФД переполнена
15|documents have waited for the operator for more than 30 days|Документы не переданы в ОФД более 30 дней: восстановите связь
16|the shift has lasted more than 24 hours|Смена длится более 24 часов: закройте её
17|time differs from the drive's timer by more than 5 minutes|Часы кассы расходятся с ФН более чем на 5 минут
20|the operator's message was refused by the drive|ФН отверг ответ оператора
23|the marking key service refused|Сервис ключей маркировки отказал
24|the marking key service answered something unknown|Ответ сервиса ключей маркировки не распознан
30|repeat the update of marking keys|Повторите обновление ключей маркировки
A0|marked goods were not enabled at registration|Касса зарегистрирована без маркированных товаров
A1|wrong order of marking commands|Нарушен порядок проверки маркировки
A2|marking is blocked: the notification store is full|Память уведомлений о маркировке заполнена
A3|128 checked codes wait already|Слишком много проверенных кодов маркировки
A4|marking keys were not updated for 90 days; the 1.17 table: a requisite is missing|Ключи маркировки не обновлялись 90 дней
A5|the 1.17 table: the code of tag 2007 was not checked|Код маркировки не был проверен
AA|a mandatory requisite is missing|В документе не хватает обязательных реквизитов
AC|the code of tag 2007 was not checked|Код маркировки не был проверен в ФН
`;
const register = `
00|done|Успешно
2B|the previous command cannot be undone|Предыдущую операцию нельзя отменить
2C|already zeroed|Итоги уже обнулены, повторное гашение невозможно
2D|void exceeds the department's sum in the receipt|Сторно больше суммы по отделу
2E|not enough money for the payout|В кассе не хватает денег для выплаты
2F|the fiscal drive did not answer in time|ФН не отвечает
30|no link to the fiscal drive|Нет связи с ФН: проверьте подключение накопителя
31|exchange with the fiscal drive: wrong format|Ошибка обмена с ФН: формат
32|exchange with the fiscal drive: wrong checksum|Ошибка обмена с ФН: контрольная сумма
33|wrong parameters|Касса не приняла параметры команды
34|no data|Нет данных
35|a parameter contradicts the settings|Параметр не подходит к настройкам кассы
36|parameters do not fit this model|Параметры не подходят этой модели
37|this model does not know the command|Команда не поддерживается этой моделью
38|read-only memory fault|Неисправность памяти программ
39|internal firmware error|Внутренняя ошибка кассы
3A|surcharges of the shift overflow|Переполнение надбавок за смену
3B|total of the shift overflows|Переполнение итога смены
3C|the shift is open|Смена открыта, операция невозможна
3D|the shift is not open|Смена закрыта: откройте смену
3E|departments of the shift overflow|Переполнение отделов за смену
3F|discounts of the shift overflow|Переполнение скидок за смену
40|discount out of range|Недопустимая скидка
41|cash out of range|Недопустимая сумма наличных
42|payment 2 out of range|Недопустимая сумма безналичной оплаты
43|payment 3 out of range|Недопустимая сумма оплаты 3
44|payment 4 out of range|Недопустимая сумма оплаты 4
45|payments are less than the total|Оплата меньше итога чека
46|not enough cash in the drawer|В кассе не хватает наличных
47|taxes of the shift overflow|Переполнение налогов за смену
48|the receipt's total overflows|Слишком большой итог чека
49|not possible in an open receipt of this type|Операция невозможна в чеке этого типа
4A|a receipt is open|Открыт чек, операция невозможна
4B|the receipt's buffer is full|Буфер чека заполнен
4C|tax turnover of the shift overflows|Переполнение оборота по налогам
4D|cashless payments exceed the total|Безналичная оплата больше итога чека
4E|the shift has lasted more than 24 hours|Смена длится более 24 часов: закройте её
4F|wrong password|Неверный пароль кассы
50|the previous command is still printing|Касса ещё печатает
51|cash of the shift overflows|Переполнение наличных за смену
52|payment 2 of the shift overflows|Переполнение оплаты 2 за смену
53|payment 3 of the shift overflows|Переполнение оплаты 3 за смену
54|payment 4 of the shift overflows|Переполнение оплаты 4 за смену
55|no receipt is open|Чек закрыт, операция невозможна
56|nothing to repeat|Нет документа для повтора
58|continuing of the print is awaited (B0h)|Вставьте бумагу и продолжите печать
59|another operator opened the document|Документ открыт другим кассиром
5A|discount exceeds the receipt|Скидка больше суммы чека
5B|surcharge out of range|Недопустимая надбавка
5C|supply voltage too low|Низкое напряжение питания кассы
5D|no such table|Нет такой таблицы настроек
5E|operation not valid|Недопустимая операция
5F|the receipt's total is negative|Итог чека отрицательный
60|overflow in multiplication|Переполнение: проверьте цену и количество
61|price out of range|Недопустимая цена
62|quantity out of range|Недопустимое количество
63|department out of range|Недопустимый отдел
65|not enough money in the department|В отделе не хватает денег
66|money of the department overflows|Переполнение денег в отделе
68|not enough tax turnover|Не хватает оборота по налогу
69|tax turnover overflows|Переполнение оборота по налогу
6A|power failed during an internal answer|Сбой питания кассы
6B|no receipt paper|Закончилась чековая лента
6C|no journal paper|Закончилась контрольная лента
6D|not enough money for the tax|Не хватает денег по налогу
6E|money of the tax overflows|Переполнение денег по налогу
6F|payouts of the shift overflow|Переполнение выплат за смену
71|cutter fault|Неисправен отрезчик
72|not possible in this submode|Команда невозможна: касса занята печатью или ждёт бумагу
73|not possible in this mode|Команда невозможна в текущем режиме кассы
74|memory fault|Неисправность памяти кассы
75|power fault|Неисправность питания кассы
76|printer: no pulses of the tacho generator|Неисправность печатающего механизма
77|printer: no sensor signal|Неисправность датчиков принтера
78|firmware was replaced|Прошивка кассы заменена
7A|the field cannot be changed|Эту настройку нельзя менять
7B|hardware fault|Неисправность оборудования кассы
7C|the dates differ|Даты не совпадают
7D|wrong date|Неверная дата
7E|wrong length|Неверная длина данных
7F|the receipt's total is out of range|Недопустимый итог чека
84|cash overflows|Переполнение наличности
85|sales of the shift overflow|Переполнение продаж за смену
86|purchases of the shift overflow|Переполнение покупок за смену
87|sale returns of the shift overflow|Переполнение возвратов продаж за смену
88|purchase returns of the shift overflow|Переполнение возвратов покупок за смену
89|cash-in of the shift overflows|Переполнение внесений за смену
8A|surcharges of the receipt overflow|Переполнение надбавок в чеке
8B|discounts of the receipt overflow|Переполнение скидок в чеке
8C|surcharge total of the receipt is negative|Отрицательный итог надбавок в чеке
8D|discount total of the receipt is negative|Отрицательный итог скидок в чеке
8E|the receipt's total is zero|Нулевой итог чека
8F|the register is not registered|Касса не зарегистрирована
90|a field is longer than its setting|Поле длиннее, чем задано в настройках
91|printing leaves the field in this font|Текст не помещается в поле печати
92|print fields overlap|Поля печати накладываются
93|memory was restored|Память кассы восстановлена
94|too many operations in the receipt|Слишком много операций в чеке
96|close the shift first|Сначала закройте смену
9B|action not valid|Недопустимое действие
9C|no such item in the item base|Товар не найден в базе кассы
9D|wrong item record|Неверная запись товара в базе кассы
9E|wrong size of the item base|Неверный размер базы товаров
BE|not possible in this state|Команда невозможна в текущем состоянии
C0|confirm date and time|Подтвердите дату и время кассы
C2|supply voltage too high|Высокое напряжение питания кассы
C4|shift numbers differ|Не совпадают номера смен
C5|the slip buffer is empty|Буфер подкладного документа пуст
C6|no slip|Нет подкладного документа
C7|not changeable in this mode|Настройку нельзя менять в этом режиме
C8|no link to the printer, or no tacho pulses|Нет связи с принтером кассы
C9|the print head is overheated|Перегрев печатающей головки
CA|temperature out of the working range|Температура вне рабочих пределов
CB|wrong subtotal|Неверный подытог чека
CE|memory is used up|Не хватает памяти кассы
CF|wrong date: the clock was reset|Часы кассы сброшены: установите дату и время
D1|the buffer holds no document|В буфере нет документов
D2|modem fault|Неисправность модема
D3|the marking system: not produced, or out of trade|Товар выбыл или не произведён (маркировка)
D4|the marking code is a forgery|Код маркировки поддельный
D5|authorisation failed|Ошибка авторизации
E0|bill acceptor: no link|Купюроприёмник не отвечает
E1|bill acceptor is busy|Купюроприёмник занят
E2|bill acceptor: its sum differs from the receipt|Сумма купюроприёмника не равна итогу чека
E3|bill acceptor: fault|Ошибка купюроприёмника
E4|bill acceptor: sum not zero|В купюроприёмнике остались деньги
`;
const memory = `
01|fiscal memory or clock fault|Неисправность фискальной памяти или часов
02|no fiscal memory 1|Нет фискальной памяти 1
03|no fiscal memory 2|Нет фискальной памяти 2
04|wrong parameters of a memory command|Неверные параметры обращения к памяти
05|no data|Нет данных
06|the memory is giving out data|Память выдаёт данные
07|parameters do not fit this memory|Параметры не подходят этой памяти
08|memory command not supported|Команда памяти не поддерживается
09|wrong command length|Неверная длина команды
0A|data are not BCD|Данные не в формате BCD
0B|a memory cell failed while writing a total|Сбой записи итога в память
0C|grand total overflows|Переполнение накопленной суммы
0D|sum of shift totals overflows|Переполнение суммы сменных итогов
11|no licence|Не введена лицензия
12|serial number is set already|Заводской номер уже введён
13|date earlier than the last record|Дата раньше последней записи
14|no room for shift totals|Нет места для сменных итогов
15|the shift is open already|Смена уже открыта
16|the shift is not open|Смена не открыта
17|first shift number above the last|Номер первой смены больше последней
18|first date after the last|Дата первой смены позже последней
19|no records|В памяти нет записей
1A|no room for re-registrations|Нет места для перерегистраций
1B|no serial number|Не введён заводской номер
1C|a damaged record in the range|В диапазоне повреждённая запись
1D|the last shift record is damaged|Повреждена последняя запись смены
1E|no fiscalisation record|Нет записи фискализации
1F|no register memory|Нет памяти регистров
20|money register overflows|Переполнение денежного регистра
21|subtraction exceeds the register|Вычитаемая сумма больше регистра
22|wrong date|Неверная дата
23|no activation record|Нет записи активизации
24|no room for activations|Нет места для активизаций
25|no such activation|Нет такой активизации
26|more than three damaged records|Более трёх повреждённых записей
27|memory checksum is wrong|Не сходится контрольная сумма памяти
28|technological mark present|Есть технологическая метка
29|no technological mark|Нет технологической метки
2A|chip size does not fit the firmware|Размер памяти не подходит прошивке
64|no fiscal memory|Нет фискальной памяти
67|no link to the fiscal memory|Нет связи с фискальной памятью
70|the fiscal memory is full|Фискальная память заполнена
79|the fiscal memory was replaced|Фискальная память заменена
80|no link to the fiscal memory|Нет связи с фискальной памятью
81|no link to the fiscal memory|Нет связи с фискальной памятью
82|no link to the fiscal memory|Нет связи с фискальной памятью
83|no link to the fiscal memory|Нет связи с фискальной памятью
B4|fiscalisation record damaged|Повреждена запись фискализации
B5|serial number record damaged|Повреждена запись заводского номера
B6|journal activation record damaged|Повреждена запись активизации ЭКЛЗ
B7|no shift total records|Нет записей сменных итогов
B8|the last shift total was not written|Последний сменный итог не записан
B9|storage layout of another version|Структура накопителя другой версии
BA|storage layout damaged|Структура накопителя повреждена
BB|date before the journal's activation|Дата раньше активизации ЭКЛЗ
BC|date before the fiscalisation|Дата раньше фискализации
BD|date before the last shift total|Дата раньше последнего сменного итога
BF|the storage cannot be initialised|Накопитель нельзя подготовить
`;
const journal = `
57|closed shifts differ between journal and memory|Число смен в ЭКЛЗ и памяти расходится
95|unknown journal error|Неизвестная ошибка ЭКЛЗ
A0|no link to the journal|Нет связи с ЭКЛЗ
A1|no journal|Нет ЭКЛЗ
A2|journal: wrong format or parameter|ЭКЛЗ: неверный формат или параметр
A3|journal: wrong state|ЭКЛЗ: неверное состояние
A4|journal: failure|ЭКЛЗ: авария
A5|journal: crypto failure|ЭКЛЗ: авария криптографии
A6|journal: its time is over|ЭКЛЗ: исчерпан срок
A7|journal is full|ЭКЛЗ заполнена
A8|journal: wrong date or time|ЭКЛЗ: неверные дата или время
A9|journal: no data|ЭКЛЗ: нет данных
AA|journal: negative total|ЭКЛЗ: отрицательный итог
AF|journal: wrong data received|ЭКЛЗ: получены неверные данные
B0|journal: quantity overflows|ЭКЛЗ: переполнение количества
B1|journal: sum overflows|ЭКЛЗ: переполнение суммы
B2|journal is activated already|ЭКЛЗ уже активизирована
C1|journal: the Z report cannot be stopped|ЭКЛЗ: Z-отчёт нельзя прервать
C3|journal: receipt totals differ|ЭКЛЗ: не сходится итог чека
CC|journal: the shift is closed already|ЭКЛЗ: смена уже закрыта
CD|journal: archive test failed|ЭКЛЗ: архив не прошёл проверку
D0|journal: tape of the shift not printed|ЭКЛЗ: не напечатана лента смены
`;

const driver = `
0100|the lid is open|Открыта крышка кассы
0101|no paper, or the lid is open|Нет бумаги или открыта крышка
`;

function rows(scope: ErrorScope, text: string): ShtrihErrorRow[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [code = '', english = '', russian = ''] = line.split('|');
      return { code: Number.parseInt(code, 16), scope, text: english, textRu: russian };
    });
}

let all: readonly ShtrihErrorRow[] | undefined;
let onDrive: ReadonlyMap<number, ShtrihErrorRow> | undefined;
let onMemory: ReadonlyMap<number, ShtrihErrorRow> | undefined;

/** Every result code in every meaning. */
export function shtrihErrors(): readonly ShtrihErrorRow[] {
  all ??= [
    ...rows('FN', drive),
    ...rows('KKT', register),
    ...rows('FM', memory),
    ...rows('EJ', journal),
    ...rows('DRIVER', driver),
  ];
  return all;
}

/**
 * What a result code means.
 *
 * @param generation - `drive` (the default): a register with a fiscal drive, where 01h–30h and A0h–B0h come from the drive;
 * `memory`: one with a fiscal memory and a journal
 */
export function describeShtrihError(code: number, generation: 'drive' | 'memory' = 'drive'): ShtrihErrorRow {
  const index = (order: readonly ErrorScope[]) => {
    const map = new Map<number, ShtrihErrorRow>();
    for (const scope of order)
      for (const row of shtrihErrors()) if (row.scope === scope && !map.has(row.code)) map.set(row.code, row);
    return map;
  };
  // 30h is both "repeat the key update" of the drive and "no link to the drive" of the register: the fault that really
  // happens at tills is the second.
  onDrive ??= new Map([
    ...index(['FN', 'KKT', 'FM', 'EJ', 'DRIVER']),
    ...shtrihErrors()
      .filter((row) => row.scope === 'KKT' && row.code === 0x30)
      .map((row) => [row.code, row] as const),
  ]);
  onMemory ??= index(['KKT', 'FM', 'EJ', 'FN', 'DRIVER']);
  return (
    (generation === 'drive' ? onDrive : onMemory).get(code) ?? {
      code,
      scope: 'KKT',
      text: `unknown result ${code.toString(16).padStart(2, '0').toUpperCase()}h`,
      textRu: `Неизвестная ошибка кассы ${code.toString(16).padStart(2, '0').toUpperCase()}`,
    }
  );
}
