// Who may send which command when. What is in no list is admitted from operator 1 on (or 28, where the table asks for the
// administrator's password), in every mode.

/** Commands that put something on the tape: they need paper. */
export const printing: ReadonlySet<string> = new Set([
  ...['12', '17', '18', '19', '25', '29', '2C', '2F', '40', '41', '42', '43', '4D', '4F'],
  ...['50', '51', '52', '53', '54', '80', '81', '82', '83', '84', '85', '86', '87', '8A', '8B'],
  ...['8C', '8D', '8E', 'C1', 'C2', 'C3', 'C5', 'CB', 'DE', 'E0', 'E2', 'E4'],
  ...['FF06', 'FF0B', 'FF0D', 'FF34', 'FF38', 'FF3E', 'FF43', 'FF44', 'FF45', 'FF46', 'FF4B'],
]);

/** Of these, those that make a document of the drive or a line of one: a switched off printing leaves them without paper. */
export const makesDocument: ReadonlySet<string> = new Set([
  ...['41', '80', '81', '82', '83', '8D', 'E0'],
  ...['FF06', 'FF0B', 'FF0D', 'FF34', 'FF38', 'FF3E', 'FF43', 'FF44', 'FF46'],
]);

/** Commands that any operator may send although the table asks for the administrator. */
export const anyOperator: ReadonlySet<string> = new Set([
  ...['FF0C', 'FF0D', 'FF44', 'FF45', 'FF46', 'FF4B', 'FF4D', 'FF64'],
]);

/** Commands for the system administrator (30) alone. */
export const systemAdministrator: ReadonlySet<string> = new Set([
  ...['14', '1E', '21', '22', '23', '24', '27', 'FF05', 'FF06', 'FF34', 'FF3D', 'FF3E'],
]);

/** Commands that are refused while a receipt is open. */
export const notInReceipt: ReadonlySet<string> = new Set([
  ...['19', '1E', '21', '22', '23', '24', '27', '2C', '40', '41', '42', '43'],
  ...['50', '51', '52', '53', '54', '8C', '8D', 'C6', 'E0'],
  ...['FF05', 'FF06', 'FF08', 'FF0B', 'FF34', 'FF35', 'FF37', 'FF38', 'FF3D', 'FF3E', 'FF41', 'FF42', 'FF43'],
]);

/** What is answered while a date waits for its confirmation. */
export const duringDateEntry: ReadonlySet<string> = new Set(['10', '11', '22', '23', '6B', 'F7', 'FC']);

/** What is answered during a test run. */
export const duringTestRun: ReadonlySet<string> = new Set(['10', '11', '2B', '6B', 'F7', 'FC']);
