import type { Tensor } from '../domain/tensor.js';

/** What the pool sends to an inference thread, in groups. A thread works its messages off one after the other, in order. */
export type ThreadRequest =
  | { kind: 'load'; id: number; key: string; file: string }
  | { kind: 'unload'; id: number; key: string }
  | { kind: 'run'; id: number; key: string; inputs: Tensor[] };

/** Sent alone, after the last group: the thread finishes what it has and exits. */
export const endOfWork = 'end';

/** What came of one request: an error's message (errors themselves lose their class between threads), or outputs. */
export type ThreadReply = { id: number; error: string } | { id: number; outputs: Tensor[] };
