// @ts-check

/**
 * What a package exports in this workspace: path, source, and the built file that stands for it.
 *
 * @param {import('../lib/workspace.mjs').Manifest} manifest
 * @returns {{ path: string, specifier: string, source: string, built: string }[]}
 */
export function sourceEntries(manifest) {
  return Object.entries(manifest.exports ?? {}).flatMap(([path, target]) => {
    const conditions = /** @type {Record<string, string>} */ (target);
    const source = conditions['@elcert/source'];
    const built = conditions.default;
    if (source === undefined || built === undefined) return [];
    return [{ path, specifier: specifierOf(manifest.name, path), source, built }];
  });
}

/**
 * @param {string} name
 * @param {string} exportPath
 */
export function specifierOf(name, exportPath) {
  return exportPath === '.' ? name : `${name}/${exportPath.slice(2)}`;
}
