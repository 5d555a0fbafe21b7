// @ts-check

/**
 * Does work for each item, two at a time, which is what the smallest machine of CI has cores for. Failures are
 * collected, so that one does not hide the others.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<void>} work
 * @returns {Promise<{ item: T, error: unknown }[]>} the items that failed
 */
export async function twoAtATime(items, work) {
  const waiting = [...items];
  /** @type {{ item: T, error: unknown }[]} */
  const failed = [];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item);
      } catch (error) {
        failed.push({ item, error });
      }
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}
