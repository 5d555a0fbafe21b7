import { KzError } from './errors.js';
import { openKzSession } from './session.js';
import type { KzSession, KzSessionOptions } from './session-api.js';

/** The devices of one process, each with one session. */
export interface KzDevices {
  /** Opens the session of a device. @throws KzError `DEVICE_OPEN` (`not-sent`) while it has one; what {@link openKzSession} throws */
  open(options: KzSessionOptions): Promise<KzSession>;
  /** The session of a device, once it is open. */
  get(id: number): KzSession | undefined;
  /** Numbers of the devices that are open, in order. */
  ids(): readonly number[];
  /** Closes one device, or all. */
  close(id?: number): Promise<void>;
}

/**
 * Makes a registry of devices: several tills in one process, none of them twice.
 *
 * @example
 * ```ts
 * const devices = kzDevices();
 * for (const { id, token } of settings) await devices.open({ ...common, id, token, store: fileKzStore(`${folder}/${id}.log`) });
 * await devices.get(100500)?.ticket(ticket, { operationKey });
 * ```
 */
export function kzDevices(): KzDevices {
  const open = new Map<number, Promise<KzSession>>();
  const ready = new Map<number, KzSession>();
  const close = async (id: number) => {
    const session = await open.get(id)?.catch(() => undefined);
    await session?.close();
    open.delete(id);
    ready.delete(id);
  };
  return {
    async open(options) {
      const { id } = options;
      if (open.has(id))
        throw new KzError({
          code: 'DEVICE_OPEN',
          message: `device ${id} is open already`,
          userMessage: 'Эта касса уже открыта.',
          outcome: 'not-sent',
        });
      const opening = openKzSession(options);
      open.set(id, opening);
      try {
        const session = await opening;
        ready.set(id, session);
        return session;
      } catch (error) {
        open.delete(id);
        throw error;
      }
    },
    get: (id) => ready.get(id),
    ids: () => [...ready.keys()].sort((one, other) => one - other),
    async close(id) {
      for (const one of id === undefined ? [...open.keys()] : [id]) await close(one);
    },
  };
}
