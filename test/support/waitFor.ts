import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until there is an answer other than undefined, null or false; gives up after half a minute. */
export async function waitFor<T>(what: string, ask: () => Promise<T | undefined | null | false>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited for 30 s in vain: ${what}`);
    await sleep(20);
  }
}
