import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  index: 'src/index.ts',
  qr: 'src/qr/index.ts',
  raster: 'src/raster/index.ts',
  render: 'src/render/index.ts',
  rules: 'src/rules/index.ts',
});
