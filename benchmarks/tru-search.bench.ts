import { randomInt, seededRandom } from '@elcert/core';
import { buildTruSearch } from '@elcert/tru-code/search';
import type { Comparison } from './harness.js';

// A list of 20,000 names in the manner of KTSR: a head noun, its attributes, and two words of a vocabulary of some
// thousands, all from a seed. Real names repeat more, so that their words lead to more entries and to fewer stems.
const random = seededRandom('20,000 names');
const pick = <T>(list: readonly T[]): T => list[randomInt(random, list.length)] as T;
const nouns =
  'трость кресло-коляска ходунки костыли подгузники протез аппарат обувь корсет бандаж тутор матрац подушка опора дисплей'.split(
    ' ',
  );
const attributes =
  'опорная регулируемая складная прогулочная комнатная ортопедическая сложная утепленная детская цифровая заушная шарнирная'.split(
    ' ',
  );
const phrases = [
  'по высоте',
  'с устройством противоскольжения',
  'без устройства противоскольжения',
  'с ручным приводом',
  'для детей-инвалидов',
  'на нижнюю конечность',
  'с анатомической ручкой',
  'с полным влагопоглощением не менее 1000 г',
];
const syllables = 'ба ве ги до жу за ко ли му на ро ста тре фи ча ше'.split(' ');
const vocabulary = Array.from({ length: 4000 }, () =>
  Array.from({ length: 2 + randomInt(random, 3) }, () => pick(syllables)).join(''),
);
const entries = Array.from({ length: 20_000 }, (_, index) => ({
  code: `${100_000_000 + index * 7}.${String(60_010_101 + index).padStart(9, '0')}`,
  name: [
    pick(nouns),
    pick(attributes),
    pick(vocabulary),
    pick(phrases),
    pick(phrases),
    pick(vocabulary),
  ].join(' '),
}));
const lowerNames = entries.map((entry) => entry.name.toLowerCase());
const { search } = buildTruSearch(entries);

/** Every beginning of a text, as a box that searches while one types sees them. */
function keystrokes(text: string): string[] {
  return Array.from(text, (_, index) => text.slice(0, index + 1));
}

// What a shop would write at first: all the words somewhere in the name, short names first.
function scan(query: string): readonly unknown[] {
  const words = query.toLowerCase().split(/\s+/);
  return lowerNames
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => words.every((word) => name.includes(word)))
    .sort((a, b) => a.name.length - b.name.length)
    .slice(0, 20)
    .map(({ index }) => entries[index]);
}

function inTurn(queries: readonly string[], answer: (query: string) => unknown): () => unknown {
  let next = 0;
  return () => {
    const query = queries[next % queries.length] as string;
    next += 1;
    return answer(query);
  };
}

const typed = Array.from({ length: 200 }, () => keystrokes(pick(entries).name.slice(0, 40))).flat();

function comparison(name: string, queries: readonly string[]): Comparison {
  return {
    name,
    ours: 'buildTruSearch(…).search',
    peer: 'filter, includes, sort',
    run: inTurn(queries, search),
    runPeer: inTurn(queries, scan),
  };
}

/** One query over 20,000 names, ours in any form and order of words, the scan as they are typed. */
export const comparisons: readonly Comparison[] = [
  comparison('search 20,000 names at each keystroke of a name', typed),
  comparison('search 20,000 names by the first letter', ['к', 'с', 'т', 'п', 'о']),
  comparison('search 20,000 names by three words in other forms', [
    'тростью складной детям',
    'коляски комнатной ручной',
  ]),
  comparison('search 20,000 names by a word with a slip', ['каляска', 'регулируюмая', 'ортапедическая']),
];
