import type {
  ColumnDistance,
  CurrentProfile,
  ReferenceProfile,
  WindowMeasurement,
} from '../domain/monitoring.js';
import {
  categoricalStabilityIndex,
  kolmogorovSmirnov,
  populationStabilityIndex,
} from '../statistics/drift.js';
import { meanDifferenceInterval } from '../statistics/interval.js';

/** Puts a window beside its reference, column by column and in its loss. Pure. */
export function compareProfiles(reference: ReferenceProfile, current: CurrentProfile): WindowMeasurement {
  const { window, predictions, outcomes, positiveRate } = current;
  return {
    window,
    predictions,
    outcomes,
    positiveRate,
    columns: [...numericDistances(reference, current), ...categoricalDistances(reference, current)],
    logLossIncrease: logLossIncrease(reference, current),
  };
}

function numericDistances(reference: ReferenceProfile, current: CurrentProfile): ColumnDistance[] {
  return Object.entries(reference.numeric).flatMap(([column, expected]) => {
    const actual = current.numeric[column] ?? [];
    if (expected.length === 0 || actual.length === 0) return [];
    return [
      { column, psi: populationStabilityIndex(expected, actual), ks: kolmogorovSmirnov(expected, actual) },
    ];
  });
}

function categoricalDistances(reference: ReferenceProfile, current: CurrentProfile): ColumnDistance[] {
  return Object.entries(reference.categorical).flatMap(([column, expected]) => {
    const actual = current.categorical[column] ?? {};
    if (Object.keys(actual).length === 0) return [];
    return [{ column, psi: categoricalStabilityIndex(expected, actual), ks: null }];
  });
}

function logLossIncrease(reference: ReferenceProfile, current: CurrentProfile) {
  if (current.meanLogLoss === null || current.logLossVariance === null) return null;
  return meanDifferenceInterval(
    { mean: current.meanLogLoss, variance: current.logLossVariance, count: current.outcomes },
    { mean: reference.meanLogLoss, variance: reference.logLossVariance, count: reference.rows },
  );
}
