import { TemperedError } from './errors.js';
import type { Entity } from './featureView.js';
import { isStorable } from './storableText.js';

/** An entity's keys with their values: what names one airport, one customer, one route. */
export type EntityKey = Readonly<Record<string, string | number>>;

/** Longest text of an entity's key in the online store, in bytes. */
export const maxEntityKeyBytes = 1024;

/** The names of an entity's keys, in the order in which their values make up the text. */
export function entityKeyNames(entity: Entity): string[] {
  return Object.keys(entity.keys).sort();
}

/**
 * The one text by which the online store knows an entity: its key values in alphabetical order of their names, joined by
 * "|"; a "|" or "\" within a value follows a "\". Feature rows are written with the same text (artifacts/featureFile.ts).
 *
 * @throws TemperedError `InvalidInput` for a key that is missing, unknown or of another type
 */
export function entityKeyText(entity: Entity, key: EntityKey): string {
  const names = entityKeyNames(entity);
  const unknown = Object.keys(key).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalid(
      `"${unknown.slice(0, 80)}" is no key of the entity "${entity.name}" (it has: ${names.join(', ')})`,
    );
  }
  const text = names.map((name) => keyValueText(entity, name, key[name])).join('|');
  if (Buffer.byteLength(text) > maxEntityKeyBytes) {
    throw invalid(`a key of the entity "${entity.name}" may have ${String(maxEntityKeyBytes)} bytes at most`);
  }
  return text;
}

function keyValueText(entity: Entity, name: string, value: string | number | undefined): string {
  if (value === undefined) throw invalid(`the entity "${entity.name}" needs the key "${name}"`);
  if (entity.keys[name] === 'integer') {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    throw invalid(`the key "${name}" of the entity "${entity.name}" must be a whole number`);
  }
  if (typeof value === 'string' && isStorable(value)) return value.replaceAll(/[\\|]/g, '\\$&');
  throw invalid(
    `the key "${name}" of the entity "${entity.name}" must be a string of Unicode text without NUL`,
  );
}

function invalid(message: string): TemperedError {
  return new TemperedError('InvalidInput', message);
}
