// Writes src/kz/descriptors.ts from src/kz/proto/*.proto. Needs `protoc` (Debian: protobuf-compiler) on the PATH:
//   node packages/ofd-transport/scripts/kz-descriptors.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const folder = fileURLToPath(new URL('../src/kz/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'kz-descriptors-'));
const rows = [202, 203, 204].map((version) => {
  const out = join(scratch, `${version}.bin`);
  execFileSync('protoc', [`-I${folder}proto`, `--descriptor_set_out=${out}`, `kkm${version}.proto`]);
  const [file] = fromBinary(FileDescriptorSetSchema, readFileSync(out)).file;
  const base64 = Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString('base64');
  const lines = base64.match(/.{1,100}/g).map((line) => `    '${line}',`);
  return `  ${version}: [\n${lines.join('\n')}\n  ].join(''),`;
});
rmSync(scratch, { recursive: true });
writeFileSync(
  `${folder}descriptors.ts`,
  `// Generated from proto/*.proto by scripts/kz-descriptors.mjs; not to be edited by hand.

/** A \`FileDescriptorProto\` in base64 for each version of the protocol. */
export const descriptors = {
${rows.join('\n')}
} as const;
`,
);
