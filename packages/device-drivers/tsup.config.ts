import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  index: 'src/index.ts',
  'shtrih-m': 'src/shtrih-m/index.ts',
  atol: 'src/atol/index.ts',
  lan4gate: 'src/lan4gate/index.ts',
  inpas: 'src/inpas/index.ts',
  serial: 'src/serial/index.ts',
  escpos: 'src/escpos/index.ts',
  'escpos-node': 'src/escpos/node/index.ts',
});
