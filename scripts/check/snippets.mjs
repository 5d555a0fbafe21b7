// @ts-check
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib/root.mjs';
import { sourceArguments, sourceEnvironment } from '../lib/source.mjs';
import { toolScript } from '../lib/tools.mjs';
import { publishedPackages } from '../lib/workspace.mjs';

/**
 * The whole programs among the `ts` blocks of a Markdown text: those that import one of our packages. Others, and those
 * marked `ts fragment`, are for reading. A block marked `ts no-run` needs what a checking machine has not (a device), and
 * only its types are checked.
 *
 * @param {string} text
 * @returns {{ line: number, code: string, runs: boolean }[]}
 */
export function programs(text) {
  /** @type {{ line: number, code: string, runs: boolean }[]} */
  const found = [];
  /** @type {{ line: number, info: string, code: string[] } | undefined} */
  let open;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) open?.code.push(line);
    else if (open === undefined) open = { line: index + 1, info: (fence[1] ?? '').trim(), code: [] };
    else {
      const [language, ...marks] = open.info.split(/\s+/);
      const code = `${open.code.join('\n')}\n`;
      if (
        language === 'ts' &&
        !marks.includes('fragment') &&
        /^import [\s\S]*? from '@elcert\//m.test(code)
      ) {
        found.push({ line: open.line, code, runs: !marks.includes('no-run') });
      }
      open = undefined;
    }
  }
  return found;
}

/**
 * Checks the types of every program in the READMEs, and runs those that can run: what a reader copies first must work.
 *
 * @param {import('./check.mjs').StageContext} context
 * @returns {Promise<import('./plan.mjs').Outcome>}
 */
export async function checkSnippets({ node, log }) {
  const folder = path.join(root, '.cache', 'snippets');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Programs see what the examples see: every package by its public name.
  symlinkSync(path.join(root, 'examples', 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = { noUnusedLocals: false, typeRoots: [path.join(root, 'node_modules', '@types')] };
  const config = { extends: path.join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));

  const documents = [
    'README.md',
    'README.ru.md',
    ...publishedPackages(root).map(({ folder: name }) => `${name}/README.md`),
  ];
  const snippets = documents
    .filter((document) => existsSync(path.join(root, document)))
    .flatMap((document) =>
      programs(readFileSync(path.join(root, document), 'utf8')).map((program) => ({
        ...program,
        place: `${document}:${program.line}`,
        file: `${document.replaceAll('/', '-')}-${program.line}.ts`,
      })),
    );
  for (const { file, code } of snippets) writeFileSync(path.join(folder, file), code);

  /** @type {string[]} */
  const failed = [];
  /** @param {string} what @param {() => Promise<unknown>} work */
  const attempt = async (what, work) => {
    log(`── ${what}`);
    try {
      await work();
    } catch (error) {
      log(error instanceof Error ? error.message : String(error));
      failed.push(what);
    }
  };
  if (snippets.length > 0)
    await attempt('types', () => node([toolScript('typescript', 'tsc'), '-p', folder]));
  const running = snippets.filter(({ runs }) => runs);
  for (const { place, file } of running) {
    const options = { cwd: folder, env: sourceEnvironment(), timeoutMs: 60_000 };
    await attempt(place, () => node(sourceArguments(`.cache/snippets/${file}`), options));
  }
  const passed = running.length + (snippets.length > 0 ? 1 : 0) - failed.length;
  const note = failed.length > 0 ? failed.join(', ') : `${running.length} run, ${snippets.length} typed`;
  return { passed, failed: failed.length, note };
}
