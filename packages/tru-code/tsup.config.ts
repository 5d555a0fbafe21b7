import { elcertPackage } from '../../tsup.preset.js';

export default elcertPackage({
  index: 'src/index.ts',
  catalogue: 'src/catalogue/index.ts',
  countries: 'src/countries/index.ts',
  enrich: 'src/enrich/index.ts',
  schema: 'src/schema/index.ts',
  search: 'src/search/index.ts',
});
