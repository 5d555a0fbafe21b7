import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  elcert: 'src/bin.ts',
});
