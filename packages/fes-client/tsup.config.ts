import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  index: 'src/index.ts',
  desks: 'src/desks.ts',
  otel: 'src/otel.ts',
});
