// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const skippedFolders = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', 'api']);

/**
 * The relative links of one Markdown text, code left out.
 *
 * @param {string} text
 * @returns {{ line: number, target: string }[]} targets without their fragments, decoded
 */
export function relativeLinks(text) {
  /** @type {{ line: number, target: string }[]} */
  const links = [];
  let fenced = false;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    if (fenced) continue;
    const prose = line.replace(/`[^`]*`/g, '');
    for (const match of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/g)) {
      const target = (match[1] ?? match[2] ?? '').replace(/#.*$/, '');
      if (target === '' || /^[a-z][a-z0-9+.-]*:/i.test(target) || target.startsWith('//')) continue;
      links.push({ line: index + 1, target: decodeURI(target) });
    }
  }
  return links;
}

/**
 * The files of this repository that one Markdown text names in backticks, by their path from the root or from `packages`.
 *
 * @param {string} text
 * @param {readonly string[]} places the first folders that such a path can begin with
 * @returns {{ line: number, target: string }[]}
 */
export function namedFiles(text, places) {
  return text
    .split(/\r?\n/)
    .flatMap((line, index) =>
      [...line.matchAll(/`([\w@.-]+(?:\/[\w@.-]+)+\.\w+)`/g)]
        .map((match) => ({ line: index + 1, target: match[1] ?? '' }))
        .filter(({ target }) => places.includes(target.slice(0, target.indexOf('/')))),
    );
}

/**
 * The links of all documents of a folder that lead nowhere, and the files that are named and are not there.
 *
 * @param {string} root
 * @returns {{ file: string, line: number, target: string }[]}
 */
export function brokenLinks(root) {
  const packages = path.join(root, 'packages');
  const places = [root, packages].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && !skippedFolders.has(entry.name) ? [entry.name] : [],
    ),
  );
  return documents(root).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const from = path.dirname(file);
    const links = relativeLinks(text).filter(({ target }) => !existsSync(path.resolve(from, target)));
    const names = namedFiles(text, places).filter(
      ({ target }) => ![root, packages].some((base) => existsSync(path.join(base, target))),
    );
    return [...links, ...names].map((link) => ({ ...link, file: path.relative(root, file) }));
  });
}

/** @param {string} folder @returns {string[]} */
function documents(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : documents(full);
    return entry.name.endsWith('.md') ? [full] : [];
  });
}
