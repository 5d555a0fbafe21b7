import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  index: 'src/index.ts',
});
