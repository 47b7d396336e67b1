/**
 * Every error this project throws on purpose. `code` is stable (it becomes the Temporal failure type and the
 * gateway's status); the message tells the reader what to do next; `cause` keeps what went wrong underneath.
 */
export type TemperedErrorCode =
  /** The caller's input is wrong; the same input fails again. */
  | 'InvalidInput'
  /** The thing named does not exist. */
  | 'NotFound'
  /** The data cannot carry what was asked: empty window, one class, NaN without a policy. */
  | 'UnusableData'
  /** Stored bytes do not have the hash they are named by. */
  | 'CorruptArtifact'
  /** A model's file cannot be loaded or does not answer as its signature says. */
  | 'UnusableModel'
  /** A rule of the house forbids it (for example: no deployment without a passed validation). */
  | 'Forbidden'
  /** Something else holds what this needs; try again later. */
  | 'Conflict'
  /** A dependency (PostgreSQL, Temporal, artifact store) is away; try again later. */
  | 'Unavailable';

/** Codes for which trying the same thing again cannot help. */
const permanentCodes: ReadonlySet<TemperedErrorCode> = new Set([
  'InvalidInput',
  'NotFound',
  'UnusableData',
  'CorruptArtifact',
  'UnusableModel',
  'Forbidden',
]);

export class TemperedError extends Error {
  override readonly name = 'TemperedError';

  constructor(
    readonly code: TemperedErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** True when a retry with the same input must fail again. */
  get permanent(): boolean {
    return permanentCodes.has(this.code);
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
