import { InvalidArgumentError } from 'commander';

/** "airport-delays@2" */
export function versionedName(name: string, version: number): string {
  return `${name}@${String(version)}`;
}

/** @throws InvalidArgumentError for a version that is no number */
export function parseVersionedName(text: string): { name: string; version?: number } {
  const [name = '', version, ...rest] = text.split('@');
  if (version === undefined) return { name };
  if (rest.length > 0 || !/^[1-9][0-9]{0,8}$/.test(version)) {
    throw new InvalidArgumentError(`"${text}" is not a name, or a name@version.`);
  }
  return { name, version: Number(version) };
}
