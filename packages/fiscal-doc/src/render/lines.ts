// Lines of a fixed width: what a paper tape and a terminal share.

function width(text: string): number {
  return [...text].length;
}

/** Words of a text, those longer than a line cut. */
function wordsOf(text: string, columns: number): string[] {
  const words: string[] = [];
  for (const word of text.split(/\s+/)) {
    const characters = [...word];
    for (let at = 0; at < characters.length; at += columns)
      words.push(characters.slice(at, at + columns).join(''));
  }
  return words;
}

/** A text in lines of at most `columns` characters, broken between words. An empty text has no lines. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of wordsOf(text, columns)) {
    if (line === '') line = word;
    else if (width(line) + 1 + width(word) <= columns) line = `${line} ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** {@link wrap}, each line in the middle. */
export function centred(text: string, columns: number): string[] {
  return wrap(text, columns).map((line) => `${' '.repeat((columns - width(line)) >> 1)}${line}`);
}

/**
 * A caption on the left and a value at the right edge. A caption that is too long is broken; when not even its last line leaves
 * room, the value gets a line of its own.
 */
export function spread(caption: string, value: string, columns: number): string[] {
  const room = columns - width(value) - 1;
  if (room < 1) return [...wrap(caption, columns), ...wrap(value, columns)];
  const lines = width(caption) <= room ? [caption] : wrap(caption, columns);
  const last = lines.at(-1) ?? '';
  if (width(last) <= room)
    return [...lines.slice(0, -1), `${last}${' '.repeat(columns - width(last) - width(value))}${value}`];
  return [...lines, `${' '.repeat(columns - width(value))}${value}`];
}

/** A text without breaks in its words, e.g. a code: cut exactly at the edge. */
export function chopped(text: string, columns: number): string[] {
  const characters = [...text];
  const lines: string[] = [];
  for (let at = 0; at < characters.length; at += columns)
    lines.push(characters.slice(at, at + columns).join(''));
  return lines;
}
