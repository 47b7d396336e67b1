import { TemperedError } from '../domain/errors.js';
import { tuningProblems, type Tuning } from '../domain/tuning.js';
import { readDefinition } from '../store/models.js';
import type { ControlDependencies } from './dependencies.js';

export function tuningActivities({ db }: ControlDependencies) {
  return {
    /** How to search: as the caller says, else as the definition does; checked against its trainer. */
    async readTuning(input: { definitionDigest: string; search: Tuning | null }): Promise<Tuning> {
      const definition = await readDefinition(db, input.definitionDigest);
      const tuning = input.search ?? definition.tuning;
      if (tuning === undefined) {
        throw new TemperedError(
          'InvalidInput',
          `The definition of "${definition.name}" does not say how to search. Declare "tuning" in it, or give "search".`,
        );
      }
      const problems = tuningProblems(tuning, definition);
      if (problems.length === 0) return tuning;
      const list = problems.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      throw new TemperedError('InvalidInput', `The search is not valid. ${list}`);
    },
  };
}
