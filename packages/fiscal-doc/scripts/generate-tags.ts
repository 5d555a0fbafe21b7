import { readFileSync, writeFileSync } from 'node:fs';
import {
  compositionOf,
  documentCodes,
  type FfdVersion,
  type Presence,
  type TagDefinition,
  tagDefinition,
  tagDefinitions,
  tagEnumerations,
} from '@elcert/fiscal-doc';

// Writes docs/tags.md out of the tables that the codec and the rules read.
// `--check` writes nothing and fails when the file would change.

const file = new URL('../docs/tags.md', import.meta.url);

const versions: readonly FfdVersion[] = ['1.0', '1.05', '1.1', '1.2'];

const marks: Readonly<Record<Presence, string>> = {
  mandatory: '**да**',
  conditional: 'по условию',
  optional: 'может',
  forbidden: 'только на бумаге',
};

const kinds: Readonly<Record<TagDefinition['kind'], string>> = {
  string: 'text',
  uint: 'number',
  bool: 'flag',
  mask: 'bits',
  vln: 'number',
  fvln: 'quantity',
  unixtime: 'time',
  date: 'date',
  bytes: 'bytes',
  stlv: 'STLV',
};

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

function size(one: TagDefinition): string {
  const text = one.fixed ? `${one.size}` : `≤ ${one.size}`;
  return one.padded ? `${text}, padded` : text;
}

function name(one: TagDefinition): string {
  if (one.name === '') return '';
  const others = one.otherNames.map((other) => ` (\`${other}\`)`).join('');
  return `\`${one.name}\`${others}${one.nameIsOurs ? ' *ours*' : ''}`;
}

function notes(one: TagDefinition): string {
  return [
    one.repeated ? 'repeated' : '',
    one.legacy ? 'meaning of FFD 1.0' : '',
    one.abolished && !one.legacy ? 'abolished' : '',
  ]
    .filter((note) => note !== '')
    .join(', ');
}

function dictionary(): string {
  return table(
    ['tag', 'official name', 'JSON name', 'type', 'bytes', 'versions', 'stands in', 'documents', 'notes'],
    tagDefinitions().map((one) => [
      String(one.tag),
      one.title,
      name(one),
      kinds[one.kind],
      size(one),
      one.versions.join(' '),
      one.parents.join(' '),
      one.documents.join(' '),
      notes(one),
    ]),
  );
}

/** One place of a document: a row a requisite, a column a version that has the place. */
function place(code: number, parent: number): string {
  const lists = versions.flatMap((version) => {
    const list = compositionOf(version, code)?.get(parent);
    return list === undefined ? [] : [{ version, list }];
  });
  const tags = [...new Set(lists.flatMap(({ list }) => [...list.entries.keys()]))].sort((a, b) => a - b);
  return table(
    ['tag', 'name', ...lists.map(({ version }) => version)],
    tags.map((tag) => {
      const entries = lists.map(({ version, list }) => ({ version, entry: list.entries.get(tag) }));
      const meanings = entries.flatMap(({ version, entry }) =>
        entry === undefined ? [] : [tagDefinition(tag, version)?.title ?? ''],
      );
      return [
        String(tag),
        [...new Set(meanings)].join(' / '),
        ...entries.map(({ entry }) =>
          entry === undefined ? '' : `${marks[entry.presence]}${entry.repeated ? ', повторяется' : ''}`,
        ),
      ];
    }),
  );
}

/** All places of a document, the document itself first. */
function places(code: number): string {
  const parents = new Set(versions.flatMap((version) => [...(compositionOf(version, code)?.keys() ?? [])]));
  return [...parents]
    .sort((a, b) => a - b)
    .map((parent) => {
      const heading = parent === 0 ? '' : `**→ ${parent} ${tagDefinition(parent)?.title ?? ''}**\n\n`;
      return `${heading}${place(code, parent)}`;
    })
    .join('\n\n');
}

/** Forms with the very same composition share a section. */
function documents(): string {
  const codesOf = new Map<string, number[]>();
  for (const code of documentCodes) {
    const text = places(code);
    codesOf.set(text, [...(codesOf.get(text) ?? []), code]);
  }
  return [...codesOf]
    .map(([text, codes]) => {
      const heading = codes.map((code) => `${code} ${tagDefinition(code)?.title ?? ''}`).join('; ');
      return `### ${heading}\n\n${text}`;
    })
    .join('\n\n');
}

function values(): string {
  return tagEnumerations()
    .map(({ tags, kind, values: listed }) => {
      const heading = tags.map((tag) => `${tag} ${tagDefinition(tag)?.title ?? ''}`).join('; ');
      const head = [kind === 'mask' ? 'bit' : 'value', 'meaning'];
      return `### ${heading}\n\n${table(
        head,
        listed.map(([value, label]) => [String(value), label]),
      )}`;
    })
    .join('\n\n');
}

const text = `# Requisites of the fiscal data formats

<!-- Made by scripts/generate-tags.ts out of src/tags/. Change the tables there and run it again:
     node --conditions=@elcert/source --import tsx packages/fiscal-doc/scripts/generate-tags.ts -->

What the codec, the types and the rules of \`@elcert/fiscal-doc\` know, as tables: [the dictionary](#dictionary),
[the composition of each document](#composition) by version, and [the listed values](#listed-values). Where each part comes from is said in
the [README](../README.md#what-it-rests-on); it is not a legal text.

## Dictionary

Bytes are those of the value on the wire; a text has one byte a character (CP866). Numbers are whole; sums are kopecks.
\`document\` under "stands in" is the document itself. Tags without versions are envelopes of the archive export.

${dictionary()}

## Composition

The electronic form. **да** – mandatory; по условию – mandatory under a condition of the order; может – voluntary; только на
бумаге – printed, never sent. An empty cell: the version has no such requisite there. Requisites inside requisites follow under the number
of the one that holds them; those without a table of their own take what the dictionary says may stand in them.

${documents()}

## Listed values

${values()}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(
      'docs/tags.md is not what scripts/generate-tags.ts makes of src/tags/; run it without --check\n',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
