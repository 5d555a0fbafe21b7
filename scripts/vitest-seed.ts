import fc from 'fast-check';

// ELCERT_SEED=… plays other cases, ELCERT_SEED=random new ones each time.
const wanted = process.env.ELCERT_SEED ?? '20261122';
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
