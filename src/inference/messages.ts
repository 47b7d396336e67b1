import type { Tensor } from '../domain/tensor.js';

/** What the pool sends to an inference thread. A thread works its messages off one after the other, in order. */
export type ThreadRequest =
  | { kind: 'load'; id: number; key: string; file: string }
  | { kind: 'unload'; id: number; key: string }
  | { kind: 'run'; id: number; key: string; inputs: Tensor[] };

/** What came of one request: an error's message (errors themselves lose their class between threads), or outputs. */
export type ThreadReply = { id: number; error: string } | { id: number; outputs: Tensor[] };
