// @ts-check
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureInstalled } from '../lib/install.mjs';
import { root } from '../lib/root.mjs';
import { sourceArguments, sourceEnvironment } from '../lib/source.mjs';
import { toolScript } from '../lib/tools.mjs';
import { publishedPackages, workspacePackages } from '../lib/workspace.mjs';
import { buildPackages } from './build.mjs';
import { buildDocs } from './docs.mjs';
import { brokenLinks } from './links.mjs';
import { checkSizes } from './sizes.mjs';
import { checkSnippets } from './snippets.mjs';
import { countVitest } from './vitest-report.mjs';

/** @typedef {import('./plan.mjs').Stage} Stage */

const ok = { passed: 1, failed: 0 };

/**
 * Tests of one vitest project, counted one by one.
 *
 * @param {string} project
 * @param {string} title
 * @returns {Stage}
 */
function tests(project, title) {
  return {
    name: project,
    title,
    needs: ['install'],
    async run({ ci, node, log }) {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'elcert-check-'));
      const file = path.join(folder, 'report.json');
      try {
        let exitCode = 0;
        try {
          const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
          await node([toolScript('vitest'), 'run', '--project', project, '--passWithNoTests', ...reporters]);
        } catch (error) {
          if (!existsSync(file)) throw error;
          exitCode = 1;
        }
        const report = JSON.parse(readFileSync(file, 'utf8'));
        const { refused, ...outcome } = countVitest(report, { exitCode, allowSkips: !ci });
        for (const test of refused) log(`skipped, which is a failure in CI: ${test}`);
        return outcome;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** What `npm test` does, in this order. @type {readonly Stage[]} */
export const stages = [
  {
    name: 'install',
    title: 'pinned pnpm, dependencies exactly as locked',
    async run() {
      return { ...ok, note: (await ensureInstalled()) ? 'installed' : 'up to date' };
    },
  },
  {
    name: 'format',
    title: 'formatting and lint (Biome)',
    needs: ['install'],
    async run({ node }) {
      await node([
        toolScript('@biomejs/biome', 'biome'),
        'check',
        '--error-on-warnings',
        '--max-diagnostics=100',
        '.',
      ]);
      return ok;
    },
  },
  {
    name: 'floors',
    title: 'who may import whom, no cycles (dependency-cruiser)',
    needs: ['install'],
    async run({ node }) {
      const places = ['packages', 'tests', 'benchmarks', 'examples', 'environments', 'scripts'];
      const files = readdirSync(root).filter((name) => /\.(ts|mts|mjs)$/.test(name));
      const argv = [...places, ...files].filter((name) => existsSync(path.join(root, name)));
      await node([
        toolScript('dependency-cruiser', 'depcruise'),
        ...argv,
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'err-long',
      ]);
      return ok;
    },
  },
  {
    name: 'links',
    title: 'relative links in the documents lead somewhere',
    async run({ log }) {
      const broken = brokenLinks(root);
      for (const { file, line, target } of broken) log(`${file}:${line}: ${target} is not there`);
      return broken.length === 0 ? ok : { passed: 0, failed: 1, note: `${broken.length} broken` };
    },
  },
  {
    name: 'generated',
    title: 'generated files are as their generators make them',
    needs: ['install'],
    async run({ node, log }) {
      const generators = workspacePackages(root).flatMap(({ folder }) =>
        (existsSync(path.join(root, folder, 'scripts'))
          ? readdirSync(path.join(root, folder, 'scripts'))
          : []
        )
          .filter((name) => /^generate[^/]*(?<!\.test)\.(mjs|ts)$/.test(name))
          .map((name) => `${folder}/scripts/${name}`),
      );
      for (const generator of generators) {
        log(`${generator} --check`);
        await node([...sourceArguments(generator), '--check'], { env: sourceEnvironment() });
      }
      return { ...ok, note: `${generators.length} generators` };
    },
  },
  {
    name: 'types',
    title: 'types of sources, tests and scripts (tsc)',
    needs: ['install'],
    async run({ node }) {
      const tsc = toolScript('typescript', 'tsc');
      await node([tsc, '-p', 'tsconfig.json']);
      await node([tsc, '-p', 'scripts/tsconfig.json']);
      return ok;
    },
  },
  tests('unit', 'pure code beside its source, and this tooling'),
  tests('vectors', 'golden bytes'),
  tests('integration', 'a driver or client against its emulator'),
  tests('e2e', 'whole sales, the command line as a process'),
  tests('faults', 'failure stories'),
  {
    name: 'build',
    title: 'every package as it is published (tsup)',
    needs: ['install'],
    async run(context) {
      return { ...ok, note: await buildPackages(publishedPackages(root), context) };
    },
  },
  {
    name: 'unused',
    title: 'no unused file, export or dependency (knip)',
    needs: ['install'],
    async run({ node }) {
      await node([toolScript('knip'), '--no-progress', '--no-config-hints']);
      return ok;
    },
  },
  {
    name: 'pack',
    title: 'packed tarballs: publint, are the types wrong',
    needs: ['build'],
    async run(context) {
      const { checkTarballs } = await import('../../environments/pack.mjs');
      return checkTarballs(context);
    },
  },
  {
    name: 'consumers',
    title: 'packed tarballs in empty projects: import, require, types, browser',
    needs: ['build'],
    after: ['pack'],
    async run(context) {
      const { checkConsumers } = await import('../../environments/consumers.mjs');
      return checkConsumers(context);
    },
  },
  {
    name: 'size',
    title: 'no export path outgrows its limit (size-limit)',
    needs: ['build'],
    run: (context) => checkSizes(context),
  },
  {
    name: 'docs',
    title: 'reference to docs/api (TypeDoc), warnings are errors',
    needs: ['install'],
    run: (context) => buildDocs(context),
  },
  {
    name: 'examples',
    title: 'every example runs and exits 0',
    needs: ['install'],
    async run({ node, log }) {
      const folder = path.join(root, 'examples');
      const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
      /** @type {string[]} */
      const failed = [];
      for (const file of files.sort()) {
        log(`── ${file}`);
        try {
          const timeoutMs = 60_000;
          await node(sourceArguments(`examples/${file}`), {
            cwd: folder,
            env: sourceEnvironment(),
            timeoutMs,
          });
        } catch (error) {
          log(String(error));
          failed.push(file);
        }
      }
      const note = failed.length > 0 ? failed.join(', ') : `${files.length} examples`;
      return { passed: files.length - failed.length, failed: failed.length, note };
    },
  },
  {
    name: 'snippets',
    title: 'programs in the READMEs: types, and those that can run',
    needs: ['install'],
    run: (context) => checkSnippets(context),
  },
  {
    name: 'clone',
    title: 'a bare clone in an awkward folder: elcert and demo with Node and npm alone',
    needs: ['install'],
    async run(context) {
      const { checkBareClone } = await import('../../environments/bare-clone.mjs');
      return checkBareClone(context);
    },
  },
];
