/** One error of the driver. */
export interface AtolErrorRow {
  readonly code: number;
  /** The driver's own name, without its prefix. */
  readonly name: string;
  readonly text: string;
  /** For a cashier. */
  readonly textRu: string;
}

// `code|name|English|Russian`. Numbers and names are the driver's (header libfptr10.h); the texts are our own. 239 has two names: two
// public lists disagree.
const table = `
0|OK|done|Ошибок нет
1|CONNECTION_DISABLED|connection disabled|Соединение с кассой не разрешено
2|NO_CONNECTION|no connection to the register|Нет связи с кассой
3|PORT_BUSY|port busy|Порт кассы занят другой программой
4|PORT_NOT_AVAILABLE|port not available|Порт кассы недоступен
5|INCORRECT_DATA|incorrect data for the register|Касса получила неверные данные
6|INTERNAL|internal|Внутренняя ошибка драйвера кассы
7|UNSUPPORTED_CAST|unsupported cast|Значение параметра неверного типа
8|NO_REQUIRED_PARAM|no required param|Не передан обязательный параметр
9|INVALID_SETTINGS|invalid settings|Неверные настройки драйвера кассы
10|NOT_CONFIGURED|not configured|Драйвер кассы не настроен
11|NOT_SUPPORTED|not supported|Касса этого не умеет
12|INVALID_MODE|invalid mode|В этом режиме кассы команда невозможна
13|INVALID_PARAM|invalid param|Неверное значение параметра
14|NOT_LOADED|not loaded|Библиотека драйвера не загружена
15|UNKNOWN|unknown|Неизвестная ошибка кассы
16|INVALID_SUM|invalid sum|Неверная сумма
17|INVALID_QUANTITY|invalid quantity|Неверное количество
18|CASH_COUNTER_OVERFLOW|cash counter overflow|Переполнен счётчик наличных
19|LAST_OPERATION_STORNO_DENIED|last operation storno denied|Последнюю операцию нельзя сторнировать
20|STORNO_BY_CODE_DENIED|storno by code denied|Сторно по коду невозможно
21|LAST_OPERATION_NOT_REPEATABLE|last operation not repeatable|Последнюю операцию нельзя повторить
22|DISCOUNT_NOT_REPEATABLE|discount not repeatable|Скидку нельзя повторить
23|DISCOUNT_DENIED|discount denied|Скидка запрещена
24|INVALID_COMMODITY_CODE|invalid commodity code|Неверный код товара
25|INVALID_COMMODITY_BARCODE|invalid commodity barcode|Неверный штрихкод товара
26|INVALID_COMMAND_FORMAT|invalid command format|Неверный формат команды
27|INVALID_COMMAND_LENGTH|invalid command length|Неверная длина команды
28|BLOCKED_IN_DATE_INPUT_MODE|blocked in date input mode|Касса ждёт ввода даты
29|NEED_DATE_ACCEPT|need date accept|Нужно подтвердить дату кассы
30|NO_MORE_DATA|no more data|Больше нет данных
31|NO_ACCEPT_OR_CANCEL|no accept or cancel|Касса ждёт подтверждения или отмены
32|BLOCKED_BY_REPORT_INTERRUPTION|blocked by report interruption|Касса ждёт окончания прерванного отчёта
33|DISABLE_CASH_CONTROL_DENIED|disable cash control denied|Отключить контроль наличных нельзя
34|MODE_BLOCKED|mode blocked|Вход в режим заблокирован
35|CHECK_DATE_TIME|check date time|Проверьте дату и время кассы
36|DATE_TIME_LESS_THAN_FS|the clock is behind the drive|Часы кассы отстают от ФН
37|CLOSE_ARCHIVE_DENIED|close archive denied|Закрыть архив ФН нельзя
38|COMMODITY_NOT_FOUND|commodity not found|Товар не найден
39|WEIGHT_BARCODE_WITH_INVALID_QUANTITY|weight barcode with invalid quantity|Весовой штрихкод с неверным количеством
40|RECEIPT_BUFFER_OVERFLOW|receipt buffer overflow|Чек переполнен
41|QUANTITY_TOO_FEW|quantity too few|Слишком малое количество
42|STORNO_TOO_MUCH|storno too much|Сторно больше суммы чека
43|BLOCKED_COMMODITY_NOT_FOUND|blocked commodity not found|Заблокированный товар не найден
44|NO_PAPER|out of paper|Закончилась чековая лента: вставьте бумагу
45|COVER_OPENED|the cover is open|Закройте крышку кассы
46|PRINTER_FAULT|printer fault|Неисправен принтер кассы
47|MECHANICAL_FAULT|mechanical fault|Механическая неисправность кассы
48|INVALID_RECEIPT_TYPE|invalid receipt type|Неверный тип чека
49|INVALID_UNIT_TYPE|invalid unit type|Неверная единица измерения
50|NO_MEMORY|no memory|В кассе не хватает памяти
51|PICTURE_NOT_FOUND|picture not found|Картинка не найдена
52|NONCACH_PAYMENTS_TOO_MUCH|cashless payments exceed the total|Безналичная оплата больше суммы чека
53|RETURN_DENIED|return denied|Возврат невозможен
54|PAYMENTS_OVERFLOW|payments overflow|Переполнение сумм оплаты
55|BUSY|the register is busy|Касса занята
56|GSM|gsm|Ошибка модуля GSM
57|INVALID_DISCOUNT|invalid discount|Неверная скидка
58|OPERATION_AFTER_DISCOUNT_DENIED|operation after discount denied|После скидки операция невозможна
59|INVALID_DEPARTMENT|invalid department|Неверный номер отдела
60|INVALID_PAYMENT_TYPE|invalid payment type|Неверный вид оплаты
61|MULTIPLICATION_OVERFLOW|multiplication overflow|Произведение цены и количества слишком велико
62|DENIED_BY_SETTINGS|denied by settings|Запрещено настройками кассы
63|TOTAL_OVERFLOW|total overflow|Слишком большой итог
64|DENIED_IN_ANNULATION_RECEIPT|denied in annulation receipt|В чеке аннулирования операция невозможна
65|JOURNAL_OVERFLOW|journal overflow|Журнал кассы переполнен
66|NOT_FULLY_PAID|the receipt is not fully paid|Чек оплачен не полностью
67|DENIED_IN_RETURN_RECEIPT|denied in return receipt|В чеке возврата операция невозможна
68|SHIFT_EXPIRED|the shift has lasted more than 24 hours|Смена длится более 24 часов: закройте её
69|DENIED_IN_SELL_RECEIPT|denied in sell receipt|В чеке продажи операция невозможна
70|FISCAL_MEMORY_OVERFLOW|fiscal memory overflow|Фискальная память переполнена
71|INVALID_PASSWORD|invalid password|Неверный пароль
72|JOURNAL_BUSY|journal busy|Журнал кассы занят
73|DENIED_IN_CLOSED_SHIFT|the shift is closed|Смена закрыта: откройте смену
74|INVALID_TABLE_NUMBER|invalid table number|Неверный номер таблицы
75|INVALID_ROW_NUMBER|invalid row number|Неверный номер ряда
76|INVALID_FIELD_NUMBER|invalid field number|Неверный номер поля
77|INVALID_DATE_TIME|invalid date time|Неверные дата или время
78|INVALID_STORNO_SUM|invalid storno sum|Неверная сумма сторно
79|CHANGE_CALCULATION|change calculation|Ошибка подсчёта сдачи
80|NO_CASH|not enough cash in the drawer|В кассе не хватает наличных
81|DENIED_IN_CLOSED_RECEIPT|no receipt is open|Чек закрыт, операция невозможна
82|DENIED_IN_OPENED_RECEIPT|a receipt is open|На кассе открыт чек: закройте или аннулируйте его
83|DENIED_IN_OPENED_SHIFT|the shift is open|Смена уже открыта
84|SERIAL_NUMBER_ALREADY_ENTERED|serial number already entered|Заводской номер уже введён
85|TOO_MUCH_REREGISTRATIONS|too much reregistrations|Слишком много перерегистраций
86|INVALID_SHIFT_NUMBER|invalid shift number|Неверный номер смены
87|INVALID_SERIAL_NUMBER|invalid serial number|Неверный заводской номер
88|INVALID_RNM_VATIN|invalid rnm vatin|Неверный РНМ или ИНН
89|FISCAL_PRINTER_NOT_ACTIVATED|fiscal printer not activated|Касса не зарегистрирована
90|SERIAL_NUMBER_NOT_ENTERED|serial number not entered|Заводской номер не введён
91|NO_MORE_REPORTS|no more reports|Больше нет отчётов
92|MODE_NOT_ACTIVATED|mode not activated|Режим кассы не включён
93|RECORD_NOT_FOUND_IN_JOURNAL|record not found in journal|Записи нет в журнале
94|INVALID_LICENSE|invalid license|Неверная лицензия
95|NEED_FULL_RESET|need full reset|Кассе нужна полная инициализация
96|DENIED_BY_LICENSE|denied by license|Не разрешено лицензией
97|DISCOUNT_CANCELLATION_DENIED|discount cancellation denied|Скидку нельзя отменить
98|CLOSE_RECEIPT_DENIED|close receipt denied|Закрыть чек нельзя
99|INVALID_ROUTE_NUMBER|invalid route number|Неверный номер маршрута
100|INVALID_START_ZONE_NUMBER|invalid start zone number|Неверный номер начальной зоны
101|INVALID_END_ZONE_NUMBER|invalid end zone number|Неверный номер конечной зоны
102|INVALID_RATE_TYPE|invalid rate type|Неверный вид тарифа
103|INVALID_RATE|invalid rate|Неверный тариф
104|FISCAL_MODULE_EXCHANGE|fiscal module exchange|Ошибка обмена с фискальным модулем
105|NEED_TECHNICAL_SUPPORT|need technical support|Кассе нужна помощь сервисного центра
106|SHIFT_NUMBERS_DID_NOT_MATCH|shift numbers did not match|Номера смен кассы и ФН расходятся
107|DEVICE_NOT_FOUND|device not found|Устройство не найдено
108|EXTERNAL_DEVICE_CONNECTION|external device connection|Нет связи с внешним устройством
109|DISPENSER_INVALID_STATE|dispenser invalid state|Неверное состояние диспенсера
110|INVALID_POSITIONS_COUNT|invalid positions count|Неверное число позиций в чеке
111|DISPENSER_INVALID_NUMBER|dispenser invalid number|Неверный номер диспенсера
112|INVALID_DIVIDER|invalid divider|Неверный делитель
113|FN_ACTIVATION_DENIED|drive activation denied|Активация ФН невозможна
114|PRINTER_OVERHEAT|printer overheat|Принтер перегрелся: подождите
115|FN_EXCHANGE|drive exchange|Ошибка обмена с ФН: проверьте подключение накопителя
116|FN_INVALID_FORMAT|drive invalid format|ФН не понял команду
117|FN_INVALID_STATE|drive invalid state|ФН не ждёт этой команды
118|FN_FAULT|drive fault|Неисправен ФН
119|FN_CRYPTO_FAULT|drive crypto fault|Неисправна криптография ФН
120|FN_EXPIRED|drive expired|Срок действия ФН истёк: замените ФН
121|FN_OVERFLOW|drive overflow|Архив ФН заполнен: замените ФН
122|FN_INVALID_DATE_TIME|drive invalid date time|Дата или время кассы неверны для ФН
123|FN_NO_MORE_DATA|drive no more data|В ФН нет таких данных
124|FN_TOTAL_OVERFLOW|drive total overflow|Переполнение итогов ФН
125|BUFFER_OVERFLOW|buffer overflow|Переполнен буфер кассы
126|PRINT_SECOND_COPY_DENIED|print second copy denied|Вторая копия запрещена
127|NEED_RESET_JOURNAL|need reset journal|Нужно очистить журнал кассы
128|TAX_SUM_TOO_MUCH|tax sum too much|Сумма налога слишком велика
129|TAX_ON_LAST_OPERATION_DENIED|tax on last operation denied|Начислить налог на последнюю операцию нельзя
130|INVALID_FN_NUMBER|invalid drive number|Неверный номер ФН
131|TAX_CANCEL_DENIED|tax cancel denied|Отмена налога невозможна
132|LOW_BATTERY|low battery|Батарея разряжена
133|FN_INVALID_COMMAND|drive invalid command|ФН не знает команду
134|FN_COMMAND_OVERFLOW|drive command overflow|Документ не помещается в ФН
135|FN_NO_TRANSPORT_CONNECTION|drive no transport connection|Нет связи с оператором фискальных данных
136|FN_CRYPTO_HAS_EXPIRED|drive crypto has expired|Ресурс криптографии ФН исчерпан: замените ФН
137|FN_RESOURCE_HAS_EXPIRED|drive resource has expired|Ресурс ФН исчерпан: замените ФН
138|INVALID_MESSAGE_FROM_OFD|invalid message from ofd|ФН отверг ответ оператора
139|FN_HAS_NOT_SEND_DOCUMENTS|documents wait for the operator too long|Документы давно не переданы в ОФД: восстановите связь
140|FN_TIMEOUT|drive timeout|ФН не ответил вовремя
141|FN_SHIFT_EXPIRED|drive shift expired|Смена длится более 24 часов: закройте её
142|FN_INVALID_TIME_DIFFERENCE|drive invalid time difference|Часы кассы расходятся с ФН более чем на 5 минут
143|INVALID_TAXATION_TYPE|invalid taxation type|Неверная система налогообложения
144|INVALID_TAX_TYPE|invalid tax type|Неверная ставка налога
145|INVALID_COMMODITY_PAYMENT_TYPE|invalid commodity payment type|Неверный способ расчёта
146|INVALID_COMMODITY_CODE_TYPE|invalid commodity code type|Неверный тип кода товара
147|EXCISABLE_COMMODITY_DENIED|excisable commodity denied|Касса зарегистрирована без подакцизных товаров
148|FISCAL_PROPERTY_WRITE|fiscal property write|Не удалось записать реквизит
149|INVALID_COUNTER_TYPE|invalid counter type|Неверный тип счётчика
150|CUTTER_FAULT|cutter fault|Неисправен отрезчик ленты
151|REPORT_INTERRUPTED|report interrupted|Печать отчёта прервана
152|INVALID_LEFT_MARGIN|invalid left margin|Неверный отступ слева
153|INVALID_ALIGNMENT|invalid alignment|Неверное выравнивание
154|INVALID_TAX_MODE|invalid tax mode|Неверный способ начисления налога
155|FILE_NOT_FOUND|file not found|Файл не найден
156|PICTURE_TOO_BIG|picture too big|Картинка слишком велика
157|INVALID_BARCODE_PARAMS|invalid barcode params|Неверные параметры штрихкода
158|FISCAL_PROPERTY_DENIED|fiscal property denied|Этот реквизит здесь запрещён
159|FN_INTERFACE|drive interface|Ошибка интерфейса ФН
160|DATA_DUPLICATE|data duplicate|Данные повторяются
161|NO_REQUIRED_FISCAL_PROPERTY|no required fiscal property|Не хватает обязательного реквизита
162|FN_READ_DOCUMENT|drive read document|Не удалось прочитать документ ФН
163|FLOAT_OVERFLOW|float overflow|Переполнение дробного числа
164|INVALID_SETTING_VALUE|invalid setting value|Неверное значение настройки
165|HARD_FAULT|hard fault|Аппаратный сбой кассы
166|FN_NOT_FOUND|drive not found|ФН не найден: проверьте подключение накопителя
167|INVALID_AGENT_FISCAL_PROPERTY|invalid agent fiscal property|Неверный реквизит агента
168|INVALID_FISCAL_PROPERTY_VALUE_1002_1056|invalid fiscal property value 1002 1056|Автономный режим противоречит признаку автоматической кассы
169|INVALID_FISCAL_PROPERTY_VALUE_1002_1017|invalid fiscal property value 1002 1017|Автономный режим противоречит данным ОФД
170|SCRIPT|script|Ошибка сценария кассы
171|INVALID_USER_MEMORY_INDEX|invalid user memory index|Неверный номер пользовательской памяти
172|NO_ACTIVE_OPERATOR|no active operator|Кассир не зарегистрирован в кассе
173|REGISTRATION_REPORT_INTERRUPTED|registration report interrupted|Отчёт о регистрации прерван
174|CLOSE_FN_REPORT_INTERRUPTED|close drive report interrupted|Отчёт о закрытии ФН прерван
175|OPEN_SHIFT_REPORT_INTERRUPTED|open shift report interrupted|Отчёт об открытии смены прерван
176|OFD_EXCHANGE_REPORT_INTERRUPTED|ofd exchange report interrupted|Отчёт о расчётах прерван
177|CLOSE_RECEIPT_INTERRUPTED|close receipt interrupted|Закрытие чека прервано
178|FN_QUERY_INTERRUPTED|drive query interrupted|Запрос к ФН прерван
179|RTC_FAULT|rtc fault|Неисправны часы кассы
180|MEMORY_FAULT|memory fault|Неисправна память кассы
181|CHIP_FAULT|chip fault|Неисправна микросхема кассы
182|TEMPLATES_CORRUPTED|templates corrupted|Повреждены шаблоны документов
183|INVALID_MAC_ADDRESS|invalid mac address|Неверный MAC-адрес
184|INVALID_SCRIPT_NUMBER|invalid script number|Неверный номер сценария
185|SCRIPTS_FAULT|scripts fault|Неисправны сценарии кассы
186|INVALID_SCRIPTS_VERSION|invalid scripts version|Неверная версия сценариев
187|INVALID_CLICHE_FORMAT|invalid cliche format|Неверный формат клише
188|WAIT_FOR_REBOOT|wait for reboot|Подождите, касса перезагружается
189|NO_LICENSE|no license|Нет лицензии
190|INVALID_FFD_VERSION|invalid ffd version|Неверная версия ФФД
191|CHANGE_SETTING_DENIED|change setting denied|Эту настройку менять нельзя
192|INVALID_NOMENCLATURE_TYPE|invalid nomenclature type|Неверный тип кода номенклатуры
193|INVALID_GTIN|invalid gtin|Неверный GTIN
194|NEGATIVE_MATH_RESULT|negative math result|Отрицательный результат вычисления
195|FISCAL_PROPERTIES_COMBINATION|fiscal properties combination|Недопустимое сочетание реквизитов
196|OPERATOR_LOGIN|operator login|Не удалось зарегистрировать кассира
197|INVALID_INTERNET_CHANNEL|invalid internet channel|Канал интернета не существует
198|DATETIME_NOT_SYNCRONIZED|date and time are not synchronized|Дата и время не синхронизированы
199|JOURNAL|journal|Ошибка электронного журнала
200|DENIED_IN_OPENED_DOC|denied in opened doc|Открыт документ: закройте его
201|DENIED_IN_CLOSED_DOC|denied in closed doc|Документ не открыт
202|LICENSE_MEMORY_OVERFLOW|license memory overflow|Переполнена память лицензий
203|NEED_CANCEL_DOCUMENT|need cancel document|Нужно отменить открытый документ
204|REGISTERS_NOT_INITIALIZED|registers not initialized|Регистры кассы не инициализированы
205|TOTAL_REQUIRED|total required|Не указан итог чека
206|SETTINGS_FAULT|settings fault|Неисправны настройки кассы
207|COUNTERS_FAULT|counters fault|Неисправны счётчики кассы
208|USER_MEMORY_FAULT|user memory fault|Неисправна пользовательская память
209|SERVICE_COUNTERS_FAULT|service counters fault|Неисправны служебные счётчики
210|ATTRIBUTES_FAULT|attributes fault|Неисправны атрибуты кассы
211|ALREADY_IN_UPDATE_MODE|already in update mode|Касса уже обновляется
212|INVALID_FIRMWARE|invalid firmware|Неверная прошивка
213|INVALID_CHANNEL|invalid channel|Неверный канал обмена
214|INTERFACE_DOWN|interface down|Интерфейс связи отключён
215|INVALID_FISCAL_PROPERTY_VALUE_1212_1030|invalid fiscal property value 1212 1030|Предмет расчёта не подходит к наименованию
216|INVALID_FISCAL_PROPERTY_VALUE_1214|invalid fiscal property value 1214|Неверный признак способа расчёта
217|INVALID_FISCAL_PROPERTY_VALUE_1212|invalid fiscal property value 1212|Неверный признак предмета расчёта
218|SYNC_TIME|sync time|Не удалось синхронизировать время
219|VAT18_VAT20_IN_RECEIPT|vat18 vat20 in receipt|Ставки 18 % и 20 % в одном чеке
220|PICTURE_NOT_CLOSED|picture not closed|Картинка не закрыта
221|INTERFACE_BUSY|interface busy|Интерфейс связи занят
222|INVALID_PICTURE_NUMBER|invalid picture number|Неверный номер картинки
223|INVALID_CONTAINER|invalid container|Неверный контейнер
224|ARCHIVE_CLOSED|archive closed|Архив ФН закрыт
225|NEED_REGISTRATION|need registration|Кассе нужна регистрация
226|DENIED_DURING_UPDATE|denied during update|Во время обновления операция невозможна
227|INVALID_TOTAL|invalid total|Неверный итог чека
228|MARKING_CODE_CONFLICT|marking code conflict|Код маркировки передан двумя способами
229|INVALID_RECORDS_ID|invalid records id|Неверный идентификатор выборки
230|INVALID_SIGNATURE|invalid signature|Неверная подпись
231|INVALID_EXCISE_SUM|invalid excise sum|Неверная сумма акциза
232|NO_DOCUMENTS_FOUND_IN_JOURNAL|no documents found in journal|В журнале нет таких документов
233|INVALID_SCRIPT_TYPE|invalid script type|Неверный тип сценария
234|INVALID_SCRIPT_NAME|invalid script name|Неверное имя сценария
235|INVALID_POSITIONS_COUNT_WITH_1162|invalid positions count with 1162|Неверное число позиций с кодом товара
236|INVALID_UC_COUNTER|invalid uc counter|Неверный универсальный счётчик
237|INVALID_UC_TAG|invalid uc tag|Неверный тег универсального счётчика
238|INVALID_UC_IDX|invalid uc idx|Неверный индекс универсального счётчика
239|INVALID_UC_EMPTY_FILTER|invalid uc empty filter|Неверные параметры универсального счётчика
239|INVALID_UC_SIZE|invalid uc size|Неверные параметры универсального счётчика
240|INVALID_UC_CONFIG|invalid uc config|Неверная настройка универсальных счётчиков
241|CONNECTION_LOST|connection lost|Связь с кассой потеряна
242|UNIVERSAL_COUNTERS_FAULT|universal counters fault|Неисправны универсальные счётчики
243|INVALID_TAX_SUM|invalid tax sum|Неверная сумма налога
244|INVALID_MARKING_CODE_TYPE|invalid marking code type|Неверный тип кода маркировки
245|LICENSE_HARD_FAULT|license hard fault|Аппаратная ошибка лицензий
246|LICENSE_INVALID_SIGN|license invalid sign|Неверная подпись лицензии
247|LICENSE_INVALID_SERIAL|license invalid serial|Лицензия выдана другой кассе
248|LICENSE_INVALID_TIME|license invalid time|Срок лицензии не подходит
249|DOCUMENT_CANCELED|document canceled|Документ отменён
250|INVALID_SCRIPT_PARAMS|invalid script params|Неверные параметры сценария
251|CLICHE_TOO_LONG|cliche too long|Клише слишком длинное
252|COMMODITIES_TABLE_FAULT|commodities table fault|Неисправна таблица товаров
253|COMMODITIES_TABLE|commodities table|Ошибка таблицы товаров
254|COMMODITIES_TABLE_INVALID_TAG|commodities table invalid tag|Неверный тег в таблице товаров
255|COMMODITIES_TABLE_INVALID_TAG_SIZE|commodities table invalid tag size|Неверная длина тега в таблице товаров
256|COMMODITIES_TABLE_NO_TAG_DATA|commodities table no tag data|В таблице товаров нет данных тега
257|COMMODITIES_TABLE_NO_FREE_MEMORY|commodities table no free memory|В таблице товаров нет места
258|INVALID_CACHE|invalid cache|Неверный кеш
259|SCHEDULER_NOT_READY|scheduler not ready|Планировщик не готов
260|SCHEDULER_INVALID_TASK|scheduler invalid task|Неверное задание планировщика
261|MINIPOS_NO_POSITION_PAYMENT|minipos no position payment|В позиции мини-кассы нет оплаты
262|MINIPOS_COMMAND_TIME_OUT|minipos command time out|Мини-касса не ответила вовремя
263|MINIPOS_MODE_FR_DISABLED|minipos mode fr disabled|Режим регистратора выключен
264|ENTRY_NOT_FOUND_IN_OTP|entry not found in otp|Запись не найдена
265|EXCISABLE_COMMODITY_WITHOUT_EXCISE|excisable commodity without excise|Подакцизный товар без суммы акциза
266|BARCODE_TYPE_NOT_SUPPORTED|barcode type not supported|Такой штрихкод не поддерживается
267|OVERLAY_DATA_OVERFLOW|overlay data overflow|Слишком много данных рядом со штрихкодом
268|INVALID_MODULE_ADDRESS|invalid module address|Неверный адрес модуля
269|ECR_MODEL_NOT_SUPPORTED|ecr model not supported|Модель кассы не поддерживается
270|PAID_NOT_REQUIRED|paid not required|Оплата не требуется
271|NON_PRINTABLE_CHAR|non printable char|В тексте непечатаемый символ
272|INVALID_USER_TAG|invalid user tag|Неверный пользовательский тег
273|COMMODITIES_TABLE_ITERATION_STOPPED|commodities table iteration stopped|Перебор таблицы товаров остановлен
274|COMMODITIES_TABLE_INVALID_CSV_FORMAT|commodities table invalid csv format|Неверный формат CSV таблицы товаров
275|MINIPOS_NO_FILE_ON_USB_STORE|minipos no file on usb store|На USB-накопителе нет файла
276|MINIPOS_NO_AGENT_FISCAL_PROPERTY|minipos no agent fiscal property|Не заданы реквизиты агента
277|NO_CONNECTION_WITH_PRINT_SERVICE|no connection with print service|Нет связи со службой печати
278|UNIVERSAL_COUNTERS_ARE_DISABLED|universal counters are disabled|Универсальные счётчики отключены
400|BASE_MARKING|marking|Ошибка проверки маркировки
401|MARKING_CODE_VALIDATION_IN_PROGRESS|marking code validation in progress|Код маркировки уже проверяется
402|NO_CONNECTION_WITH_SERVER|no connection with server|Нет связи с сервером маркировки
403|MARKING_CODE_VALIDATION_CANCELED|marking code validation canceled|Проверка кода маркировки отменена
404|INVALID_MARKING_CODE_STATUS|invalid marking code status|Неверный статус кода маркировки
405|INVALID_GS1|invalid gs1|Код не по стандарту GS1
406|MARKING_WORK_DENIED|marking work denied|Работа с маркированными товарами запрещена
407|MARKING_WORK_TEMPORARY_BLOCKED|marking work temporary blocked|Работа с маркированными товарами временно заблокирована
408|MARKS_OVERFLOW|marks overflow|Слишком много проверенных кодов маркировки
409|INVALID_MARKING_CODE|invalid marking code|Неверный код маркировки
410|INVALID_STATE|invalid state|Нарушен порядок проверки маркировки
411|OFD_EXCHANGE|ofd exchange|Ошибка обмена с ОФД при проверке маркировки
412|INVALID_MEASUREMENT_UNIT|invalid measurement unit|Неверная единица измерения маркированного товара
413|OPERATION_DENIED_IN_CURRENT_FFD|operation denied in current ffd|В этой версии ФФД операция невозможна
414|MARKING_OPERATION_DENIED|marking operation denied|Операция с маркировкой запрещена
415|NO_DATA_TO_SEND|no data to send|Нет данных для отправки
416|NO_MARKED_POSITION|no marked position|В чеке нет маркированной позиции
417|HAS_NOT_SEND_NOTICES|has not send notices|Не переданы уведомления о маркированных товарах
418|UPDATE_KEYS_REQUIRED|update keys required|Обновите ключи проверки маркировки
419|UPDATE_KEYS_SERVICE|update keys service|Ошибка сервиса обновления ключей
420|MARK_NOT_CHECKED|mark not checked|Код маркировки не проверен
421|MARK_CHECK_TIMEOUT_EXPIRED|mark check timeout expired|Истекло время проверки кода маркировки
422|NO_MARKING_CODE_IN_TABLE|no marking code in table|Кода маркировки нет в таблице проверенных
423|CHEKING_MARK_IN_PROGRESS|the mark is being checked|Код маркировки ещё проверяется
424|INVALID_SERVER_ADDRESS|invalid server address|Неверный адрес сервера
425|UPDATE_KEYS_TIMEOUT|update keys timeout|Сервис обновления ключей не ответил вовремя
426|PROPERTY_FOR_MARKING_POSITION_ONLY|property for marking position only|Реквизит только для маркированного товара
499|MARKING_END|end of the marking range|Ошибка проверки маркировки
500|BASE_WEB|web server|Ошибка веб-сервера кассы
501|RECEIPT_PARSE_ERROR|the task was not understood|Задание не разобрано: неверный чек
502|INTERRUPTED_BY_PREVIOUS_ERRORS|not carried out because of a former error|Задание прервано из-за предыдущей ошибки
503|DRIVER_SCRIPT_ERROR|driver script error|Ошибка сценария драйвера
504|VALIDATE_FUNC_NOT_FOUND|validate func not found|Проверка задания не найдена
505|WEB_FAIL|web fail|Сбой веб-сервера кассы
599|WEB_END|end of the web range|Ошибка веб-сервера кассы
600|BASE_RPC|rpc|Ошибка удалённого подключения к кассе
601|RCP_SERVER_BUSY|the rpc server is busy|Сервер удалённого подключения занят
602|RCP_SERVER_VERSION|version of the rpc server|Неподходящая версия сервера удалённого подключения
603|RCP_SERVER_EXCHANGE|exchange with the rpc server|Ошибка обмена с сервером удалённого подключения
699|RPC_END|end of the rpc range|Ошибка удалённого подключения к кассе
1000|USERS_SCRIPTS_BASE|user script|Ошибка пользовательского сценария
1999|USERS_SCRIPTS_END|end of the user script range|Ошибка пользовательского сценария
`;

let rows: readonly AtolErrorRow[] | undefined;
let byCode: ReadonlyMap<number, AtolErrorRow> | undefined;

/** Every row, in the order of the codes. */
export function atolErrors(): readonly AtolErrorRow[] {
  rows ??= table
    .trim()
    .split('\n')
    .map((line) => {
      const [code = '', name = '', text = '', textRu = ''] = line.split('|');
      return { code: Number(code), name, text, textRu };
    });
  return rows;
}

const ranges: readonly (readonly [number, number, string, string])[] = [
  [400, 499, 'marking', 'Ошибка проверки маркировки'],
  [500, 599, 'web server', 'Ошибка веб-сервера кассы'],
  [600, 699, 'rpc', 'Ошибка удалённого подключения к кассе'],
  [1000, 1999, 'user script', 'Ошибка пользовательского сценария'],
];

/** What an error code means; a code in no list is told by its range. */
export function describeAtolError(code: number): AtolErrorRow {
  byCode ??= new Map([...atolErrors()].reverse().map((row) => [row.code, row] as const));
  const known = byCode.get(code);
  if (known !== undefined) return known;
  const range = ranges.find(([from, to]) => code >= from && code <= to);
  return {
    code,
    name: '',
    text: range === undefined ? `unknown error ${code}` : `${range[2]}, error ${code}`,
    textRu: range === undefined ? `Неизвестная ошибка кассы ${code}` : `${range[3]} (${code})`,
  };
}

/**
 * Errors that say nothing against the task itself: the document may have been written before they came. After one of them the drive
 * decides – its numbers, not the error.
 */
const doubtful: ReadonlySet<number> = new Set([
  2, 3, 4, 6, 15, 44, 45, 46, 47, 55, 104, 114, 115, 118, 123, 140, 150, 151, 162, 165, 170, 175, 177, 178,
  188, 199, 241, 277, 503, 505, 600, 601, 603,
]);

/** Whether an error leaves open if the document was written. Unknown numbers and user scripts do. */
export function isDoubtfulAtolError(code: number): boolean {
  return doubtful.has(code) || code >= 1000 || describeAtolError(code).name === '';
}
