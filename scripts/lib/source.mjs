// @ts-check
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './root.mjs';

/**
 * The arguments with which Node runs a TypeScript file of this workspace as it is: `@elcert/*` lead to sources.
 * tsx is named by its URL, because a bare name would be looked up from the caller's working folder.
 *
 * @param {string} file relative to the root
 * @returns {string[]}
 */
export function sourceArguments(file) {
  const tsx = createRequire(path.join(root, 'package.json')).resolve('tsx');
  return ['--conditions=@elcert/source', '--import', pathToFileURL(tsx).href, path.join(root, file)];
}

/** The environment for it: our tsconfig, and not one that happens to lie in the caller's folder. */
export function sourceEnvironment() {
  return { ...process.env, TSX_TSCONFIG_PATH: path.join(root, 'tsconfig.json') };
}
