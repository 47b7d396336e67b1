import { defineEntity, defineFeatureView } from 'tempered';

export const airport = defineEntity({
  name: 'airport',
  description: 'An airport of the United States, by its three letters',
  keys: { airport: 'string' },
});

export const route = defineEntity({
  name: 'route',
  description: 'From one airport to another',
  keys: { origin: 'string', destination: 'string' },
});

/**
 * How a flight went is known when it has arrived: on the way at 8 miles a minute, half an hour on the ground, and the
 * delay. Until then nobody knows its delay, and no feature may.
 */
const times = {
  departsAt: 'date',
  arrivesAt: 'date + to_seconds(60 * (30 + distance / 8.0 + greatest(delay, 0)))',
};

const ofFlights = {
  owner: 'flights-team@example.com',
  source: 'flights',
  eventTime: 'departsAt',
  ingestionTime: 'arrivesAt',
  ttlHours: 12,
  // The replay asks about flights of months ago, each as of its departure.
  materialization: { historyHours: 26 * 7 * 24 },
};

/** Every hour, over the flights that arrived in the three hours before. */
const delaysOfThreeHours = {
  everyMinutes: 60,
  windowMinutes: 180,
  features: { lateShare: 'avg(late::INTEGER)', meanDelayMinutes: 'avg(delay)' },
};

const delayFeatures = {
  lateShare: { type: 'number', default: 0.2, description: 'share that arrived over 15 minutes late' },
  meanDelayMinutes: { type: 'number', default: 6, description: 'mean delay on arrival' },
} as const;

export const originDelays = defineFeatureView({
  ...ofFlights,
  name: 'origin-delays',
  description: 'How late the flights from an airport were that arrived, anywhere, in the last three hours',
  entity: 'airport',
  columns: { ...times, airport: 'origin', delay: 'delay', late: 'delay > 15' },
  aggregation: delaysOfThreeHours,
  features: delayFeatures,
});

export const destinationDelays = defineFeatureView({
  ...ofFlights,
  name: 'destination-delays',
  description: 'How late the flights to an airport were that arrived there in the last three hours',
  entity: 'airport',
  columns: { ...times, airport: 'destination', delay: 'delay', late: 'delay > 15' },
  aggregation: delaysOfThreeHours,
  features: delayFeatures,
});

export const routeVolume = defineFeatureView({
  ...ofFlights,
  name: 'route-volume',
  description: 'How many flights of a route arrived in the week before this day',
  entity: 'route',
  columns: { ...times, origin: 'origin', destination: 'destination' },
  aggregation: {
    everyMinutes: 24 * 60,
    windowMinutes: 7 * 24 * 60,
    features: { flightsPerWeek: 'count(*)' },
  },
  ttlHours: 24,
  features: {
    flightsPerWeek: { type: 'integer', default: 0, description: 'flights that arrived in seven days' },
  },
});

export const entities = [airport, route];
export const featureViews = [originDelays, destinationDelays, routeVolume];
