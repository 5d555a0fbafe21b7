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
 * The links of all documents of a folder that lead nowhere.
 *
 * @param {string} root
 * @returns {{ file: string, line: number, target: string }[]}
 */
export function brokenLinks(root) {
  return documents(root).flatMap((file) =>
    relativeLinks(readFileSync(file, 'utf8'))
      .filter(({ target }) => !existsSync(path.resolve(path.dirname(file), target)))
      .map((link) => ({ ...link, file: path.relative(root, file) })),
  );
}

/** @param {string} folder @returns {string[]} */
function documents(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : documents(full);
    return entry.name.endsWith('.md') ? [full] : [];
  });
}
