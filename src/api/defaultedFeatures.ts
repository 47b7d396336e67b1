import type { LookedUp } from '../store/predictions.js';

/** A feature that had no fresh value in some rows, where its default or the model's fill stands in its place. */
export interface DefaultedFeature {
  feature: string;
  state: 'expired' | 'missing';
  rows: number[];
}

/** Which looked-up features were not fresh, and in which rows. */
export function defaultedFeatures(lookedUp: readonly LookedUp[]): DefaultedFeature[] {
  const defaulted = new Map<string, DefaultedFeature>();
  lookedUp.forEach(({ features }, row) => {
    for (const [feature, state] of Object.entries(features)) {
      if (state === 'fresh') continue;
      const key = `${state} ${feature}`;
      const entry = defaulted.get(key) ?? { feature, state, rows: [] };
      entry.rows.push(row);
      defaulted.set(key, entry);
    }
  });
  return [...defaulted.values()];
}
