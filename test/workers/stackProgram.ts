/**
 * Program of a child process: `stackProgram.js <data directory>` runs a local stack until SIGTERM, or until the test
 * that started it is gone, and sends its addresses over IPC. A process of its own, because the test kills it.
 */
import { messageOf } from '../../src/domain/errors.js';
import { startLocalStack } from '../../src/workers/local/stack.js';

const [, , dataDirectory] = process.argv;
if (dataDirectory === undefined) throw new Error('usage: stackProgram.js <data directory>');
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
process.once('disconnect', () => stopping.abort());
try {
  const stack = await startLocalStack({
    dataDirectory,
    sources: {},
    onProgress: (message) => console.error(message),
    signal: stopping.signal,
  });
  stopping.signal.addEventListener('abort', () => {
    void stack.stop().then(() => process.exit());
  });
  process.send?.(stack);
} catch (error) {
  process.send?.({ error: messageOf(error) });
  process.exitCode = 1;
  process.disconnect();
}
