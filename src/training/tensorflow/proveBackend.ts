import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TemperedError } from '../../domain/errors.js';
import { tensorFlowBackends, type TensorFlowBackend } from '../../domain/training.js';
import { ProgramFailed, runProgram } from '../../runProgram.js';

const proofSchema = z.strictObject({
  /** What really computed. */
  backend: z.enum(tensorFlowBackends),
  threads: z.int(),
  packages: z.record(z.string(), z.string()),
});
export type BackendProof = z.output<typeof proofSchema>;

/** How the process says that the backend is optional and absent, rather than broken. */
export const notInstalledExitCode = 3;

const program = fileURLToPath(new URL('proofProcess.js', import.meta.url));
/** A GPU compiles its kernels at its first start. */
const timeoutMs = 120_000;

/**
 * Trains a small network on a backend, in a process of its own.
 *
 * @param packageJson - of the native package to prove; by default the one that training would take
 * @returns null where the backend is not installed
 * @throws TemperedError `Unavailable` with the reason where it is there, but does not train
 */
export async function proveBackend(
  backend: TensorFlowBackend,
  packageJson?: string,
): Promise<BackendProof | null> {
  const given = packageJson === undefined ? [backend] : [backend, packageJson];
  try {
    const output = await runProgram(process.execPath, [program, ...given], { timeoutMs });
    return proofSchema.parse(JSON.parse(output));
  } catch (error) {
    if (error instanceof ProgramFailed && error.exitCode === notInstalledExitCode) return null;
    if (!(error instanceof ProgramFailed)) throw error;
    throw new TemperedError('Unavailable', error.said || error.message, { cause: error });
  }
}
