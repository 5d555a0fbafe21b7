// @ts-check
import { expect, it } from 'vitest';
import { packageManagerEnvironment } from './environment.mjs';

it('drops what `npm run -s` hands down and keeps the machine', () => {
  const env = {
    PATH: '/bin',
    npm_config_loglevel: 'silent',
    npm_config_registry: 'https://registry.example',
    npm_lifecycle_event: 'elcert',
    npm_package_name: 'elcert',
    NODE_ENV: 'production',
  };
  expect(packageManagerEnvironment(env)).toEqual({
    PATH: '/bin',
    npm_config_registry: 'https://registry.example',
  });
});
