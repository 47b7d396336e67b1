/** What the online store answers of one entity at one moment: the same rule as a point-in-time join's. */
import type { FeatureView } from './featureView.js';

export type FeatureValue = number | string | null;

/** fresh: known at the moment and within its TTL. expired: known, but older. missing: not known, or null at its source. */
export type FeatureState = 'fresh' | 'expired' | 'missing';

export interface OnlineFeature {
  /** The value itself where it is fresh, else the declared default (null where there is none). */
  value: FeatureValue;
  state: FeatureState;
}

/** One row of the online store; its values are in the order of `featureNames`. */
export interface StoredFeatures {
  eventTime: Date;
  ingestionTime: Date;
  values: FeatureValue[];
}

export interface OnlineAnswer {
  /** Of the row that answers, expired or not; null where none was known at the moment. */
  eventTime: Date | null;
  features: Record<string, OnlineFeature>;
}

/** A view's features in the order in which the online store keeps their values. */
export function featureNames({ features }: Pick<FeatureView, 'features'>): string[] {
  return Object.keys(features).sort();
}

/** Whether a row was known at a moment: it had happened before it, and had come in before it (invariant 4). */
export function isKnownAt(row: Pick<StoredFeatures, 'eventTime' | 'ingestionTime'>, moment: Date): boolean {
  return row.eventTime < moment && row.ingestionTime < moment;
}

/** What a stored row (or none) says at a moment. A row that was not known then is as good as none. */
export function answerAt(
  view: Pick<FeatureView, 'features' | 'ttlHours'>,
  row: StoredFeatures | null,
  moment: Date,
): OnlineAnswer {
  const known = row !== null && isKnownAt(row, moment) ? row : null;
  const expired = known !== null && moment.getTime() - known.eventTime.getTime() > view.ttlHours * 3_600_000;
  const features = featureNames(view).map((name, i): [string, OnlineFeature] => {
    const value = known?.values[i] ?? null;
    if (value !== null && !expired) return [name, { value, state: 'fresh' }];
    const state = value === null ? 'missing' : 'expired';
    return [name, { value: view.features[name]?.default ?? null, state }];
  });
  return { eventTime: known?.eventTime ?? null, features: Object.fromEntries(features) };
}
