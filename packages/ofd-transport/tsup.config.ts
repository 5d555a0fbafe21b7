import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  ru: 'src/ru/index.ts',
  'ru/node': 'src/ru/node/index.ts',
  kz: 'src/kz/index.ts',
  'kz/node': 'src/kz/node/index.ts',
});
