import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  kernel: 'src/kernel/index.ts',
  fes: 'src/fes/index.ts',
  acquirer: 'src/acquirer/index.ts',
  lan4gate: 'src/lan4gate/index.ts',
  'shtrih-m': 'src/shtrih-m/index.ts',
  fn: 'src/fn/index.ts',
  'atol-web': 'src/atol-web/index.ts',
  'ofd-ru': 'src/ofd-ru/index.ts',
  'ofd-kz': 'src/ofd-kz/index.ts',
  msw: 'src/fes/msw.ts',
  world: 'src/world/index.ts',
  inpas: 'src/inpas/index.ts',
  escpos: 'src/escpos/index.ts',
});
