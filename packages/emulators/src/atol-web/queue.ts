import {
  type AtolObject,
  type AtolTaskAnswer,
  describeAtolError,
  isAtolTaskType,
} from '@elcert/device-drivers/atol';
import { AtolRefusal } from './refusal.js';

/** A request in the queue. */
export interface QueuedRequest {
  readonly uuid: string;
  readonly tasks: readonly AtolObject[];
  readonly answers: readonly AtolTaskAnswer[];
}

/** Ends tasks with an error, before or after they were carried out. */
export interface Forced {
  readonly code: number;
  readonly carriedOut: boolean;
}

/** The web server's queue: requests one after the other, each uuid once. */
export interface AtolQueue {
  readonly requests: ReadonlyMap<string, QueuedRequest>;
  /** While held, others' tasks keep the register: what is put in waits. */
  readonly held: boolean;
  /** @returns whether it was new; a known uuid changes nothing */
  put(uuid: string, tasks: readonly AtolObject[], forced?: Forced): boolean;
  /** Takes back what waits. */
  remove(uuid: string): 'removed' | 'too-late' | 'unknown';
  hold(held: boolean): void;
  /** The history is gone, as after a reinstallation. */
  forget(): void;
}

const waiting: AtolTaskAnswer = { status: 'wait', errorCode: 0, errorDescription: '', result: undefined };

/** Makes a queue. `execute` carries out one task and throws an {@link AtolRefusal}. */
export function createAtolQueue(
  execute: (task: AtolObject, uuid: string) => AtolObject,
  onTask: (task: AtolObject, uuid: string, answer: AtolTaskAnswer) => void,
): AtolQueue {
  const requests = new Map<string, QueuedRequest>();
  let pending: { readonly uuid: string; readonly forced: Forced | undefined }[] = [];
  let held = false;

  const failure = (status: 'error' | 'interrupted' | 'canceled', code: number): AtolTaskAnswer => ({
    status,
    errorCode: code,
    errorDescription: code === 0 ? '' : describeAtolError(code).textRu,
    result: undefined,
  });

  const carryOut = (request: QueuedRequest, forced: Forced | undefined): AtolTaskAnswer[] => {
    let broken = false;
    return request.tasks.map((task) => {
      let answer: AtolTaskAnswer;
      if (broken) answer = failure('interrupted', 502);
      // A type that the driver does not know stays in the queue for good.
      else if (!isAtolTaskType(task.type)) answer = waiting;
      else {
        try {
          if (forced?.carriedOut === false) throw new AtolRefusal(forced.code);
          const result = execute(task, request.uuid);
          if (forced !== undefined) throw new AtolRefusal(forced.code);
          answer = { status: 'ready', errorCode: 0, errorDescription: 'Ошибок нет', result };
        } catch (error) {
          if (!(error instanceof AtolRefusal)) throw error;
          answer = failure('error', error.code);
          broken = true;
        }
      }
      onTask(task, request.uuid, answer);
      return answer;
    });
  };

  const pump = () => {
    if (held) return;
    const next = pending;
    pending = [];
    for (const { uuid, forced } of next) {
      const request = requests.get(uuid);
      if (request !== undefined) requests.set(uuid, { ...request, answers: carryOut(request, forced) });
    }
  };

  return {
    requests,
    get held() {
      return held;
    },
    put(uuid, tasks, forced) {
      if (requests.has(uuid)) return false;
      requests.set(uuid, { uuid, tasks, answers: tasks.map(() => waiting) });
      pending.push({ uuid, forced });
      pump();
      return true;
    },
    remove(uuid) {
      const request = requests.get(uuid);
      if (request === undefined) return 'unknown';
      if (request.answers.some(({ status }) => status !== 'wait')) return 'too-late';
      pending = pending.filter((one) => one.uuid !== uuid);
      requests.set(uuid, { ...request, answers: request.tasks.map(() => failure('canceled', 0)) });
      return 'removed';
    },
    hold(next) {
      held = next;
      pump();
    },
    forget() {
      requests.clear();
      pending = [];
    },
  };
}
