/** The training process. Takes one job over IPC, and ends by itself when its worker is gone. */
import { rmSync } from 'node:fs';
import { messageOf, TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';
import { startMessageSchema, type TrainingMessage } from './messages.js';
import { train } from './train.js';

process.once('message', (given) => {
  const start = parse(startMessageSchema, given, 'The message to the training process');
  const onWorkerLost = () => {
    rmSync(start.directory, { recursive: true, force: true });
    process.exit(1);
  };
  process.once('disconnect', onWorkerLost);
  const cancelled = new AbortController();
  process.once('SIGTERM', () => cancelled.abort());
  void train(start, send, cancelled.signal)
    .catch((error: unknown): TrainingMessage => {
      const code = error instanceof TemperedError ? error.code : null;
      return { kind: 'failed', code, message: messageOf(error) };
    })
    .then((last) => {
      process.off('disconnect', onWorkerLost);
      send(last, () => process.exit(0));
    });
});

function send(message: TrainingMessage, onSent?: () => void): void {
  process.send?.(message, undefined, undefined, onSent);
}
