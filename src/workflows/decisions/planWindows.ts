import type { TimeWindow } from '../../domain/dataset.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * The window a version is trained on. The validation window lies between it and the youngest row whose outcome is
 * known at `asOf`, so that nothing from the future reaches the training (invariant 4).
 */
export function trainingWindow(facts: {
  asOf: string;
  outcomeDelayHours: number;
  training: { days: number };
  validation: { days: number };
}): TimeWindow {
  const known = Date.parse(facts.asOf) - facts.outcomeDelayHours * hourMs;
  const to = known - facts.validation.days * dayMs;
  return span(to - facts.training.days * dayMs, to);
}

/**
 * The windows of a search: what trials are trained on, and right after it what they are compared on. Together they are
 * the window a version would be trained on, so that the acceptance window stays unseen (invariant 4).
 */
export function tuningWindows(facts: Parameters<typeof trainingWindow>[0] & { holdOutDays: number }): {
  training: TimeWindow;
  heldOut: TimeWindow;
} {
  const { from, to } = trainingWindow(facts);
  const heldOutFrom = Date.parse(to) - facts.holdOutDays * dayMs;
  return { training: span(Date.parse(from), heldOutFrom), heldOut: span(heldOutFrom, Date.parse(to)) };
}

/** The held-out window: what happened right after the training window. */
export function validationWindow(facts: { trainedUntil: string; validation: { days: number } }): TimeWindow {
  const from = Date.parse(facts.trainedUntil);
  return span(from, from + facts.validation.days * dayMs);
}

/**
 * The windows that are due: wholly served by this version, after the last one, and old enough for their outcomes
 * to be known. A window that the version served only in part would differ from its reference by that alone.
 * The clock is the newest event time served, never the wall's.
 *
 * @param limit - at most so many, the oldest first
 */
export function dueMonitoringWindows(
  facts: {
    served: TimeWindow | null;
    lastWindowEnd: string | null;
    windowHours: number;
    outcomeDelayHours: number;
  },
  limit: number,
): TimeWindow[] {
  if (facts.served === null) return [];
  const lengthMs = facts.windowHours * hourMs;
  const known = Date.parse(facts.served.to) - facts.outcomeDelayHours * hourMs;
  const windows: TimeWindow[] = [];
  let from =
    facts.lastWindowEnd === null
      ? Math.ceil(Date.parse(facts.served.from) / lengthMs) * lengthMs
      : Date.parse(facts.lastWindowEnd);
  while (from + lengthMs <= known && windows.length < limit) {
    windows.push(span(from, from + lengthMs));
    from += lengthMs;
  }
  return windows;
}

function span(fromMs: number, toMs: number): TimeWindow {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
