import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assumedV1, assumedV2, describeProfile } from '@elcert/fes-client';
import { expect, it } from 'vitest';

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));

function table(): string {
  const second = new Map(describeProfile(assumedV2).map(({ field, value }) => [field, value]));
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = describeProfile(assumedV1)
    .filter(({ field }) => !field.startsWith('resultCodes.reasons.'))
    .map(({ field, value, mark, source }) => {
      const other = second.get(field) ?? '';
      const shown = other === value ? `\`${value}\`` : `\`${value}\`; V2 \`${other}\``;
      return `| \`${field}\` | ${cell(shown)} | ${mark} | ${cell(source)} |`;
    });
  const codes = Object.keys(assumedV1.resultCodes.reasons).map(Number);
  const range = `${Math.min(...codes)}–${Math.max(...codes)}`;
  const reasons = assumedV1.evidence['resultCodes.reasons'];
  rows.push(`| \`resultCodes.reasons\` | ${range} | ${reasons?.mark} | ${reasons?.source} |`);
  return ['| field | value | mark | source |', '|---|---|---|---|', ...rows].join('\n');
}

it('shows the profile as it is', async () => {
  const text = readFileSync(readme, 'utf8');
  const parts = /^(.*<!-- profile:[^\n]*-->\n)(.*)(<!-- \/profile -->.*)$/s.exec(text);
  await expect(`${parts?.[1]}${table()}\n${parts?.[3]}`).toMatchFileSnapshot(readme);
});
