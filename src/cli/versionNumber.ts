import { InvalidArgumentError } from 'commander';

/** Reads a version number from the command line. */
export function versionNumber(text: string): number {
  const version = Number(text);
  if (!Number.isInteger(version) || version < 1)
    throw new InvalidArgumentError('It is not a version number.');
  return version;
}
