import { TemperedError } from '../domain/errors.js';
import type { Source } from '../domain/sourceConfiguration.js';
import type { ControlDependencies } from './dependencies.js';

/**
 * The source that a definition names, as this worker's configuration knows it.
 *
 * @param by - who names it, for the error message: "The definition", "Feature view airport-delays@1"
 * @throws TemperedError `InvalidInput` where it does not
 */
export function namedSource(
  { sources }: Pick<ControlDependencies, 'sources'>,
  name: string,
  by: string,
): Source {
  const configuration = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (configuration !== undefined) return { name, configuration };
  const known = Object.keys(sources).join(', ') || 'none';
  throw new TemperedError(
    'InvalidInput',
    `${by} names the data source "${name}", which this worker does not know (it knows: ${known}). ` +
      'Add it to TEMPERED_SOURCES of the control worker.',
  );
}
