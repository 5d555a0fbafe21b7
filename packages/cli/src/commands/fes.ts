import { formatRubles, parseRubles, randomUuid } from '@elcert/core';
import {
  assumedV1,
  assumedV2,
  createFesClient,
  describeProfile,
  type FesArticle,
  type FesClient,
  type FesWireProfile,
  parseProfile,
  splitBasket,
} from '@elcert/fes-client';
import { parseTruCode } from '@elcert/tru-code';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { readJson } from '../input.js';
import type { Io } from '../io.js';
import { badInput, exitCode, printJson } from '../outcome.js';
import type { ReadyEntry } from '../ready-file.js';
import { textTable } from '../table.js';

interface ConnectionOptions {
  readonly url?: string;
  readonly cashboxId?: string;
  readonly apiKey?: string;
  readonly macKey?: string;
  readonly readyFile?: string;
  readonly profile: string;
  readonly acknowledgeAssumedProfile?: boolean;
  readonly requestId?: string;
  readonly json?: boolean;
}

interface CardOptions extends ConnectionOptions {
  readonly panHash: string;
  readonly par?: string;
}

const profiles: Readonly<Record<string, FesWireProfile>> = { assumedV1, assumedV2 };

const keysHelp = `
Where the keys come from: --api-key and --mac-key, or ELCERT_API_KEY and ELCERT_MAC_KEY in the environment (which other users of
the machine cannot see), or the ready file of "elcert emulate".`;

/** `elcert fes …` */
export function addFesCommands(program: Command, context: CommandContext): void {
  const fes = program
    .command('fes')
    .description("operations of NSPK's front office of electronic certificates (FES)")
    .addHelpText('after', keysHelp);
  const operation = (name: string, description: string) =>
    fes
      .command(name)
      .description(description)
      .option('--url <address>', 'base address of FES')
      .option('--cashbox-id <digits>', 'number of the desk at NSPK, with its leading zeros')
      .option('--api-key <key>', "the merchant's key")
      .option('--mac-key <key>', "the desk's key")
      .option('--ready-file <file>', 'address and keys from the ready file of "elcert emulate"')
      .option(
        '--profile <name or file>',
        'assumedV1, assumedV2, or a JSON file that corrects one of them',
        'assumedV1',
      )
      .option('--acknowledge-assumed-profile', 'talk to the real NSPK host with invented paths and headers')
      .option('--request-id <uuid>', 'send the request of an earlier attempt again')
      .option('--json', 'one JSON object on stdout')
      .addHelpText('after', keysHelp);
  const card = (command: Command) =>
    command
      .requiredOption('--pan-hash <hex>', 'SHA-256 of the card number, 64 hex digits')
      .option('--par <text>', 'payment account reference, obligatory in V2');

  operation('echo', 'is FES there, and are address, keys and MAC right?')
    .option('--message <text>', 'what to send', 'elcert')
    .action(
      context.action(async (options: ConnectionOptions & { readonly message: string }) => {
        const { client, call } = await connect(context.io, options);
        const answer = await client.echo({ message: options.message }, call);
        return show(
          context.io,
          options,
          { ...answer },
          () => 'FES answers: address, keys and MAC are right\n',
        );
      }),
    );

  card(operation('preauth', 'which part of a basket do certificates pay?'))
    .option('--item <tru,rubles[,count]>', 'one position: 3299…643,1350.00,2; may be repeated', collect, [])
    .option('--articles <file>', 'positions as a JSON array: articleNumber, truCode, count, price in kopecks')
    .action(
      context.action(
        async (options: CardOptions & { readonly item: readonly string[]; readonly articles?: string }) => {
          const { client, call } = await connect(context.io, options);
          const articles = await readArticles(context.io, options);
          const basket = await client.preAuthPurchase({ ...cardOf(options), articles }, call);
          const split = splitBasket(basket);
          return show(context.io, options, { ...basket, split }, () => {
            const rows = split.lines.map((line) => [
              String(line.articleNumber),
              line.truCode,
              `${line.count} x ${formatRubles(line.price)}`,
              formatRubles(line.certificateAmount),
              formatRubles(line.ownAmount),
            ]);
            const table = textTable(['#', 'TRU', 'price', 'certificate', 'own'], rows, {
              right: [0, 2, 3, 4],
            });
            return `basket ${basket.purchaseBasketId}, certificates pay ${formatRubles(split.certificateAmount)}\n\n${table}`;
          });
        },
      ),
    );

  card(operation('certificates', 'certificates of a card')).action(
    context.action(async (options: CardOptions) => {
      const { client, call } = await connect(context.io, options);
      const certificates = await client.certificates(cardOf(options), call);
      return show(context.io, options, { certificates }, () =>
        textTable(
          ['certificate', 'TRU', 'count', 'money', 'limit', 'until'],
          certificates.flatMap((one) =>
            one.tru.map((tru) => [
              one.id,
              tru.truCode,
              String(tru.balanceCount ?? one.balanceCount ?? '–'),
              rubles(tru.balanceMoney ?? one.balanceMoney),
              rubles(tru.limitMoney ?? one.limitMoney),
              one.expiryDate ?? '–',
            ]),
          ),
          { right: [2, 3, 4] },
        ),
      );
    }),
  );

  card(operation('baskets', 'paid purchases of a card that hold a TRU code'))
    .requiredOption('--tru <code>', 'TRU code')
    .action(
      context.action(async (options: CardOptions & { readonly tru: string }) => {
        const { client, call } = await connect(context.io, options);
        const truCode = parseTruCode(options.tru).full;
        const baskets = await client.purchaseBaskets({ ...cardOf(options), truCode }, call);
        return show(context.io, options, { baskets }, () =>
          textTable(
            ['basket', 'paid'],
            baskets.map((one) => [one.basketId, one.authDate]),
          ),
        );
      }),
    );

  operation('basket', 'what a basket holds')
    .argument('<id>', '24 digits')
    .action(
      context.action(async (basketId: string, options: ConnectionOptions) => {
        const { client, call } = await connect(context.io, options);
        const basket = await client.basket({ basketId }, call);
        return show(context.io, options, { basket }, () =>
          textTable(
            ['#', 'TRU', 'price', 'count'],
            basket.articles.map((one) => [
              String(one.articleNumber),
              one.truCode,
              formatRubles(one.price),
              String(one.count ?? '–'),
            ]),
            { right: [0, 2, 3] },
          ),
        );
      }),
    );

  operation('find', 'the purchase basket of a fiscal receipt')
    .requiredOption('--fn <number>', 'number of the fiscal drive')
    .requiredOption('--fd <number>', 'number of the document')
    .requiredOption('--fp <number>', 'fiscal sign')
    .action(
      context.action(
        async (
          options: ConnectionOptions & { readonly fn: string; readonly fd: string; readonly fp: string },
        ) => {
          const { client, call } = await connect(context.io, options);
          const { fn, fd, fp } = options;
          const basketId = await client.purchaseBasketId(
            { fiscalDriveNumber: fn, fiscalDocumentNumber: Number(fd), fiscalSign: fp },
            call,
          );
          return show(context.io, options, { basketId }, () => `${basketId}\n`);
        },
      ),
    );

  fes
    .command('profile')
    .description(
      'every field of a wire profile with its mark: documented, implemented, inferred, ours, supplied',
    )
    .addOption(
      new Option('--profile <name or file>', 'assumedV1, assumedV2 or a JSON file').default('assumedV1'),
    )
    .option('--json', 'one JSON object on stdout')
    .action(
      context.action(async (options: { readonly profile: string; readonly json?: boolean }) => {
        const rows = describeProfile(await profileOf(context.io, options.profile));
        if (options.json === true) printJson(context.io, { ok: true, fields: rows });
        else {
          const cells = rows.map(({ field, value, mark, source }) => [field, value, mark, source]);
          context.io.out(textTable(['field', 'value', 'mark', 'source'], cells));
        }
        return exitCode.done;
      }),
    );
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function rubles(amount: number | undefined): string {
  return amount === undefined ? '–' : formatRubles(amount);
}

function cardOf({ panHash, par }: CardOptions): { panHash: string; par?: string } {
  return { panHash, ...(par === undefined ? {} : { par }) };
}

function show(
  io: Io,
  options: ConnectionOptions,
  answer: Record<string, unknown>,
  text: () => string,
): number {
  if (options.json === true) printJson(io, { ok: true, ...answer });
  else io.out(text());
  return exitCode.done;
}

async function profileOf(io: Io, name: string): Promise<FesWireProfile> {
  return profiles[name] ?? parseProfile(await readJson(name, io));
}

async function connect(
  io: Io,
  options: ConnectionOptions,
): Promise<{ client: FesClient; call: { requestId: string } }> {
  const ready = options.readyFile === undefined ? undefined : await readyFes(io, options.readyFile);
  const wanted = (name: string, value: string | undefined): string => {
    if (value === undefined || value === '') throw badInput('USAGE', `${name} is wanted, or --ready-file`);
    return value;
  };
  const client = createFesClient({
    baseUrl: wanted('--url', options.url ?? ready?.url),
    cashboxId: wanted('--cashbox-id', options.cashboxId ?? ready?.cashboxId),
    credentials: {
      apiKey: wanted('--api-key', options.apiKey ?? ready?.apiKey ?? process.env.ELCERT_API_KEY),
      macKey: wanted('--mac-key', options.macKey ?? ready?.macKey ?? process.env.ELCERT_MAC_KEY),
    },
    profile: await profileOf(io, options.profile),
    ...(options.acknowledgeAssumedProfile === true ? { acknowledgeAssumedProfile: true } : {}),
  });
  return { client, call: { requestId: options.requestId ?? randomUuid() } };
}

async function readyFes(io: Io, file: string): Promise<ReadyEntry> {
  const content = await readJson(file, io);
  const entry: unknown =
    typeof content === 'object' && content !== null && 'fes' in content ? content.fes : undefined;
  if (typeof entry !== 'object' || entry === null) {
    throw badInput('NOT_A_READY_FILE', `${file} names no fes`, { path: 'fes' });
  }
  return entry;
}

async function readArticles(
  io: Io,
  options: { readonly item: readonly string[]; readonly articles?: string },
): Promise<FesArticle[]> {
  if (options.articles !== undefined) {
    const articles = await readJson(options.articles, io);
    if (!Array.isArray(articles))
      throw badInput('BAD_ARTICLES', 'an array of positions is wanted', { path: 'articles' });
    return articles as FesArticle[]; // checked member by member by the client before anything is sent
  }
  return options.item.map((text, index) => {
    const [tru = '', price = '', count = '1', ...more] = text.split(',');
    if (more.length > 0 || !/^\d{1,6}$/.test(count)) {
      throw badInput('BAD_ARTICLES', `--item is TRU,RUBLES or TRU,RUBLES,COUNT: ${text}`, {
        path: `item[${index}]`,
      });
    }
    return {
      articleNumber: index + 1,
      truCode: parseTruCode(tru).full,
      price: parseRubles(price),
      count: Number(count),
    };
  });
}
