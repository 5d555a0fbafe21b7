// @ts-check

/**
 * The environment for a package manager that is started from inside `npm run`: npm hands its own flags down as
 * `npm_config_*`, and `-s` meant for our output would silence the errors of an install.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function packageManagerEnvironment(env) {
  const dropped = new Set([
    'npm_config_loglevel',
    'npm_config_json',
    'npm_config_prefix',
    'npm_config_local_prefix',
    'npm_config_global',
    'npm_config_workspace',
    'npm_config_workspaces',
    'npm_config_node_gyp',
    'npm_config_production',
    'npm_config_omit',
    'npm_config_recursive',
    'node_env',
  ]);
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      const key = name.toLowerCase();
      return !dropped.has(key) && !/^npm_(lifecycle|package)_/.test(key);
    }),
  );
}
